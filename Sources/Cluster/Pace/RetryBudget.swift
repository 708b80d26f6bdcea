/// What a node may repeat in all: a limit that holds whatever else is wrong.
struct RetryBudget: Sendable {
  /// Repetitions a second, in the long run.
  static let perSecond: Int64 = 500
  /// So many may come in one moment.
  static let burst: Int64 = 1000
  /// Lines about refusals in a minute: a thousand upstreams may be refused at once.
  static let mostLines = 6

  /// In thousandths.
  private var tokens = Self.burst * 1000
  private var filledMs = Int64.min
  private var linesMs: [Int64] = []

  mutating func isLeft(at nowMs: Int64) -> Bool {
    if filledMs != .min {
      let passedMs = min(max(nowMs - filledMs, 0), 1000 * Self.burst)
      tokens = min(tokens + passedMs * Self.perSecond, Self.burst * 1000)
    }
    filledMs = nowMs
    return tokens >= 1000
  }

  mutating func spend() { tokens -= 1000 }

  /// Whether one more line may be said.
  mutating func maySay(at nowMs: Int64) -> Bool {
    linesMs.removeAll { nowMs - $0 >= TroubleWatch.silenceMs }
    guard linesMs.count < Self.mostLines else { return false }
    linesMs.append(nowMs)
    return true
  }
}
