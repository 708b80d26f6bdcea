import Ledger

package struct ResyncOnlyAfterALoss: Invariant {
  package static let promise = """
    Everything is written again only where something was lost: since the last time, or in the eyes of a leader who had \
    seen more than the ledger holds.
    """
  package static let looksAt: Sight.Kinds = [.took, .performed, .showed, .began]

  private struct Line {
    var head = Position()
    var hasLost = false
  }

  private var knowledge = Knowledge()
  private var lines = PerServer(Line())

  package init() {}

  package mutating func see(_ sight: Sight, in world: World) {
    knowledge.follow(sight)
    switch sight {
    case .began(let fault):
      lines.follow(fault, in: world)
      if fault.losesDecisions { lines[world.primary].hasLost = true }
    case .performed(let performed):
      guard let commit = performed.accepted else { return }
      let line = lines[performed.server]
      let known = knowledge.of(performed.run)
      if commit.isResync, !line.hasLost, known.head <= line.head, known.seq <= line.head.seq {
        object("\(commit.id) writes everything again, and nothing was lost", in: world)
      }
      lines[performed.server].head = Position(term: commit.holder.term, seq: commit.lastSeq)
      if commit.isResync { lines[performed.server].hasLost = false }
    default: break
    }
  }
}
