import Ledger

package struct RevisionsGrow: Invariant {
  package static let promise =
    "What a node reports replaces what it reported before, and never the other way round."
  package static let looksAt: TraceEvent.Kinds = [.performed, .began]

  private var revisions = PerServer<[RunOfUpstream: UInt64]>([:])

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault):
      revisions.follow(fault, in: world)
      switch fault {
      // An earlier one may still be on its way, and is news where there is none.
      case .redisEmptied, .redisLoses(.reports, _), .redisClockJumps: revisions[world.primary] = [:]
      default: break
      }
    case .performed(let performed):
      guard case .report(let batch, _) = performed.request, case .reported(let rev) = performed.answer else {
        return
      }
      let key = RunOfUpstream(run: batch.run, upstream: batch.upstream)
      if let before = revisions[performed.server].updateValue(rev, forKey: key), rev < before {
        object(
          "the reports of \(batch.node) go back from revision \(before) to \(rev)", of: batch.upstream,
          in: world)
      }
    default: break
    }
  }
}
