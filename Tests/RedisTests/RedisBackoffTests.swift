import Redis
import Testing

@Suite struct RedisBackoffTests {
  @Test func doublesUpToTheLongest() {
    var backoff = RedisBackoff(RedisLimits())
    let rests = (0..<7).map { _ in backoff.failed(chance: 1) }
    #expect(rests == [50, 100, 200, 400, 800, 1_000, 1_000].map { Duration.milliseconds($0) })
  }

  @Test func staysBoundedForEver() {
    var backoff = RedisBackoff(RedisLimits())
    for _ in 0..<10_000 {
      let rest = backoff.failed(chance: .random(in: 0..<1))
      #expect(rest >= .milliseconds(25) && rest <= .seconds(1))
    }
  }

  @Test func spreadsOverHalfOfIt() {
    var backoff = RedisBackoff(RedisLimits())
    #expect(backoff.failed(chance: 0) == .milliseconds(25))
  }

  @Test func dialsAtOnceAfterAConnectionThatLasted() {
    var backoff = RedisBackoff(RedisLimits())
    for _ in 0..<5 { _ = backoff.failed(chance: 1) }
    #expect(backoff.lost(after: .seconds(1), chance: 1) == .zero)
    // One that breaks at once each time must not be dialed without a rest.
    #expect(backoff.lost(after: .milliseconds(1), chance: 1) == .milliseconds(100))
    #expect(backoff.lost(after: .milliseconds(1), chance: 1) == .milliseconds(200))
  }
}
