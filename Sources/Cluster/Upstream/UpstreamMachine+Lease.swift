import Health
import Ledger

extension UpstreamMachine {
  /// How long each candidate lets the one before it try, in ms.
  static let rankMs: Int64 = 500
  /// From this rank on, candidates wait a whole lease.
  static let patientRank = 3

  mutating func tickLeadership(_ step: inout Step) {
    guard !isPlain else { return }
    switch leadership {
    case .waiting(let untilMs): if step.nowMs >= untilMs { bidIfDue(&step) }
    case .asking: break
    case .leading(let held):
      if held.isOver(step) || isFollowedByAnother(held, step) { return lose(&step) }
      renewIfDue(held, &step)
      handOverIfDue(&step)
    }
  }

  /// Somebody has led after this node did, if only on another primary: it decides nothing under its lower term.
  func isFollowedByAnother(_ held: HeldLease, _ step: Step) -> Bool {
    step.keeps(.termFloor) && held.lease.holder.term < following.highestTerm
  }

  // MARK: Taking it

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
    case .silent(let lease): if step.keeps(.silentHolderReplaced) { bid(replacing: lease, &step) }
    }
  }

  /// Two runs of one name are never registered at once: the one that holds the lease is gone, and the first of those who may
  /// lead need not wait for its end.
  private func isFirstAfterWhoIsGone(_ step: Step) -> Bool {
    candidates.first?.name == step.profile.node && isHolderGone(step)
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
    guard isChecked,
      let rank = candidates.firstIndex(where: { $0.name == step.profile.node })
    else { return nil }
    if step.surroundings.looksForTheSteady, step.keeps(.steadyFirst) { return nil }
    if !isFollowed, step.keeps(.warmFirst) {
      // Whoever is cold may have met a ledger that was emptied: those who know better come first.
      guard step.surroundings.contact == .steady, !group.hasWarm else { return nil }
    }
    return rank < Self.patientRank ? Int64(rank) * Self.rankMs : Int64(step.profile.leaseMs)
  }

  /// False: not now, after a refusal.
  @discardableResult private mutating func bid(replacing: Lease?, _ step: inout Step) -> Bool {
    guard retries.mayAsk(.lease, &step) else { return false }
    let bid = LeaseBid(
      upstream: name, node: step.profile.node, run: step.profile.run,
      highestTerm: step.keeps(.termFloor)
        ? max(head.term, following.highestTerm, following.highestRev) : 0,
      forMs: step.profile.leaseMs, replacing: replacing)
    leadership = .asking(number: ask(.acquire(bid), &step), sentMs: step.nowMs)
    return true
  }

  /// Takes the lease from a leader of another branch: Redis had two primaries, or has lost what it had granted, and this
  /// node followed what is gone. Nothing that such a leader writes would be news to whoever knows the higher term, or the
  /// higher number under the same one.
  ///
  /// Who has not the upstream in its settings leaves that for a while to those who have. Then it takes the lease and gives
  /// it away at once: the term of whoever gets it is above all that is known here.
  mutating func overrule(_ lease: Lease, at stands: Head, _ step: inout Step) {
    guard step.surroundings.contact == .steady,
      lease.holder.term < head.term || progress(to: stands, step) == .across
    else {
      following.otherBranchSinceMs = nil
      return
    }
    let observedMs = step.surroundings.observedMs
    let sinceMs = following.otherBranchSinceMs ?? observedMs
    following.otherBranchSinceMs = sinceMs
    guard case .waiting(let untilMs) = leadership, step.nowMs >= untilMs else { return }
    if isChecked {
      if bid(replacing: lease, &step) { following.isOnLostBranch = true }
    } else if observedMs - sinceMs >= Int64(step.profile.leaseMs), !candidates.isEmpty,
      step.keeps(.watchersOverrule)
    {
      bid(replacing: lease, &step)
    }
  }

  /// The lease was given to this node, or is its own from before its answer was lost.
  mutating func takeHandedOver(_ lease: Lease, _ step: inout Step) {
    guard lease.holder.node == step.profile.node, lease.holder.run == step.profile.run,
      case .waiting(let untilMs) = leadership, step.nowMs >= untilMs, step.surroundings.isRegistered
    else { return }
    // Its own of before a fail-over: others have led since, of whom the new primary does not know.
    if lease.holder.term < following.highestTerm, step.keeps(.termFloor) {
      bid(replacing: nil, &step)
      return
    }
    guard retries.mayAsk(.lease, &step) else { return }
    let number = ask(.renew(name, lease.holder, forMs: step.profile.leaseMs), &step)
    leadership = .asking(number: number, sentMs: step.nowMs)
  }

  // MARK: Keeping it

  private mutating func renewIfDue(_ held: HeldLease, _ step: inout Step) {
    guard held.wantsRenewal(at: step.nowMs, leaseMs: step.profile.leaseMs), retries.mayAsk(.renewal, &step)
    else { return }
    var held = held
    let number = ask(.renew(name, held.lease.holder, forMs: step.profile.leaseMs), &step)
    held.renewal = HeldLease.Renewal(
      number: number, sentMs: step.nowMs, commits: writing.inFlight == nil ? writing.counter : nil)
    leadership = .leading(held)
  }

  /// The lease is gone. What was not written is decided again by whoever leads next.
  mutating func lose(_ step: inout Step) {
    if step.profile.sharing != nil { step.log(.leadsNoMore(name)) }
    endLeading(step)
    leaseWatch.forget()
    following.mustRead = !isAlone(step)
    tickLeadership(&step)
  }

  /// Nothing of it is left for the next time.
  mutating func endLeading(_ step: Step) {
    if let inFlight = writing.inFlight { giveUp(inFlight) }
    writing.inFlight = nil
    writing.mustResync = false
    following.isOnLostBranch = false
    leadership = .waiting(untilMs: step.nowMs)
  }

  private func isAlone(_ step: Step) -> Bool { step.profile.sharing == nil }

  // MARK: Answers

  mutating func answered(
    _ answer: Result<LedgerAnswer, LedgerError>, ticket: LedgerTicket, _ step: inout Step
  ) {
    switch leadership {
    case .asking(ticket.number, let sentMs): return tookLease(answer, sentMs: sentMs, &step)
    case .leading(let held) where held.renewal?.number == ticket.number:
      return renewed(answer, held, &step)
    case .leading(let held) where held.handOver == ticket.number:
      return handedOver(answer, held, &step)
    default: break
    }
    if writing.inFlight?.number == ticket.number { return wrote(answer, &step) }
    if reporting.inFlight?.number == ticket.number { return reported(answer, &step) }
    if case .success(.deleted) = answer { knowNothing() }
  }

  /// The ledger has forgotten the upstream, because nobody had it.
  mutating func knowNothing() {
    head = Head()
    following.ledgerSeq = 0
    overrides = [:]
    // Should it come again, it begins anew.
    sheets = [:]
    tellAll()
    for (place, peer) in (definition?.peers ?? []).enumerated() where peers.indices.contains(place) {
      peers[place].take(PeerRecord(assumed: peer))
    }
    // Should anything be left of it, such as an entry of the index, it is deleted once more, but not at once: whoever
    // deleted it may not have ended.
    orphanedSinceMs = nil
  }

  private mutating func tookLease(
    _ answer: Result<LedgerAnswer, LedgerError>, sentMs: Int64, _ step: inout Step
  ) {
    switch answer {
    case .success(.granted(let lease, let stands)):
      retries.accepted(.lease)
      let countsFromMs = step.keeps(.leaseCountsFromAsking) ? sentMs : step.nowMs
      let held = HeldLease(lease: lease, sinceMs: step.nowMs, countsFromMs: countsFromMs)
      leadership = .leading(held)
      leaseWatch.take(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      following.see(lease, step)
      if step.profile.sharing != nil { step.log(.leads(name, term: lease.holder.term)) }
      display.isDue = true
      following.ledgerSeq = stands.seq
      if following.ticket != nil {
        // What was asked before may be from before what the former leader wrote last: it takes another way.
        following.ticket = nil
        following.mustRead = true
      }
      if !isChecked {
        // The next tick deletes it.
        if orphanedSinceMs != nil { return }
        if following.otherBranchSinceMs != nil { return leadsForOthers(held, &step) }
      }
      readOthers(&step)
      compare(stands, &step)
      decide(&step)
    case .success(let answer):
      let untilMs = retries.refused(.lease, "another has it", &step)
      leadership = .waiting(untilMs: untilMs)
      following.isOnLostBranch = false
      switch answer {
      case .held(let lease), .lost(let lease?):
        leaseWatch.see(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      default: break
      }
    case .failure(let error):
      following.isOnLostBranch = false
      let untilMs = retries.refused(.lease, error.sentence, &step)
      leadership = .waiting(untilMs: untilMs)
    }
  }

  /// Who has not the upstream in its settings has taken the lease so that somebody leads under a higher term.
  private mutating func leadsForOthers(_ held: HeldLease, _ step: inout Step) {
    following.otherBranchSinceMs = nil
    if let successor = candidates.first(where: { $0.name != step.profile.node }) {
      return handOver(to: successor, held, &step)
    }
    _ = ask(.release(name, held.lease.holder), &step)
    let untilMs = retries.refused(.lease, "nobody is there to lead", &step)
    leadership = .waiting(untilMs: untilMs)
  }

  /// What the ledger holds, beside what this leader knows.
  private mutating func compare(_ stands: Head, _ step: inout Step) {
    following.see(stands, step)
    if isFollowed, progress(to: stands, step) == .across { following.isOnLostBranch = true }
    if following.isOnLostBranch { return readAgain(&step) }
    // Without a term there is no head: the upstream is new, or more than the head may be lost.
    if !isFollowed, !stands.isWhole || stands.term == 0, step.keeps(.remainsRead) {
      return readRemains(&step)
    }
    // Of another primary it may have seen higher numbers: those are not given out again.
    let isBelow = stands.seq < following.highestSeq
    if progress(to: stands, step) == .none, stands.isWhole, !isBelow, stands.commit == head.commit {
      return compareWords(stands, &step)
    }
    if isFollowed, step.keeps(.resync), !stands.isWhole || progress(to: stands, step) == .back {
      writing.mustResync = true
      step.log(.resync(name, ledgerSeq: stands.seq, knownSeq: head.seq))
    } else if stands.seq > 0 || stands.term > 0 {
      readAgain(&step)
    }
  }

  private mutating func renewed(
    _ answer: Result<LedgerAnswer, LedgerError>, _ held: HeldLease, _ step: inout Step
  ) {
    var held = held
    switch answer {
    case .success(.granted(let lease, let stands)):
      let isComparable = writing.inFlight == nil && held.renewal?.commits == writing.counter
      let askedMs = held.renewal?.sentMs ?? held.countsFromMs
      held.countsFromMs = step.keeps(.leaseCountsFromAsking) ? askedMs : step.nowMs
      held.lease = lease
      retries.accepted(.renewal)
      held.renewal = nil
      leadership = .leading(held)
      leaseWatch.see(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      if isComparable, following.isInStep, isFollowed, !writing.mustResync,
        progress(to: stands, step) != .none || !stands.isWhole
      {
        standsElsewhere(stands, lease.holder, &step)
      } else if isComparable, following.isInStep, isFollowed, !writing.mustResync,
        isOfAnotherCommit(stands, step)
      {
        readAgain(&step)
      } else {
        compareWords(stands, &step)
      }
      decide(&step)
    case .success: lose(&step)
    case .failure(let error):
      // It is asked for again soon; until then the lease runs on as long as it counts.
      retries.refused(.renewal, error.sentence, &step)
      held.renewal = nil
      leadership = .leading(held)
    }
  }
}
