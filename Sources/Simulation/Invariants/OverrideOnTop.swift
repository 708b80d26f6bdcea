import Cluster
import Health
import Ledger

struct OverrideOnTop: Invariant {
  static let promise = "An override is on top of the votes, and survives a lost Redis."
  static let looksAt: TraceEvent.Kinds = [.decided, .began, .swept, .over]

  /// The last override on each peer that came into force.
  private var overrides: [WatchedPeer: Override] = [:]
  /// The revision up to which overrides on a peer were lifted with it, on which server.
  private var lifted: [WatchedPeer: (rev: UInt64, server: Int)] = [:]
  /// What was lost of each upstream since all of it was last written.
  private var lost = PerUpstream<Set<Fault.Loss>>([])
  /// When Redis had last lost something as the overrides were looked through.
  private var lossUs: Int64?

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .performed(let performed):
      if performed.isPrimary, let upstream = performed.deleted {
        overrides = overrides.filter { $0.key.upstream != upstream }
      }
      guard performed.isPrimary, case .commit(let commit) = performed.request,
        case .committed = performed.answer
      else { return }
      receive(commit, in: world)
    case .began(let fault):
      forgetLifted(fault)
      // Where nobody has it in the settings, nobody writes again what is lost.
      for upstream in world.upstreams
      where fault.losesDecisions(of: upstream) && !hasOwner(upstream, in: world) {
        overrides = overrides.filter { $0.key.upstream != upstream }
      }
    case .swept:
      forgetLost(in: world)
      if world.isCalm(forMs: 20_000) { for upstream in world.upstreams { check(upstream, in: world) } }
    case .over: for upstream in world.upstreams { check(upstream, in: world) }
    default: break
    }
  }

  /// The stream alone does not tell that an override went with its peer.
  private mutating func forgetLifted(_ fault: Fault) {
    // Whoever writes it again first may have been away when the override went.
    if case .redisEmptied = fault { lifted = [:] }
    guard case .redisLoses(let loss, let number) = fault, loss.isOfUpstream else { return }
    let upstream = Setup.upstreamNames[number]
    lost[upstream].insert(loss)
    guard lost[upstream].isSuperset(of: [.overrides, .evidence, .status]) else { return }
    lifted = lifted.filter { $0.key.upstream != upstream }
  }

  /// Somebody has it in the settings who is with this primary, and had it two heartbeats ago.
  private func hasOwner(_ upstream: UpstreamName, in world: World) -> Bool {
    let knownUs = world.nowUs - 2 * world.plan.setup.heartbeatMs * 1000
    return world.owners(of: upstream).contains {
      $0.link.server == world.primary && $0.settingsUs(of: upstream) <= knownUs
    }
  }

  private mutating func receive(_ commit: Commit, in world: World) {
    forgetLost(in: world)
    let upstream = commit.upstream
    if commit.isResync { lost[upstream] = [] }
    func key(_ peer: PeerName) -> WatchedPeer? {
      world.number(of: peer).map { WatchedPeer(upstream: upstream, peer: $0) }
    }
    for peer in commit.removed {
      guard let key = key(peer) else { continue }
      overrides[key] = nil
      lifted[key] = world.primaryState.snapshot(of: upstream).map { ($0.head.liftedRev, world.primary) }
    }
    // Where the head was lost as well, and nobody remembers it, the stream alone tells of overrides, and not that they went.
    // What another primary lifted may never have come to this one.
    let known = world.primaryState.snapshot(of: upstream)?.head.liftedRev ?? 0
    for record in commit.records {
      if let rev = record.override?.rev, let last = key(record.peer).flatMap({ lifted[$0] }), rev <= last.rev,
        last.rev <= known, last.server == world.primary
      {
        object(
          "override \(rev) on \(record.peer) is back, which was lifted at \(last.rev)", of: upstream,
          in: world)
      }
      if record.status != Self.status(record.override?.state, record) {
        object(
          "\(record.peer) is \(record.status.rawValue) against its own record", of: upstream, in: world)
      }
    }
    for change in commit.changes {
      switch change {
      case .override(let peer, let state, _, _, _):
        guard let override = world.primaryState.snapshot(of: upstream)?.overrides[peer], let key = key(peer)
        else {
          continue
        }
        overrides[key] = override.state == state ? override : nil
      case .transition(let turn):
        guard let record = commit.records.first(where: { $0.peer == turn.peer }) else { continue }
        if record.override != nil {
          object("\(turn.peer) turns under an override", of: upstream, in: world)
        }
      case .definition, .resync, .panic: break
      }
    }
  }

  /// What nobody knows who lives was lost with Redis.
  private mutating func forgetLost(in world: World) {
    guard lossUs != world.conditions.lossUs || world.conditions.active > 0 else { return }
    lossUs = world.conditions.lossUs
    for (peer, override) in overrides {
      let isKnown = world.nodes.contains { node in
        node.view(of: peer.upstream)?.peers.contains {
          $0.record.peer == Setup.peer(peer.peer) && $0.record.override?.rev ?? 0 >= override.rev
        } ?? false
      }
      if !isKnown, override.state != .auto { overrides[peer] = nil }
    }
  }

  private static func status(_ override: Override.State?, _ record: PeerRecord) -> PeerState {
    switch override {
    case .up: .up
    case .down, .drain: .down
    case .auto, nil: record.decided
    }
  }

  private func check(_ upstream: UpstreamName, in world: World) {
    // Where nobody has it any more, nobody decides.
    guard let snapshot = world.primaryState.snapshot(of: upstream), !world.owners(of: upstream).isEmpty else {
      return
    }
    for (peer, record) in snapshot.records {
      guard let number = world.number(of: peer) else { continue }
      let key = WatchedPeer(upstream: upstream, peer: number)
      let last = snapshot.overrides[peer]
      if record.status != Self.status(last?.state, record) {
        object(
          "\(peer) is \(record.status.rawValue), and the last override on it another", of: upstream, in: world
        )
      }
      if let override = overrides[key], override.state != .auto, override.rev > last?.rev ?? 0 {
        object("the override on \(peer) is lost", of: upstream, in: world)
      }
    }
  }
}
