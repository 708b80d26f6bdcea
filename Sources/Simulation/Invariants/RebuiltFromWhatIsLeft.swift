import Health
import Ledger

package struct RebuiltFromWhatIsLeft: Invariant {
  package static let promise = """
    Where keys of an upstream are lost and nobody remembers, a leader rebuilds it from the keys that are left: what any of \
    them tells of a peer's status stays.
    """
  package static let looksAt: TraceEvent.Kinds = [.asked]

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    // Who shows the upstream remembers more than the keys tell.
    guard case .asked(let node, _, .commit(let commit)) = traceEvent,
      node.view(of: commit.upstream) == nil
    else { return }
    let left = world.state(of: node.link.server).remains(of: commit.upstream, by: [], at: world.redisTime())
    let told = Self.statuses(left)
    for record in commit.records {
      guard let status = told[record.peer], status != record.status else { continue }
      // The last override on it comes into force with it, one that was taken back too.
      let last = left.overrides[record.peer]
      if let last, record.override?.rev == (last.state == .auto ? nil : last.rev) { continue }
      object(
        "\(record.peer) was \(status.rawValue) by what was left, and \(node.name) writes \(record.status.rawValue)",
        of: commit.upstream, in: world)
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
