import Health
import Ledger

/// Who takes the lease, and when.
extension UpstreamMachine {
  /// How long each candidate lets the one before it try, in ms.
  static let rankMs: Int64 = 500
  /// From this rank on they wait a whole lease.
  static let patientRank = 3

  mutating func tickRole(_ context: inout Context) {
    guard !settings.isPlain else { return }
    switch role {
    case .follower(let untilMs): if context.nowMs >= untilMs { bidIfDue(&context) }
    case .candidate: break
    case .leader(let leader):
      if leader.isOver(context) || isFollowedByAnother(leader, context) { return lose(&context) }
      renewIfDue(leader, &context)
      handOverIfDue(&context)
    }
  }

  // MARK: When to bid

  private mutating func bidIfDue(_ context: inout Context) {
    guard context.cluster.isInTouch else { return }
    if context.cluster.contact == .alone {
      bid(replacing: nil, &context)
      return
    }
    let isFirst = isFirstAfterWhoIsGone(context)
    // At nearly every tick somebody leads: who comes next need not be asked for that.
    guard isFirst || opportunity(delayMs: 0, context) != .none, let delayMs = delay(context) else { return }
    if isFirst {
      bid(replacing: leaseWatch.current, &context)
      return
    }
    switch opportunity(delayMs: delayMs, context) {
    case .none: break
    case .free: bid(replacing: nil, &context)
    case .silent(let lease): if context.policy.replacesSilentHolders { bid(replacing: lease, &context) }
    }
  }

  /// Two runs of one name are never registered at once: the one that holds the lease is gone, and the first of those who may
  /// lead need not wait for its end.
  private func isFirstAfterWhoIsGone(_ context: Context) -> Bool {
    participants.eligible.first?.name == context.profile.node && isHolderGone(context)
  }

  /// It may come to a bid as time goes on, though nothing else happens.
  func mayBid(_ context: Context) -> Bool {
    context.cluster.contact == .alone || isFirstAfterWhoIsGone(context)
      || opportunity(delayMs: 0, context) != .none
  }

  private func opportunity(delayMs: Int64, _ context: Context) -> LeaseWatch.Opportunity {
    leaseWatch.opportunity(
      delayMs: delayMs, leaseMs: context.profile.leaseMs, observedMs: context.cluster.observedMs,
      nowMs: context.nowMs)
  }

  /// Another run has the name of who holds the lease, which has not changed since that was first seen.
  private func isHolderGone(_ context: Context) -> Bool {
    guard let holder = leaseWatch.current?.holder else { return false }
    return context.cluster.roster.nodes.contains {
      $0.name == holder.node && $0.run != holder.run && leaseWatch.changedMs <= $0.liveSinceMs
    }
  }

  /// How long this node lets better eligible try, 0 or more; nil: it is none.
  private func delay(_ context: Context) -> Int64? {
    if let orphanedMs = orphanedMs(context) {
      // Who has just deleted it, and rests before the next try, would keep others from it.
      return asking.retries.isResting(.delete, context) ? nil : orphanedMs
    }
    guard settings.isChecked,
      let rank = participants.eligible.firstIndex(where: { $0.name == context.profile.node })
    else { return nil }
    if context.cluster.looksForTheSteady, context.policy.wantsSteadyFirst { return nil }
    if !replica.isFollowed, context.policy.wantsWarmFirst {
      // Whoever is cold may have met a ledger that was emptied: those who know better come first.
      guard context.cluster.contact == .steady, !participants.group.hasWarm else { return nil }
    }
    return rank < Self.patientRank ? Int64(rank) * Self.rankMs : Int64(context.profile.leaseMs)
  }

  // MARK: Bidding

  /// Nothing happens where a bid was refused a moment ago.
  private mutating func bid(replacing: Lease?, isOverruling: Bool = false, _ context: inout Context) {
    guard asking.retries.mayAsk(.lease, &context) else { return }
    let highest = max(replica.head.term, replica.highest.term, replica.highest.rev)
    let bid = LeaseBid(
      upstream: name, node: context.profile.node, run: context.profile.run,
      highestTerm: context.policy.termToBid(knowing: highest), forMs: context.profile.leaseMs,
      replacing: replacing)
    become(.candidate(Bid(sentMs: context.nowMs, isOverruling: isOverruling)))
    ask(.acquire(bid), for: .bid, &context)
  }

  /// Takes the lease from a leader of another branch: Redis had two primaries, or has lost what it had granted, and this
  /// node followed what is gone. Nothing that such a leader writes would be news to whoever knows the higher term, or the
  /// higher number under the same one.
  ///
  /// Who has not the upstream in its settings leaves that for a while to those who have. Then it takes the lease and gives
  /// it away at once: the term of whoever gets it is above all that is known here.
  mutating func overrule(_ lease: Lease, at stands: Head, _ context: inout Context) {
    guard context.cluster.contact == .steady,
      lease.holder.term < replica.head.term || replica.progress(to: stands, context) == .across
    else { return replica.isOnOtherBranch(since: nil) }
    let observedMs = context.cluster.observedMs
    let sinceMs = replica.otherBranchSinceMs ?? observedMs
    replica.isOnOtherBranch(since: sinceMs)
    guard case .follower(let untilMs) = role, context.nowMs >= untilMs else { return }
    if settings.isChecked {
      bid(replacing: lease, isOverruling: true, &context)
    } else if observedMs - sinceMs >= Int64(context.profile.leaseMs), !participants.eligible.isEmpty,
      context.policy.letsWatchersOverrule
    {
      bid(replacing: lease, &context)
    }
  }

  /// The lease was given to this node, or is its own from before its answer was lost.
  mutating func acceptHandOver(_ lease: Lease, _ context: inout Context) {
    guard lease.holder.node == context.profile.node, lease.holder.run == context.profile.run,
      case .follower(let untilMs) = role, context.nowMs >= untilMs, context.cluster.isRegistered
    else { return }
    // Its own of before a fail-over: others have led since, of whom the new primary does not know.
    if context.policy.isOutdated(lease.holder.term, knowing: replica.highest.term) {
      return bid(replacing: nil, &context)
    }
    guard asking.retries.mayAsk(.lease, &context) else { return }
    become(.candidate(Bid(sentMs: context.nowMs)))
    ask(.renew(name, lease.holder, forMs: context.profile.leaseMs), for: .bid, &context)
  }

  // MARK: The answer

  mutating func didBid(_ answer: Result<LedgerAnswer, LedgerError>, _ context: inout Context) {
    guard case .candidate(let bid) = role else { return }
    switch answer {
    case .success(.granted(let lease, let stands)):
      asking.retries.accepted(.lease)
      begin(Leader(lease, bid: bid, ledgerSeq: stands.seq, context), at: stands, &context)
    case .success(let answer):
      let untilMs = asking.retries.refused(.lease, "another has it", &context)
      become(.follower(untilMs: untilMs))
      switch answer {
      case .held(let lease), .lost(let lease?):
        leaseWatch.observe(lease, observedMs: context.cluster.observedMs, nowMs: context.nowMs)
      default: break
      }
    case .failure(let error):
      let untilMs = asking.retries.refused(.lease, error.sentence, &context)
      become(.follower(untilMs: untilMs))
    }
  }
}
