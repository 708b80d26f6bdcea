import Health
import Ledger

/// An upstream that nobody has in the settings any more is kept for a while, and then deleted.
extension UpstreamMachine {
  /// Nil: somebody has the upstream. Otherwise how long this node waits before it takes the lease to delete it.
  func orphanedMs(_ step: Step) -> Int64? {
    guard let sinceMs = orphanedSinceMs, step.surroundings.contact == .steady,
      let keptMs = step.profile.sharing?.orphanMs, step.surroundings.observedMs - sinceMs >= keptMs
    else { return nil }
    let nodes = Share.ranked(step.surroundings.roster.nodes.map(\.name), name: \.self, for: "lead", name.text)
    guard let rank = nodes.firstIndex(of: step.profile.node) else { return nil }
    return Int64(rank) * Int64(step.profile.leaseMs)
  }

  /// The index names it, and that is all that is known: whoever deleted it ended before it had taken that out.
  func isStray(_ step: Step) -> Bool { configured == nil && step.keeps(.strayEntriesRemoved) }

  mutating func tickOrphan(_ step: inout Step) {
    guard isFollowed || isStray(step), group.participants.isEmpty, group.unread.isEmpty,
      !step.surroundings.settlesLong
    else {
      orphanedSinceMs = nil
      return
    }
    // A lapse takes nothing off the time: a ledger that stands still now and then would keep it for ever.
    guard step.surroundings.contact == .steady else { return }
    if orphanedSinceMs == nil { orphanedSinceMs = step.surroundings.observedMs }
    guard let held = leadership.held, orphanedMs(step) != nil, writing.inFlight == nil,
      held.isUsable(step), retries.mayAsk(.delete, &step)
    else { return }
    // Who has it done once has nothing more to delete.
    retries.tried(.delete, "it is still there", &step)
    let nodes = step.surroundings.roster.nodes.map(\.name)
    _ = ask(.delete(name, held.lease.holder, reportsOf: nodes), &step)
    leadership = .waiting(untilMs: step.nowMs + Int64(step.profile.leaseMs))
  }
}
