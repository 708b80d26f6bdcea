import Health
import Ledger

/// Who takes the lease, and when.
extension UpstreamMachine {
  /// How long each candidate lets the one before it try, in ms.
  static let rankMs: Int64 = 500
  /// From this rank on, candidates wait a whole lease.
  static let patientRank = 3

  mutating func tickRole(_ step: inout Step) {
    guard !settings.isPlain else { return }
    switch role {
    case .follower(let untilMs): if step.nowMs >= untilMs { bidIfDue(&step) }
    case .candidate: break
    case .leader(let leader):
      if leader.isOver(step) || isFollowedByAnother(leader, step) { return lose(&step) }
      renewIfDue(leader, &step)
      handOverIfDue(&step)
    }
  }

  // MARK: When to bid

  private mutating func bidIfDue(_ step: inout Step) {
    guard step.surroundings.isInTouch else { return }
    if step.surroundings.contact == .alone {
      bid(replacing: nil, &step)
      return
    }
    let isFirst = isFirstAfterWhoIsGone(step)
    // At nearly every tick somebody leads: who comes next need not be asked for that.
    guard isFirst || opportunity(delayMs: 0, step) != .none, let delayMs = delay(step) else { return }
    if isFirst {
      bid(replacing: leaseWatch.current, &step)
      return
    }
    switch opportunity(delayMs: delayMs, step) {
    case .none: break
    case .free: bid(replacing: nil, &step)
    case .silent(let lease): if step.policy.replacesSilentHolders { bid(replacing: lease, &step) }
    }
  }

  /// Two runs of one name are never registered at once: the one that holds the lease is gone, and the first of those who may
  /// lead need not wait for its end.
  private func isFirstAfterWhoIsGone(_ step: Step) -> Bool {
    participants.candidates.first?.name == step.profile.node && isHolderGone(step)
  }

  /// It may come to a bid as time goes on, though nothing else happens.
  func mayBid(_ step: Step) -> Bool {
    step.surroundings.contact == .alone || isFirstAfterWhoIsGone(step)
      || opportunity(delayMs: 0, step) != .none
  }

  private func opportunity(delayMs: Int64, _ step: Step) -> LeaseWatch.Opportunity {
    leaseWatch.opportunity(
      delayMs: delayMs, leaseMs: step.profile.leaseMs, observedMs: step.surroundings.observedMs,
      nowMs: step.nowMs)
  }

  /// Another run has the name of who holds the lease, which has not changed since that was first seen.
  private func isHolderGone(_ step: Step) -> Bool {
    guard let holder = leaseWatch.current?.holder else { return false }
    return step.surroundings.roster.nodes.contains {
      $0.name == holder.node && $0.run != holder.run && leaseWatch.changedMs <= $0.liveSinceMs
    }
  }

  /// How long this node lets better candidates try, 0 or more; nil: it is none.
  private func delay(_ step: Step) -> Int64? {
    if let orphanedMs = orphanedMs(step) { return orphanedMs }
    guard settings.isChecked,
      let rank = participants.candidates.firstIndex(where: { $0.name == step.profile.node })
    else { return nil }
    if step.surroundings.looksForTheSteady, step.policy.wantsSteadyFirst { return nil }
    if !replica.isFollowed, step.policy.wantsWarmFirst {
      // Whoever is cold may have met a ledger that was emptied: those who know better come first.
      guard step.surroundings.contact == .steady, !participants.group.hasWarm else { return nil }
    }
    return rank < Self.patientRank ? Int64(rank) * Self.rankMs : Int64(step.profile.leaseMs)
  }

  // MARK: Bidding

  /// Nothing happens where a bid was refused a moment ago.
  private mutating func bid(replacing: Lease?, isOverruling: Bool = false, _ step: inout Step) {
    guard retries.mayAsk(.lease, &step) else { return }
    let highest = max(replica.head.term, replica.highest.term, replica.highest.rev)
    let bid = LeaseBid(
      upstream: name, node: step.profile.node, run: step.profile.run,
      highestTerm: step.policy.termToBid(knowing: highest), forMs: step.profile.leaseMs, replacing: replacing)
    become(.candidate(Bid(sentMs: step.nowMs, isOverruling: isOverruling)))
    ask(.acquire(bid), for: .bid, &step)
  }

  /// Takes the lease from a leader of another branch: Redis had two primaries, or has lost what it had granted, and this
  /// node followed what is gone. Nothing that such a leader writes would be news to whoever knows the higher term, or the
  /// higher number under the same one.
  ///
  /// Who has not the upstream in its settings leaves that for a while to those who have. Then it takes the lease and gives
  /// it away at once: the term of whoever gets it is above all that is known here.
  mutating func overrule(_ lease: Lease, at stands: Head, _ step: inout Step) {
    guard step.surroundings.contact == .steady,
      lease.holder.term < replica.head.term || replica.progress(to: stands, step) == .across
    else { return replica.isOnOtherBranch(since: nil) }
    let observedMs = step.surroundings.observedMs
    let sinceMs = replica.otherBranchSinceMs ?? observedMs
    replica.isOnOtherBranch(since: sinceMs)
    guard case .follower(let untilMs) = role, step.nowMs >= untilMs else { return }
    if settings.isChecked {
      bid(replacing: lease, isOverruling: true, &step)
    } else if observedMs - sinceMs >= Int64(step.profile.leaseMs), !participants.candidates.isEmpty,
      step.policy.letsWatchersOverrule
    {
      bid(replacing: lease, &step)
    }
  }

  /// The lease was given to this node, or is its own from before its answer was lost.
  mutating func takeHandedOver(_ lease: Lease, _ step: inout Step) {
    guard lease.holder.node == step.profile.node, lease.holder.run == step.profile.run,
      case .follower(let untilMs) = role, step.nowMs >= untilMs, step.surroundings.isRegistered
    else { return }
    // Its own of before a fail-over: others have led since, of whom the new primary does not know.
    if step.policy.isOutdated(lease.holder.term, knowing: replica.highest.term) {
      return bid(replacing: nil, &step)
    }
    guard retries.mayAsk(.lease, &step) else { return }
    become(.candidate(Bid(sentMs: step.nowMs)))
    ask(.renew(name, lease.holder, forMs: step.profile.leaseMs), for: .bid, &step)
  }

  // MARK: The answer

  mutating func didBid(_ answer: Result<LedgerAnswer, LedgerError>, _ step: inout Step) {
    guard case .candidate(let bid) = role else { return }
    switch answer {
    case .success(.granted(let lease, let stands)):
      retries.accepted(.lease)
      begin(Leader(lease, bid: bid, ledgerSeq: stands.seq, step), at: stands, &step)
    case .success(let answer):
      let untilMs = retries.refused(.lease, "another has it", &step)
      become(.follower(untilMs: untilMs))
      switch answer {
      case .held(let lease), .lost(let lease?):
        leaseWatch.see(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      default: break
      }
    case .failure(let error):
      let untilMs = retries.refused(.lease, error.sentence, &step)
      become(.follower(untilMs: untilMs))
    }
  }
}
