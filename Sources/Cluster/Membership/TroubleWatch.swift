import Ledger

/// The trouble in one area: what the reason is now, and whether that is still to be said.
///
/// Each change of the reason is one line. Reasons that take turns are said once a minute each, so that a log does not
/// fill up with them, and never more than a few lines a minute together.
struct TroubleWatch: Sendable {
  /// A reason is not said again for so long, in ms.
  static let silenceMs: Int64 = 60_000
  /// Lines within that time.
  static let mostLines = 6

  private struct Reason: Sendable {
    var fault: LedgerFault
    /// Milliseconds since 1970.
    var sinceMs: Int64
    var metMs: Int64
    var saidMs: Int64?
  }

  /// What came of one more failure.
  struct Change: Sendable {
    /// The reason is another one than before, or there was none.
    var isNew = false
    /// It is to be said now.
    var isToBeSaid = false
  }

  let area: LedgerTrouble.Area
  private var reasons: [Reason] = []
  private(set) var trouble: LedgerTrouble?
  private var said: LedgerFault?
  private var linesMs: [Int64] = []

  init(_ area: LedgerTrouble.Area) {
    self.area = area
  }

  /// - Parameter keepingMs: another reason stays the one that is shown if it was met within this time.
  mutating func fail(_ fault: LedgerFault, _ moment: Moment, keepingMs: Int64 = 0) -> Change {
    let nowMs = moment.steadyMs
    reasons.removeAll { nowMs - $0.metMs >= Self.silenceMs }
    linesMs.removeAll { nowMs - $0 >= Self.silenceMs }
    var reason =
      reasons.first { $0.fault == fault } ?? Reason(fault: fault, sinceMs: moment.wallMs, metMs: nowMs)
    reason.metMs = nowMs
    var change = Change()
    let isSilent = reason.saidMs.map { nowMs - $0 < Self.silenceMs } ?? false
    if said != fault, !isSilent, linesMs.count < Self.mostLines {
      change.isToBeSaid = true
      reason.saidMs = nowMs
      said = fault
      linesMs.append(nowMs)
    }
    reasons.removeAll { $0.fault == fault }
    reasons.append(reason)
    // What is shown stays; of the others the one that was met longest ago is forgotten.
    if reasons.count > Self.mostLines,
      let place = reasons.firstIndex(where: { $0.fault != trouble?.fault })
    {
      reasons.remove(at: place)
    }
    if let shown = reasons.first(where: { $0.fault == trouble?.fault }),
      shown.fault == fault || nowMs - shown.metMs < keepingMs
    {
      return change
    }
    change.isNew = true
    trouble = LedgerTrouble(area, fault, sinceMs: reason.sinceMs)
    return change
  }

  /// It works again. True: that is to be said, as the trouble was.
  mutating func end() -> Bool {
    defer {
      reasons = []
      trouble = nil
      said = nil
    }
    return said != nil
  }
}
