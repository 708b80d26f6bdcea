import Health
import Ledger

/// What a leader does with its lease, and what it makes of where it finds the ledger.
extension UpstreamMachine {
  // MARK: Beginning and end

  /// - Parameter stands: where the ledger is.
  mutating func begin(_ leader: Leader, at stands: Head, _ context: inout Context) {
    become(.leader(leader))
    leaseWatch.adopt(leader.lease, observedMs: context.cluster.observedMs, nowMs: context.nowMs)
    if context.profile.sharing != nil { context.log(.leads(name, term: leader.holder.term)) }
    display.change()
    if asking.requests.isReadingSnapshot {
      // What was asked before may be from before what the former leader wrote last: it takes another way.
      asking.requests.dropSnapshot()
      replica.needsReading()
    }
    if !settings.isChecked {
      // The next tick deletes it.
      if participants.orphanedSinceMs != nil { return }
      if replica.otherBranchSinceMs != nil { return leadForOthers(leader, &context) }
    }
    requestOthersReports(&context)
    compare(stands, &context)
    decide(&context)
  }

  /// Who has not the upstream in its settings has taken the lease so that somebody leads under a higher term.
  private mutating func leadForOthers(_ leader: Leader, _ context: inout Context) {
    replica.isOnOtherBranch(since: nil)
    if let successor = participants.eligible.first(where: { $0.name != context.profile.node }) {
      return handOver(to: successor, &context)
    }
    ask(.release(name, leader.holder), for: .none, &context)
    let untilMs = asking.retries.refused(.lease, "nobody is there to lead", &context)
    become(.follower(untilMs: untilMs))
  }

  /// The lease is gone. What was not written is decided again by whoever leads next.
  mutating func lose(_ context: inout Context) {
    if context.profile.sharing != nil { context.log(.leadsNoMore(name)) }
    become(.follower(untilMs: context.nowMs))
    leaseWatch.forget()
    replica.needsReading(context.profile.sharing != nil)
    tickRole(&context)
  }

  /// Somebody has led after this node did, if only on another primary: it decides nothing under its lower term.
  func isFollowedByAnother(_ leader: Leader, _ context: Context) -> Bool {
    context.policy.isOutdated(leader.holder.term, knowing: replica.highest.term)
  }

  // MARK: Renewal

  mutating func renewIfDue(_ leader: Leader, _ context: inout Context) {
    guard context.nowMs >= leader.renewalDueMs(leaseMs: Int64(context.profile.leaseMs)),
      asking.retries.mayAsk(.renewal, &context)
    else { return }
    self.leader?.asksForRenewal()
    ask(
      .renew(name, leader.holder, forMs: context.profile.leaseMs),
      for: .renewal(sentMs: context.nowMs, commits: leader.pending == nil ? asking.commits.count : nil),
      &context)
  }

  mutating func didRenew(
    _ answer: Result<LedgerAnswer, LedgerError>, sentMs: Int64, commits sent: UInt64?,
    _ context: inout Context
  ) {
    guard role.isLeader else { return }
    switch answer {
    case .success(.granted(let lease, let stands)):
      asking.retries.accepted(.renewal)
      leader?.renewed(lease, askedMs: sentMs, context)
      leaseWatch.observe(lease, observedMs: context.cluster.observedMs, nowMs: context.nowMs)
      compareAfterRenewal(stands, isComparable: sent == asking.commits.count, &context)
      decide(&context)
    case .success: lose(&context)
    case .failure(let error):
      asking.retries.refused(.renewal, error.sentence, &context)
      leader?.renewalFailed()
    }
  }

  /// - Parameter isComparable: nothing was written between question and answer.
  private mutating func compareAfterRenewal(_ stands: Head, isComparable: Bool, _ context: inout Context) {
    guard let leader else { return }
    let isComparable =
      isComparable && leader.pending == nil && isInStep && replica.isFollowed && !leader.mustResync
    if isComparable, replica.progress(to: stands, context) != .none || !stands.isWhole {
      standsElsewhere(stands, &context)
    } else if isComparable, isOfAnotherCommit(stands, context) {
      requestSnapshot(&context)
    } else {
      compareOverrides(stands, &context)
    }
  }

  // MARK: Where the ledger is

  /// What the ledger holds, beside what this node knows, which has just come to lead.
  private mutating func compare(_ stands: Head, _ context: inout Context) {
    let progress = replica.progress(to: stands, context)
    if replica.isFollowed, progress == .across { leader?.findsItselfOnALostBranch() }
    if leader?.isOnLostBranch == true { return requestSnapshot(&context) }
    // Without a term there is no head: the upstream is new, or more than the head may be lost.
    if !replica.isFollowed, !stands.isWhole || stands.term == 0, context.policy.readsRemains {
      return requestRemains(&context)
    }
    // Of another primary it may have seen higher numbers: those are not given out again.
    let isBelow = stands.seq < replica.highest.seq
    if progress == .none, stands.isWhole, !isBelow, stands.commit == replica.head.commit {
      return compareOverrides(stands, &context)
    }
    if replica.isFollowed, context.policy.resyncs, !stands.isWhole || progress == .back {
      // What is left may tell of decisions that were never heard of here.
      let isLater = progress == .forward || stands.term == 0
      if isLater, context.policy.readsRemains { return requestRemains(&context) }
      leader?.needsResync()
      context.log(.resync(name, ledgerSeq: stands.seq, knownSeq: replica.head.seq))
    } else if stands.seq > 0 || stands.term > 0 {
      requestSnapshot(&context)
    }
  }

  /// The ledger is not where this leader left it. Under its own term nobody else may write: it has lost something, or a
  /// strange hand was there.
  mutating func standsElsewhere(_ stands: Head, _ context: inout Context) {
    guard let leader else { return }
    self.leader?.stands(at: stands.seq)
    // It lacks what was written without an event, or another primary has it: that is decided again.
    if stands.isWhole, isOfAnotherCommit(stands, context) { return requestSnapshot(&context) }
    let isOwn = (stands.term, stands.run) == (leader.holder.term, leader.holder.run)
    switch replica.progress(to: stands, context) {
    // Who knows nothing has asked what is left already: the upstream begins.
    case .forward where !isOwn && (stands.isWhole || replica.isFollowed): return requestSnapshot(&context)
    case .across:
      self.leader?.findsItselfOnALostBranch()
      return requestSnapshot(&context)
    default: break
    }
    self.leader?.needsResync(context.policy.resyncs)
    context.log(.resync(name, ledgerSeq: stands.seq, knownSeq: replica.head.seq))
  }

  /// The ledger stands at the same number, and another commit has made it so.
  private func isOfAnotherCommit(_ stands: Head, _ context: Context) -> Bool {
    replica.progress(to: stands, context) == .none
      && context.policy.areOfOtherCommits(stands.commit, replica.head.commit)
  }
}
