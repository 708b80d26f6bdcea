import Ledger

/// What is wrong between this node and the ledger, by area.
struct Troubles: Sendable {
  /// What is refused is asked again sooner than this, in ms: after that time without a refusal all is well.
  static let quietMs: Int64 = 5000
  /// A subscription that is lost is soon had again, or heartbeats are lost as well: it is told after so many ms.
  static let deafMs: Int64 = 3000

  var contact = TroubleWatch(.contact)
  private var requests = TroubleWatch(.requests)
  private var refusedMs: Int64?
  private var channels = TroubleWatch(.channels)
  private var denied: LedgerFault?
  /// There is no subscription: why, and since when.
  private var unheard: (fault: LedgerFault, sinceMs: Int64)?

  var all: [LedgerTrouble] { [contact, requests, channels].compactMap(\.trouble) }

  // MARK: Requests

  /// No heartbeat gets through. True: the reason is new.
  mutating func lose(_ fault: LedgerFault, _ hasConsensus: Bool, _ context: inout Context) -> Bool {
    // The same reason, or out of date.
    endRequests()
    let change = contact.fail(fault, context.moment)
    if change.isToBeSaid { context.log(.contactLost(fault.sentence, hasConsensus: hasConsensus)) }
    return change.isNew
  }

  /// Something was refused while heartbeats get through. True: the reason is new.
  mutating func refuse(_ fault: LedgerFault, _ context: inout Context) -> Bool {
    // What happened on the way says nothing that the heartbeats do not.
    guard fault.kind.isAnswer else { return false }
    refusedMs = context.nowMs
    // Many upstreams may be refused for many reasons at once: one of them is shown.
    let change = requests.fail(fault, context.moment, keepingMs: Self.quietMs)
    if change.isToBeSaid { context.log(.refused(fault.sentence)) }
    return change.isNew
  }

  /// True: what is wrong is different.
  mutating func tick(quietMs: Int64, isLost: Bool, _ context: inout Context) -> Bool {
    var isNew = false
    if let refusedMs, context.nowMs - refusedMs >= quietMs {
      isNew = true
      if endRequests() { context.log(.refusedNoMore) }
    }
    if let unheard, denied == nil, !isLost, context.nowMs - unheard.sinceMs >= Self.deafMs,
      channels.trouble?.fault != unheard.fault
    {
      isNew = failChannels(unheard.fault, &context) || isNew
    }
    return isNew
  }

  @discardableResult private mutating func endRequests() -> Bool {
    refusedMs = nil
    return requests.end()
  }

  // MARK: Announcements

  var isDeaf: Bool { denied != nil || unheard != nil }

  mutating func hearsNothing(_ fault: LedgerFault, _ context: Context) {
    unheard = (fault, unheard?.sinceMs ?? context.nowMs)
  }

  /// There is a subscription again. True: what is wrong is different.
  mutating func hears(_ context: inout Context) -> Bool {
    unheard = nil
    return denied == nil && endChannels(&context)
  }

  /// - Parameter fault: nil: no channel is denied any more.
  mutating func deny(_ fault: LedgerFault?, _ context: inout Context) -> Bool {
    denied = fault
    guard let fault else { return endChannels(&context) }
    return failChannels(fault, &context)
  }

  private mutating func failChannels(_ fault: LedgerFault, _ context: inout Context) -> Bool {
    let change = channels.fail(fault, context.moment)
    if change.isToBeSaid { context.log(.deaf(fault.sentence)) }
    return change.isNew
  }

  private mutating func endChannels(_ context: inout Context) -> Bool {
    let isNew = channels.trouble != nil
    if channels.end() { context.log(.deafNoMore) }
    return isNew
  }
}
