import Ledger

/// What is wrong between this node and the ledger, by area.
struct Troubles: Sendable {
  /// What is refused is asked again sooner than this, in ms: after that time without a refusal all is well.
  static let quietMs: Int64 = 5000

  var contact = TroubleWatch(.contact)
  private var requests = TroubleWatch(.requests)
  private var refusedMs: Int64?

  var all: [LedgerTrouble] { [contact, requests].compactMap(\.trouble) }

  /// No heartbeat gets through. True: the reason is new.
  mutating func lose(_ fault: LedgerFault, _ hasConsensus: Bool, _ step: inout Step) -> Bool {
    // The same reason, or out of date.
    endRequests()
    let change = contact.fail(fault, step.moment)
    if change.isToBeSaid { step.log(.contactLost(fault.sentence, hasConsensus: hasConsensus)) }
    return change.isNew
  }

  /// Something was refused while heartbeats get through. True: the reason is new.
  mutating func refuse(_ fault: LedgerFault, _ step: inout Step) -> Bool {
    // What happened on the way says nothing that the heartbeats do not.
    guard fault.kind.isAnswer else { return false }
    refusedMs = step.nowMs
    // Many upstreams may be refused for many reasons at once: one of them is shown.
    let change = requests.fail(fault, step.moment, keepingMs: Self.quietMs)
    if change.isToBeSaid { step.log(.refused(fault.sentence)) }
    return change.isNew
  }

  /// True: what was refused before is not any more.
  mutating func tick(quietMs: Int64, _ step: inout Step) -> Bool {
    guard let refusedMs, step.nowMs - refusedMs >= quietMs else { return false }
    if endRequests() { step.log(.refusedNoMore) }
    return true
  }

  @discardableResult private mutating func endRequests() -> Bool {
    refusedMs = nil
    return requests.end()
  }
}
