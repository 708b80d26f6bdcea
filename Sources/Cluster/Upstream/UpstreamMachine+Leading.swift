import Health
import Ledger

/// What a leader does with its lease, and what it makes of where it finds the ledger.
extension UpstreamMachine {
  // MARK: Beginning and end

  /// - Parameter stands: where the ledger is.
  mutating func begin(_ leader: Leader, at stands: Head, _ step: inout Step) {
    become(.leader(leader))
    leaseWatch.take(leader.lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
    replica.see(leader.lease, step)
    if step.profile.sharing != nil { step.log(.leads(name, term: leader.holder.term)) }
    display.change()
    if requests.isReadingSnapshot {
      // What was asked before may be from before what the former leader wrote last: it takes another way.
      requests.dropSnapshot()
      replica.needsReading()
    }
    if !settings.isChecked {
      // The next tick deletes it.
      if participants.orphanedSinceMs != nil { return }
      if replica.otherBranchSinceMs != nil { return leadForOthers(leader, &step) }
    }
    readOthers(&step)
    compare(stands, &step)
    decide(&step)
  }

  /// Who has not the upstream in its settings has taken the lease so that somebody leads under a higher term.
  private mutating func leadForOthers(_ leader: Leader, _ step: inout Step) {
    replica.isOnOtherBranch(since: nil)
    if let successor = participants.candidates.first(where: { $0.name != step.profile.node }) {
      return handOver(to: successor, &step)
    }
    ask(.release(name, leader.holder), for: .none, &step)
    let untilMs = retries.refused(.lease, "nobody is there to lead", &step)
    become(.follower(untilMs: untilMs))
  }

  /// The lease is gone. What was not written is decided again by whoever leads next.
  mutating func lose(_ step: inout Step) {
    if step.profile.sharing != nil { step.log(.leadsNoMore(name)) }
    become(.follower(untilMs: step.nowMs))
    leaseWatch.forget()
    replica.needsReading(step.profile.sharing != nil)
    tickRole(&step)
  }

  /// Somebody has led after this node did, if only on another primary: it decides nothing under its lower term.
  func isFollowedByAnother(_ leader: Leader, _ step: Step) -> Bool {
    step.policy.isOutdated(leader.holder.term, knowing: replica.highest.term)
  }

  // MARK: Renewal

  mutating func renewIfDue(_ leader: Leader, _ step: inout Step) {
    guard step.nowMs >= leader.renewalDueMs(leaseMs: Int64(step.profile.leaseMs)),
      retries.mayAsk(.renewal, &step)
    else { return }
    self.leader?.asksForRenewal()
    ask(
      .renew(name, leader.holder, forMs: step.profile.leaseMs),
      for: .renewal(sentMs: step.nowMs, commits: leader.pending == nil ? commits.count : nil), &step)
  }

  mutating func didRenew(
    _ answer: Result<LedgerAnswer, LedgerError>, sentMs: Int64, commits sent: UInt64?, _ step: inout Step
  ) {
    guard role.isLeader else { return }
    switch answer {
    case .success(.granted(let lease, let stands)):
      retries.accepted(.renewal)
      leader?.renewed(lease, askedMs: sentMs, step)
      leaseWatch.see(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      compareAfterRenewal(stands, isComparable: sent == commits.count, &step)
      decide(&step)
    case .success: lose(&step)
    case .failure(let error):
      retries.refused(.renewal, error.sentence, &step)
      leader?.renewalFailed()
    }
  }

  /// - Parameter isComparable: nothing was written between question and answer.
  private mutating func compareAfterRenewal(_ stands: Head, isComparable: Bool, _ step: inout Step) {
    guard let leader else { return }
    let isComparable =
      isComparable && leader.pending == nil && isInStep && replica.isFollowed && !leader.mustResync
    if isComparable, replica.progress(to: stands, step) != .none || !stands.isWhole {
      standsElsewhere(stands, &step)
    } else if isComparable, isOfAnotherCommit(stands, step) {
      readAgain(&step)
    } else {
      compareOverrides(stands, &step)
    }
  }

  // MARK: Where the ledger is

  /// What the ledger holds, beside what this node knows, which has just come to lead.
  private mutating func compare(_ stands: Head, _ step: inout Step) {
    replica.see(stands, step)
    let progress = replica.progress(to: stands, step)
    if replica.isFollowed, progress == .across { leader?.findsItselfOnALostBranch() }
    if leader?.isOnLostBranch == true { return readAgain(&step) }
    // Without a term there is no head: the upstream is new, or more than the head may be lost.
    if !replica.isFollowed, !stands.isWhole || stands.term == 0, step.policy.readsRemains {
      return readRemains(&step)
    }
    // Of another primary it may have seen higher numbers: those are not given out again.
    let isBelow = stands.seq < replica.highest.seq
    if progress == .none, stands.isWhole, !isBelow, stands.commit == replica.head.commit {
      return compareOverrides(stands, &step)
    }
    if replica.isFollowed, step.policy.resyncs, !stands.isWhole || progress == .back {
      leader?.needsResync()
      step.log(.resync(name, ledgerSeq: stands.seq, knownSeq: replica.head.seq))
    } else if stands.seq > 0 || stands.term > 0 {
      readAgain(&step)
    }
  }

  /// The ledger is not where this leader left it. Under its own term nobody else may write: it has lost something, or a
  /// strange hand was there.
  mutating func standsElsewhere(_ stands: Head, _ step: inout Step) {
    guard let leader else { return }
    replica.see(stands, step)
    self.leader?.stands(at: stands.seq)
    // It lacks what was written without an event, or another primary has it: that is decided again.
    if stands.isWhole, isOfAnotherCommit(stands, step) { return readAgain(&step) }
    let isOwn = (stands.term, stands.run) == (leader.holder.term, leader.holder.run)
    switch replica.progress(to: stands, step) {
    case .forward where stands.isWhole && !isOwn: return readAgain(&step)
    case .across:
      self.leader?.findsItselfOnALostBranch()
      return readAgain(&step)
    default: break
    }
    self.leader?.needsResync(step.policy.resyncs)
    step.log(.resync(name, ledgerSeq: stands.seq, knownSeq: replica.head.seq))
  }

  /// The ledger stands at the same number, and another commit has made it so.
  private func isOfAnotherCommit(_ stands: Head, _ step: Step) -> Bool {
    replica.progress(to: stands, step) == .none
      && step.policy.areOfOtherCommits(stands.commit, replica.head.commit)
  }
}
