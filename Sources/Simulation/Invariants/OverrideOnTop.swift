import Cluster
import Health
import Ledger

struct OverrideOnTop: Invariant {
  static let promise = "An operator's word is on top of the votes, and survives a lost Redis."
  static let looksAt: Sight.Kinds = [.decided, .began, .swept, .over]

  /// The last word on each peer that came into force.
  private var words: [WatchedPeer: Override] = [:]
  /// The revision up to which words on a peer were lifted with it, on which server.
  private var lifted: [WatchedPeer: (rev: UInt64, server: Int)] = [:]
  /// What was lost of each upstream since all of it was last written.
  private var lost = PerUpstream<Set<Fault.Loss>>([])
  /// When Redis had last lost something as the words were looked through.
  private var lossUs: Int64?

  mutating func see(_ sight: Sight, in world: World) {
    switch sight {
    case .performed(let performed):
      if performed.isPrimary, let upstream = performed.deleted {
        words = words.filter { $0.key.upstream != upstream }
      }
      guard performed.isPrimary, case .commit(let commit) = performed.request,
        case .committed = performed.answer
      else { return }
      take(commit, in: world)
    case .began(let fault):
      forgetLifted(fault)
      // Where nobody has it in the settings, nobody writes again what is lost.
      for upstream in world.upstreams
      where fault.losesDecisions(of: upstream) && !hasOwner(upstream, in: world) {
        words = words.filter { $0.key.upstream != upstream }
      }
    case .swept:
      forgetLost(in: world)
      if world.isCalm(forMs: 20_000) { for upstream in world.upstreams { check(upstream, in: world) } }
    case .over: for upstream in world.upstreams { check(upstream, in: world) }
    default: break
    }
  }

  /// The stream alone does not tell that a word went with its peer.
  private mutating func forgetLifted(_ fault: Fault) {
    // Whoever writes it again first may have been away when the word went.
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

  private mutating func take(_ commit: Commit, in world: World) {
    forgetLost(in: world)
    let upstream = commit.upstream
    if commit.isResync { lost[upstream] = [] }
    func key(_ peer: PeerName) -> WatchedPeer? {
      world.number(of: peer).map { WatchedPeer(upstream: upstream, peer: $0) }
    }
    for peer in commit.removed {
      guard let key = key(peer) else { continue }
      words[key] = nil
      lifted[key] = world.primaryState.snapshot(of: upstream).map { ($0.head.liftedRev, world.primary) }
    }
    // Where the head was lost as well, and nobody remembers it, the stream alone tells of words, and not that they went.
    // What another primary lifted may never have come to this one.
    let known = world.primaryState.snapshot(of: upstream)?.head.liftedRev ?? 0
    for record in commit.records {
      if let rev = record.override?.rev, let last = key(record.peer).flatMap({ lifted[$0] }), rev <= last.rev,
        last.rev <= known, last.server == world.primary
      {
        object(
          "word \(rev) on \(record.peer) is back, which was lifted at \(last.rev)", of: upstream, in: world)
      }
      if record.status != Self.status(record.override?.state, record) {
        object(
          "\(record.peer) is \(record.status.rawValue) against its own record", of: upstream, in: world)
      }
    }
    for change in commit.changes {
      switch change {
      case .override(let peer, let state, _, _, _):
        guard let word = world.primaryState.snapshot(of: upstream)?.overrides[peer], let key = key(peer)
        else {
          continue
        }
        words[key] = word.state == state ? word : nil
      case .transition(let turn):
        guard let record = commit.records.first(where: { $0.peer == turn.peer }) else { continue }
        if record.override != nil {
          object("\(turn.peer) turns under an operator's word", of: upstream, in: world)
        }
      case .definition, .resync: break
      }
    }
  }

  /// What nobody knows who lives was lost with Redis.
  private mutating func forgetLost(in world: World) {
    guard lossUs != world.weather.lossUs || world.weather.active > 0 else { return }
    lossUs = world.weather.lossUs
    for (peer, word) in words {
      let isKnown = world.nodes.contains { node in
        node.view(of: peer.upstream)?.peers.contains {
          $0.record.peer == Setup.peer(peer.peer) && $0.record.override?.rev ?? 0 >= word.rev
        } ?? false
      }
      if !isKnown, word.state != .auto { words[peer] = nil }
    }
  }

  private static func status(_ word: Override.State?, _ record: PeerRecord) -> PeerState {
    switch word {
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
          "\(peer) is \(record.status.rawValue), and the last word on it another", of: upstream, in: world)
      }
      if let word = words[key], word.state != .auto, word.rev > last?.rev ?? 0 {
        object("the word on \(peer) is lost", of: upstream, in: world)
      }
    }
  }
}
