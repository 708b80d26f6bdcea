/// A clock that counts only the time in which the ledger answered: whoever was silent while it did not is not to
/// blame.
struct Observation: Sendable {
  private(set) var nowMs: Int64 = 0
  private var lastMs: Int64?

  /// - Parameter atMost: what one silence between two answers counts, in ms.
  mutating func answered(at steadyMs: Int64, atMost: Int64) {
    if let lastMs { nowMs += min(max(steadyMs - lastMs, 0), atMost) }
    lastMs = steadyMs
  }

  /// What `nowMs` would be if the ledger answered at this moment.
  func estimate(at steadyMs: Int64) -> Int64 { nowMs + (lastMs.map { max(steadyMs - $0, 0) } ?? 0) }

  mutating func interrupted() { lastMs = nil }
}
