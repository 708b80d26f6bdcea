import Health
import Ledger

extension UpstreamMachine {
  /// When `tick` has something to do next, if nothing happens to it before: steady ms; `.max`: never. It may be earlier than
  /// that, and never later: a tick in which nothing is due costs its time, and one that is left out may be waited for for ever.
  func dueMs(_ context: Context) -> Int64 {
    if settings.isPlain { return .max }
    let next = context.nowMs + 1
    if asking.retries.hasSaid || isOrphanOpen(context) || mayGiveOverrides(context) { return next }
    let displayMs = isKnown ? display.dueMs : .max
    return min(
      readingDueMs(context, next), roleDueMs(context, next), commitDueMs(next), reportDueMs(context, next),
      displayMs)
  }

  private func isOrphanOpen(_ context: Context) -> Bool {
    if participants.orphanedSinceMs != nil { return true }
    guard participants.isNobody, context.cluster.contact == .steady else { return false }
    return replica.isFollowed || isStray(context)
  }

  private func readingDueMs(_ context: Context, _ next: Int64) -> Int64 {
    if context.cluster.contact != .lost {
      if replica.mustRead, !asking.requests.isReadingSnapshot { return next }
      if reports.mustReadAll, !asking.requests.isOpen(.reportsOfAll) { return next }
    }
    return [latenessDueMs, slowReadingMs(context), slowCommitMs(context), reports.newcomersDueMs]
      .reduce(.max) { min($0, $1 ?? .max) }
  }

  private func roleDueMs(_ context: Context, _ next: Int64) -> Int64 {
    switch role {
    case .candidate: return .max
    case .follower(let untilMs):
      guard untilMs != .max, context.cluster.isInTouch, mayBid(context) else { return .max }
      return max(untilMs, next)
    case .leader(let leader):
      if isFollowedByAnother(leader, context) { return next }
      if let best = participants.eligible.first, best.name != context.profile.node { return next }
      let leaseMs = Int64(context.profile.leaseMs)
      return max(min(leader.renewalDueMs(leaseMs: leaseMs), leader.countsFromMs + leaseMs), next)
    }
  }

  private func commitDueMs(_ next: Int64) -> Int64 {
    guard let leader, !leader.isHandingOver else { return .max }
    if let pending = leader.pending { return pending.againAtMs ?? .max }
    guard isInStep else { return .max }
    let head = replica.head
    let isNew = replica.isFollowed && head.term < leader.holder.term
    let target = participants.target
    let isOther = target != nil && target != head.digest && target == settings.digest
    return leader.mustResync || isNew || isOther || peers.isDirty ? next : .max
  }

  private func reportDueMs(_ context: Context, _ next: Int64) -> Int64 {
    guard context.profile.sharing != nil, context.cluster.isInTouch else { return .max }
    return reporter.dueMs(isChecked: settings.isChecked, next: next)
  }
}
