import Health
import Ledger

extension UpstreamMachine {
  /// When `tick` has something to do next, if nothing happens to it before: steady ms; `.max`: never. It may be earlier than
  /// that, and never later: a tick in which nothing is due costs its time, and one that is left out may be waited for for ever.
  func dueMs(_ step: Step) -> Int64 {
    if isPlain { return .max }
    let next = step.nowMs + 1
    if retries.hasSaid || isOrphanOpen(step) { return next }
    return min(
      followingDueMs(step, next), leadershipDueMs(step, next), commitDueMs(next), reportDueMs(step, next),
      displayDueMs)
  }

  /// Of the settings, and nothing is known of it yet.
  var isCold: Bool { isChecked && !isFollowed }

  private func isOrphanOpen(_ step: Step) -> Bool {
    if orphanedSinceMs != nil { return true }
    guard group.participants.isEmpty, group.unread.isEmpty, step.surroundings.contact == .steady else {
      return false
    }
    return isFollowed || isStray(step)
  }

  private func followingDueMs(_ step: Step, _ next: Int64) -> Int64 {
    var dueMs = latenessDueMs ?? .max
    if step.surroundings.contact != .lost {
      if following.mustRead, following.ticket == nil { return next }
      if reporting.mustReadOthers, reporting.othersTicket == nil { return next }
    }
    if following.ticket != nil, following.trouble == nil, let sharing = step.profile.sharing {
      dueMs = min(dueMs, following.lastMs + 2 * sharing.heartbeatMs)
    }
    if let slowMs = slowCommitMs(step) { dueMs = min(dueMs, slowMs) }
    if let newcomersMs = reporting.newcomers.values.min() { dueMs = min(dueMs, newcomersMs) }
    return dueMs
  }

  private func leadershipDueMs(_ step: Step, _ next: Int64) -> Int64 {
    switch leadership {
    case .asking: return .max
    case .waiting(let untilMs):
      guard untilMs != .max, step.surroundings.isInTouch, mayBid(step) else { return .max }
      return max(untilMs, next)
    case .leading(let held):
      if isFollowedByAnother(held, step) { return next }
      if let best = candidates.first, best.name != step.profile.node { return next }
      let leaseMs = Int64(step.profile.leaseMs)
      let renewalMs = held.renewal == nil && held.handOver == nil ? held.countsFromMs + leaseMs / 3 : .max
      return max(min(renewalMs, held.countsFromMs + leaseMs), next)
    }
  }

  private func commitDueMs(_ next: Int64) -> Int64 {
    guard let held = leadership.held, held.handOver == nil else { return .max }
    if let inFlight = writing.inFlight { return inFlight.againAtMs ?? .max }
    guard following.isInStep else { return .max }
    let isNew = isFollowed && head.term < held.lease.holder.term
    let isOther = target != nil && target != head.digest && target == configuredDigest
    return writing.mustResync || isNew || isOther || !writing.dirty.isEmpty ? next : .max
  }

  private func reportDueMs(_ step: Step, _ next: Int64) -> Int64 {
    guard step.profile.sharing != nil, step.surroundings.isInTouch, reporting.inFlight == nil else {
      return .max
    }
    if !isChecked { return reporting.mustTellEnd ? max(reporting.notBeforeMs, next) : .max }
    if !reporting.changed.isEmpty || !reporting.removed.isEmpty { return max(reporting.notBeforeMs, next) }
    guard reporting.rev > 0 else { return .max }
    return max(reporting.countersMs.map { $0 + Reporting.countersMs } ?? next, reporting.notBeforeMs)
  }

  private var displayDueMs: Int64 {
    guard let shownMs = display.shownMs, isKnown else { return .max }
    return shownMs + (display.isDue ? Display.pauseMs : Display.countersMs)
  }
}
