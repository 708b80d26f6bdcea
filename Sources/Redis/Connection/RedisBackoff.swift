/// How long to rest before the next dial: nothing after a connection that lasted, then twice as long each time.
package struct RedisBackoff {
  private let shortest: Duration
  private let longest: Duration
  private var failures = 0

  package init(_ limits: RedisLimits) {
    shortest = max(limits.shortestRest, .zero)
    longest = max(limits.longestRest, shortest)
  }

  /// - Parameter chance: from 0 up to 1. Clients that lost the same server do not all come back at once.
  package mutating func failed(chance: Double) -> Duration {
    let doublings = min(failures, 30)
    failures += 1
    let whole = min(longest, shortest * (1 << doublings))
    return whole / 2 + whole / 2 * chance
  }

  /// A connection ended. One that lasted longer than the longest rest proves the server well: dial at once.
  package mutating func lost(after lifetime: Duration, chance: Double) -> Duration {
    if lifetime >= longest { failures = 0 }
    guard failures > 0 else {
      failures = 1
      return .zero
    }
    return failed(chance: chance)
  }
}
