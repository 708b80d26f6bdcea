/// As of when what is shown is what the ledger holds.
///
/// Heartbeats may get through while readings do not: Redis is slow, or refuses them. What was read last is shown as the
/// ledger's own for a few heartbeats then, and as stale afterwards.
struct Freshness: Sendable {
  /// When the heads were asked for, by the number of the question: steady ms.
  private var asked: [UInt64: Int64] = [:]
  /// The ledger has told where everything stands, and as of when; it is not shown as fresh before that was read.
  private var toldMs: Int64?
  /// Nil: it is shown as stale.
  private var shownMs: Int64?

  /// What was asked for longer ago than this has no answer any more: ms.
  private static let longestMs: Int64 = 10_000

  mutating func ask(_ number: UInt64, at nowMs: Int64) {
    asked = asked.filter { nowMs - $0.value < Self.longestMs }
    asked[number] = nowMs
  }

  /// When the question was put; nil: longer ago than an answer takes.
  func askedMs(_ number: UInt64) -> Int64? { asked[number] }

  mutating func told(_ number: UInt64) {
    if let askedMs = asked[number] { toldMs = askedMs }
    asked = asked.filter { $0.key > number }
  }

  /// There is nothing that the ledger could tell of.
  mutating func toldNothing(at nowMs: Int64) { toldMs = nowMs }

  mutating func lose() { self = Freshness() }

  /// All that was told has been read. True: it is to be shown as fresh.
  mutating func confirm() -> Bool {
    guard let toldMs else { return false }
    self.toldMs = nil
    shownMs = toldMs
    return true
  }

  /// True: it is to be shown as stale from now on.
  mutating func expires(at nowMs: Int64, afterMs: Int64) -> Bool {
    guard let shownMs, nowMs - shownMs >= afterMs else { return false }
    self.shownMs = nil
    return true
  }
}
