import Health
import Ledger

package struct RebuiltFromWhatIsLeft: Invariant {
  package static let promise = """
    Where keys of an upstream are lost and nobody remembers, a leader rebuilds it from the keys that are left: what any of \
    them tells of a peer's status stays.
    """
  package static let looksAt: TraceEvent.Kinds = [.asked, .decided]

  /// What commits on their way would write beside what was left, and the server that had it: none of it is true unless that
  /// server takes them. Who was answered by a primary that is gone is refused by the other.
  private var doubts: [CommitKey: (server: Int, what: [String])] = [:]

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    // Who shows the upstream remembers more than the keys tell.
    case .asked(let node, _, .commit(let commit)):
      guard node.view(of: commit.upstream) == nil else { return }
      let what = doubts(about: commit, by: node, in: world)
      if !what.isEmpty { doubts[commit.key] = (node.link.server, what) }
    case .performed(let performed):
      guard let commit = performed.accepted, let doubt = doubts.removeValue(forKey: commit.key),
        doubt.server == performed.server
      else { return }
      for what in doubt.what { object(what, in: world) }
    default: break
    }
  }

  private func doubts(about commit: Commit, by node: SimulatedNode, in world: World) -> [String] {
    let left = world.state(of: node.link.server).remains(of: commit.upstream, by: [], at: world.redisTime())
    let told = Self.statuses(left)
    return commit.records.compactMap { record in
      guard let status = told[record.peer], status != record.status else { return nil }
      // The last override on it comes into force with it, one that was taken back too.
      let last = left.overrides[record.peer]
      if let last, record.override?.rev == (last.state == .auto ? nil : last.rev) { return nil }
      return
        "\(record.peer) was \(status.rawValue) by what was left, and \(node.name) writes \(record.status.rawValue)"
    }
  }

  /// The status hash has the last word, then the evidence, then the stream.
  private static func statuses(_ left: LedgerRemains) -> [PeerName: PeerState] {
    var told: [PeerName: PeerState] = [:]
    for event in left.events {
      switch event.change {
      case .transition(let transition): told[transition.peer] = transition.to
      // What the votes say under an override is not in the stream.
      case .override(let peer, let state, _, _, let rev):
        // One that went with its peer tells nothing of the peer that came again.
        let isLifted = rev <= left.liftedRev && left.overrides[peer]?.rev != rev
        told[peer] = isLifted ? nil : state.status
      case .definition, .resync, .panic: break
      }
    }
    // Of a peer that the last writing did not have, the stream tells from before it left.
    if !left.records.isEmpty || !left.status.isEmpty {
      told = told.filter { left.records[$0.key] != nil || left.status[$0.key] != nil }
    }
    for (peer, record) in left.records { told[peer] = record.status }
    return told.merging(left.status) { $1 }
  }
}
