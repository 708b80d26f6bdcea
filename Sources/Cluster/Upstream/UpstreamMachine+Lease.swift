import Health
import Ledger

extension UpstreamMachine {
  /// How long to wait before another try when the ledger could not be asked, in ms.
  static let retryMs: Int64 = 500

  mutating func tickLeadership(_ step: inout Step) {
    switch leadership {
    case .waiting(let untilMs):
      if step.nowMs >= untilMs { bid(&step) }
    case .asking: break
    case .leading(var held):
      guard held.wantsRenewal(at: step.nowMs, leaseMs: step.profile.leaseMs) else { return }
      let number = ask(.renew(name, held.lease.holder, forMs: step.profile.leaseMs), &step)
      held.renewal = HeldLease.Renewal(number: number, sentMs: step.nowMs)
      leadership = .leading(held)
    }
  }

  private mutating func bid(_ step: inout Step) {
    let bid = LeaseBid(
      upstream: name, node: step.profile.node, run: step.profile.run, highestTerm: head.term,
      forMs: step.profile.leaseMs)
    leadership = .asking(number: ask(.acquire(bid), &step), sentMs: step.nowMs)
  }

  /// Gives the lease up, so that another may decide at once.
  mutating func stop(_ step: inout Step) {
    guard let held = leadership.held else { return }
    _ = ask(.release(name, held.lease.holder), &step)
    leadership = .waiting(untilMs: .max)
  }

  // MARK: Answers

  mutating func answered(
    _ answer: Result<LedgerAnswer, LedgerError>, ticket: LedgerTicket, _ step: inout Step
  ) {
    switch leadership {
    case .asking(ticket.number, let sentMs): return tookLease(answer, sentMs: sentMs, &step)
    case .leading(let held) where held.renewal?.number == ticket.number:
      return renewed(answer, held, &step)
    default: break
    }
    if writing.inFlight?.number == ticket.number { wrote(answer, &step) }
  }

  private mutating func tookLease(
    _ answer: Result<LedgerAnswer, LedgerError>, sentMs: Int64, _ step: inout Step
  ) {
    switch answer {
    case .success(.granted(let lease, let stands)):
      leadership = .leading(HeldLease(lease: lease, countsFromMs: sentMs))
      if stands.seq != head.seq || stands.run != head.run { writing.mustResync = head.seq > 0 }
      head = stands
      decide(&step)
    case .success: leadership = .waiting(untilMs: step.nowMs + Self.retryMs)
    case .failure(let error):
      step.log(.ledger(name, "the lease could not be taken: \(error.text)"))
      leadership = .waiting(untilMs: step.nowMs + Self.retryMs)
    }
  }

  private mutating func renewed(
    _ answer: Result<LedgerAnswer, LedgerError>, _ held: HeldLease, _ step: inout Step
  ) {
    var held = held
    switch answer {
    case .success(.granted(let lease, _)):
      held.countsFromMs = held.renewal?.sentMs ?? held.countsFromMs
      held.lease = lease
      held.renewal = nil
      leadership = .leading(held)
      decide(&step)
    case .success: lose(&step)
    case .failure:
      // The next tick asks again; until then the lease runs on as long as it counts.
      held.renewal = nil
      leadership = .leading(held)
    }
  }

  /// The lease is gone. What was not written is decided again by whoever leads next.
  mutating func lose(_ step: inout Step) {
    leadership = .waiting(untilMs: step.nowMs)
    tickLeadership(&step)
  }
}

extension LedgerError {
  var text: String {
    switch self {
    case .unreachable(let fault), .outcomeUnknown(let fault): fault.sentence
    }
  }
}
