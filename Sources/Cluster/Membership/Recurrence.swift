/// Something that is asked again and again, once at a time.
struct Recurrence: Sendable {
  private var ticket: UInt64?
  private var lastMs: Int64?
  /// It is to be done at the next opportunity, however long ago the last time was.
  var isDue = true

  func isReady(at nowMs: Int64, everyMs: Int64) -> Bool {
    guard ticket == nil else { return false }
    guard !isDue, let lastMs else { return true }
    return nowMs - lastMs >= everyMs
  }

  mutating func sent(_ number: UInt64, at nowMs: Int64) {
    ticket = number
    lastMs = nowMs
    isDue = false
  }

  /// False: it was not this one that was asked.
  mutating func answered(_ number: UInt64, isGood: Bool) -> Bool {
    guard ticket == number else { return false }
    ticket = nil
    if !isGood { isDue = true }
    return true
  }
}

extension Result {
  var isSuccess: Bool { if case .success = self { true } else { false } }
}
