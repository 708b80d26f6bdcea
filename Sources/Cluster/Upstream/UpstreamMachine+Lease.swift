import Health
import Ledger

extension UpstreamMachine {
  /// How long to wait before another try when the ledger could not be asked, in ms.
  static let retryMs: Int64 = 500
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
    if step.surroundings.contact == .alone { return bid(replacing: nil, &step) }
    // Two runs of one name are never registered at once: an earlier one of this node's is gone.
    let isOwn = leaseWatch.isHeld(by: step.profile.node, notInRun: step.profile.run)
    // At nearly every tick somebody leads: who comes next need not be asked for that.
    guard isOwn || opportunity(delayMs: 0, step) != .none, let delayMs = delay(step) else { return }
    if isOwn { return bid(replacing: leaseWatch.current, &step) }
    switch opportunity(delayMs: delayMs, step) {
    case .none: break
    case .free: bid(replacing: nil, &step)
    case .silent(let lease): if step.keeps(.silentHolderReplaced) { bid(replacing: lease, &step) }
    }
  }

  private func opportunity(delayMs: Int64, _ step: Step) -> LeaseWatch.Opportunity {
    leaseWatch.opportunity(
      delayMs: delayMs, leaseMs: step.profile.leaseMs, observedMs: step.surroundings.observedMs,
      nowMs: step.nowMs)
  }

  /// How long this node lets better candidates try, 0 or more; nil: it is none.
  private func delay(_ step: Step) -> Int64? {
    if let orphanedMs = orphanedMs(step) { return orphanedMs }
    guard isChecked, target == head.digest || target == configuredDigest,
      let rank = candidates.firstIndex(where: { $0.name == step.profile.node })
    else { return nil }
    if !isFollowed, step.keeps(.warmFirst) {
      // Whoever is cold may have met a ledger that was emptied: those who know better come first.
      guard step.surroundings.contact == .steady, !group.hasWarm else { return nil }
    }
    return rank < Self.patientRank ? Int64(rank) * Self.rankMs : Int64(step.profile.leaseMs)
  }

  private mutating func bid(replacing: Lease?, _ step: inout Step) {
    let bid = LeaseBid(
      upstream: name, node: step.profile.node, run: step.profile.run,
      highestTerm: step.keeps(.termFloor)
        ? max(head.term, following.highestTerm, following.highestRev) : 0,
      forMs: step.profile.leaseMs, replacing: replacing)
    leadership = .asking(number: ask(.acquire(bid), &step), sentMs: step.nowMs)
  }

  /// Takes the lease from a leader whose term is below what is known here: Redis had two primaries, and this node followed
  /// the one that is gone. Nothing that such a leader writes would be news to whoever knows the higher term.
  mutating func overrule(_ lease: Lease, _ step: inout Step) {
    guard lease.holder.term < head.term, case .waiting(let untilMs) = leadership, step.nowMs >= untilMs,
      step.surroundings.contact == .steady, isChecked
    else { return }
    following.isOnLostBranch = true
    bid(replacing: lease, &step)
  }

  /// The lease was given to this node, or is its own from before its answer was lost.
  mutating func takeHandedOver(_ lease: Lease, _ step: inout Step) {
    guard lease.holder.node == step.profile.node, lease.holder.run == step.profile.run,
      case .waiting(let untilMs) = leadership, step.nowMs >= untilMs, step.surroundings.isRegistered
    else { return }
    // Its own of before a fail-over: others have led since, of whom the new primary does not know.
    if lease.holder.term < following.highestTerm, step.keeps(.termFloor) { return bid(replacing: nil, &step) }
    let number = ask(.renew(name, lease.holder, forMs: step.profile.leaseMs), &step)
    leadership = .asking(number: number, sentMs: step.nowMs)
  }

  // MARK: Keeping it, and giving it away

  private mutating func renewIfDue(_ held: HeldLease, _ step: inout Step) {
    guard held.wantsRenewal(at: step.nowMs, leaseMs: step.profile.leaseMs) else { return }
    var held = held
    let number = ask(.renew(name, held.lease.holder, forMs: step.profile.leaseMs), &step)
    held.renewal = HeldLease.Renewal(
      number: number, sentMs: step.nowMs, commits: writing.inFlight == nil ? writing.counter : nil)
    leadership = .leading(held)
  }

  private mutating func handOverIfDue(_ step: inout Step) {
    guard let held = leadership.held, held.handOver == nil, held.renewal == nil, writing.inFlight == nil,
      !following.isOnLostBranch, !writing.mustResync, step.surroundings.contact == .steady,
      held.isUsable(step),
      let successor = successor(held, step)
    else { return }
    handOver(to: successor, held, &step)
  }

  /// Who should lead in this node's place; nil: it is in the right hands.
  private func successor(_ held: HeldLease, _ step: Step) -> Group.Participant? {
    guard let best = candidates.first, best.name != step.profile.node else { return nil }
    if !candidates.contains(where: { $0.name == step.profile.node }) {
      // Whoever has just handed it to this node may not have heard of its settings yet, or this node not of the other's:
      // the next heartbeats tell.
      let patienceMs = 2 * (step.profile.sharing?.heartbeatMs ?? 0)
      return step.nowMs - held.sinceMs >= patienceMs || !step.keeps(.leadKeptAWhile) ? best : nil
    }
    // Whoever gave the lease away because it ends still looks alive for a moment.
    guard let sharing = step.profile.sharing, step.nowMs - held.sinceMs >= sharing.memberExpiryMs,
      best.isWarm,
      !leaseWatch.isShunned(best.name, at: step.nowMs),
      step.surroundings.observedMs - best.liveSinceMs >= 3 * sharing.memberExpiryMs
    else { return nil }
    return best
  }

  private mutating func handOver(
    to successor: Group.Participant, _ held: HeldLease, _ step: inout Step
  ) {
    var held = held
    held.handOver = ask(
      .handOver(
        name, held.lease.holder, to: Successor(node: successor.name, run: successor.run),
        forMs: step.profile.leaseMs), &step)
    leadership = .leading(held)
    step.log(.handsOver(name, to: successor.name))
  }

  /// Hands the lease over, or gives it up where there is nobody, so that another may decide at once.
  mutating func stop(_ step: inout Step) {
    if let held = leadership.held {
      if let successor = candidates.first(where: { $0.name != step.profile.node }) {
        handOver(to: successor, held, &step)
      } else {
        _ = ask(.release(name, held.lease.holder), &step)
      }
    }
    leadership = .waiting(untilMs: .max)
  }

  /// The lease is gone. What was not written is decided again by whoever leads next.
  mutating func lose(_ step: inout Step) {
    if step.profile.sharing != nil { step.log(.leadsNoMore(name)) }
    if let inFlight = writing.inFlight {
      if inFlight.isDone { following.highestSeq = max(following.highestSeq, inFlight.commit.lastSeq) }
      decideAgain(inFlight.commit)
    }
    writing.inFlight = nil
    writing.mustResync = false
    following.isOnLostBranch = false
    leadership = .waiting(untilMs: step.nowMs)
    leaseWatch.forget()
    following.mustRead = !isAlone(step)
    tickLeadership(&step)
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
  }

  private mutating func tookLease(
    _ answer: Result<LedgerAnswer, LedgerError>, sentMs: Int64, _ step: inout Step
  ) {
    switch answer {
    case .success(.granted(let lease, let stands)):
      let countsFromMs = step.keeps(.leaseCountsFromAsking) ? sentMs : step.nowMs
      leadership = .leading(HeldLease(lease: lease, sinceMs: step.nowMs, countsFromMs: countsFromMs))
      leaseWatch.take(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      following.highestTerm = max(following.highestTerm, lease.holder.term)
      if step.profile.sharing != nil { step.log(.leads(name, term: lease.holder.term)) }
      display.isDue = true
      following.ledgerSeq = stands.seq
      readOthers(&step)
      compare(stands, &step)
      decide(&step)
    case .success(let answer):
      leadership = .waiting(untilMs: step.nowMs + Self.retryMs)
      following.isOnLostBranch = false
      switch answer {
      case .held(let lease), .lost(let lease?):
        leaseWatch.see(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      default: break
      }
    case .failure:
      following.isOnLostBranch = false
      leadership = .waiting(untilMs: step.nowMs + Self.retryMs)
    }
  }

  /// What the ledger holds, beside what this leader knows.
  private mutating func compare(_ stands: Head, _ step: inout Step) {
    following.see(stands)
    if following.isOnLostBranch { return readAgain(&step) }
    // Without a term there is no head: the upstream is new, or more than the head may be lost.
    if !isFollowed, !stands.isWhole || stands.term == 0, step.keeps(.remainsRead) {
      return readRemains(&step)
    }
    // Of another primary it may have seen higher numbers: those are not given out again.
    let isBelow = stands.seq < following.highestSeq
    if stands.isAt(head), stands.isWhole, !isBelow, stands.commit == head.commit {
      return compareWords(stands, &step)
    }
    if isFollowed, step.keeps(.resync), !stands.isWhole || stands.isBehind(head) {
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
      held.renewal = nil
      leadership = .leading(held)
      leaseWatch.see(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      if isComparable, following.isInStep, isFollowed, !writing.mustResync,
        !stands.isAt(head) || !stands.isWhole
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
    case .failure:
      // The next tick asks again; until then the lease runs on as long as it counts.
      held.renewal = nil
      leadership = .leading(held)
    }
  }

  private mutating func handedOver(
    _ answer: Result<LedgerAnswer, LedgerError>, _ held: HeldLease, _ step: inout Step
  ) {
    switch answer {
    case .success(.handedOver(let lease)):
      leadership = .waiting(untilMs: step.nowMs)
      leaseWatch.see(lease, observedMs: step.surroundings.observedMs, nowMs: step.nowMs)
      display.isDue = true
    case .success: lose(&step)
    case .failure:
      // Perhaps it was done: this node decides nothing more before it has asked for the lease again.
      lose(&step)
    }
  }

  // MARK: Nobody has it

  /// Nil: somebody has the upstream. Otherwise how long this node waits before it takes the lease to delete it.
  private func orphanedMs(_ step: Step) -> Int64? {
    guard let sinceMs = orphanedSinceMs, step.surroundings.contact == .steady,
      let keptMs = step.profile.sharing?.orphanMs, step.surroundings.observedMs - sinceMs >= keptMs
    else { return nil }
    let nodes = Share.ranked(step.surroundings.roster.nodes.map(\.name), name: \.self, for: "lead", name.text)
    guard let rank = nodes.firstIndex(of: step.profile.node) else { return nil }
    return Int64(rank) * Int64(step.profile.leaseMs)
  }

  mutating func tickOrphan(_ step: inout Step) {
    guard isFollowed, group.participants.isEmpty, group.unread.isEmpty, step.surroundings.contact == .steady
    else {
      orphanedSinceMs = nil
      return
    }
    if orphanedSinceMs == nil { orphanedSinceMs = step.surroundings.observedMs }
    guard let held = leadership.held, orphanedMs(step) != nil, writing.inFlight == nil,
      held.isUsable(step)
    else { return }
    _ = ask(.delete(name, held.lease.holder), &step)
    leadership = .waiting(untilMs: step.nowMs + Int64(step.profile.leaseMs))
  }
}
