import Health
import Ledger

package struct StreamAndStatusAgree: Invariant {
  package static let promise = """
    Stream, status hash and evidence say the same: no status changes without its event, and each transition starts from \
    the status that was.
    """
  package static let looksAt: TraceEvent.Kinds = [.decided, .began]

  /// What a reader of the stream knows; nil: it has to read the hashes first.
  private var status = PerServer(PerUpstream<[PeerName: PeerState]?>(nil))

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault):
      status.follow(fault, in: world)
      for upstream in world.upstreams where fault.losesDecisions(of: upstream) {
        status[world.primary][upstream] = nil
      }
    case .performed(let performed):
      if let upstream = performed.deleted { status[performed.server][upstream] = nil }
      guard let commit = performed.accepted,
        let snapshot = world.state(of: performed.server).snapshot(of: commit.upstream)
      else { return }
      let known = status[performed.server][commit.upstream]
      if var replayed = known {
        for change in commit.changes { replay(change, commit.upstream, snapshot, &replayed, world) }
        if replayed != snapshot.status {
          object(
            "after \(commit.id) \(differences(replayed, snapshot.status))", of: commit.upstream, in: world)
        }
      }
      let isTrusted = known != nil || commit.isResync || commit.definition != nil
      guard isTrusted else { return }
      status[performed.server][commit.upstream] = snapshot.status
      if snapshot.records.mapValues(\.status) != snapshot.status {
        object("status and evidence differ after \(commit.id)", of: commit.upstream, in: world)
      }
    default: break
    }
  }

  private func replay(
    _ change: LedgerEvent.Change, _ upstream: UpstreamName, _ snapshot: LedgerSnapshot,
    _ status: inout [PeerName: PeerState],
    _ world: World
  ) {
    switch change {
    case .transition(let turn):
      if status[turn.peer] != turn.from || turn.from == turn.to {
        object(
          "\(turn.peer) goes from \(turn.from) to \(turn.to), but was \(status[turn.peer] as Any)",
          of: upstream, in: world)
      }
      status[turn.peer] = turn.to
    case .override(let peer, let state, _, _, _):
      // Whose override is taken back is as the votes say: the hash tells.
      switch state {
      case .up: status[peer] = .up
      case .down, .drain: status[peer] = .down
      case .auto: status[peer] = snapshot.status[peer]
      }
    case .definition, .resync: status = snapshot.status
    case .panic: break
    }
  }

  private func differences(_ replayed: [PeerName: PeerState], _ stored: [PeerName: PeerState]) -> String {
    let peers = Set(replayed.keys).union(stored.keys).filter { replayed[$0] != stored[$0] }.sorted()
    return peers.map { "\($0) is \(stored[$0] as Any), by the events \(replayed[$0] as Any)" }
      .joined(separator: ", ")
  }
}
