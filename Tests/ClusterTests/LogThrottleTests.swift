import Cluster
import Health
import Testing

struct LogThrottleTests {
  private static func failure(_ number: Int, _ failure: Failure = .connectRefused) -> LogLine {
    .probeFailed(.foo, PeerName("10.0.0.1:\(number)"), failure, detail: "")
  }

  /// Writes so many lines in one moment, and returns what was written until the second is over.
  private static func burst(_ count: Int, _ throttle: inout LogThrottle, at ms: Int64) -> [LogLine] {
    let lines = (0..<count).map { failure($0) }
    return lines.filter { throttle.passes($0, at: ms) } + throttle.due(at: ms + 1000)
  }

  @Test(arguments: [0, 1, 10, 11, 50]) func upToFiftyAreWrittenOneByOne(count: Int) {
    var throttle = LogThrottle()
    let written = Self.burst(count, &throttle, at: 0)
    #expect(written == (0..<count).map { Self.failure($0) })
    let lines1 = throttle.due(at: 9000)
    #expect(lines1.isEmpty)
  }

  @Test(arguments: [51, 5000]) func ofMoreTheFirstTenAndACount(count: Int) {
    var throttle = LogThrottle()
    let written = Self.burst(count, &throttle, at: 0)
    #expect(written.prefix(10) == (0..<10).map { Self.failure($0) }[...])
    #expect(
      written.dropFirst(10) == [.crowd(.foo, .failures, count: count - 10, reasons: ["L4CON": count - 10])])
  }

  @Test func whileItGoesOnThereIsALineASecondWithReasons() {
    var throttle = LogThrottle()
    _ = Self.burst(100, &throttle, at: 0)
    for number in 0..<3 {
      let answer2 = throttle.passes(Self.failure(number, .connectTimedOut), at: 1500)
      #expect(!answer2)
    }
    let answer3 = throttle.passes(Self.failure(9), at: 1600)
    #expect(!answer3)
    let lines4 = throttle.due(at: 1900)
    #expect(lines4.isEmpty)
    let lines = throttle.due(at: 2000)
    #expect(lines == [.crowd(.foo, .failures, count: 4, reasons: ["L4TOUT": 3, "L4CON": 1])])
    #expect(
      lines.first?.text.hasSuffix(
        "4 more probes of peers that were up have failed within a second (L4TOUT 3, L4CON 1)") == true)
    // A second without one, and they are named again.
    let lines5 = throttle.due(at: 3000)
    #expect(lines5.isEmpty)
    let answer6 = throttle.passes(Self.failure(1), at: 3100)
    #expect(answer6)
  }

  @Test func eachKindAndUpstreamIsCountedByItself() {
    var throttle = LogThrottle()
    _ = Self.burst(100, &throttle, at: 0)
    let answer7 = throttle.passes(.turned(.foo, .one, to: .down, after: 3), at: 100)
    #expect(answer7)
    let answer8 = throttle.passes(.probeFailed(.bar, .one, .connectRefused, detail: ""), at: 100)
    #expect(answer8)
    // What there are not many of always passes.
    for _ in 0..<100 {
      let answer9 = throttle.passes(.leads(.foo, term: 1), at: 100)
      #expect(answer9)
    }
  }

  @Test func whatIsHeldAtTheEndIsWritten() {
    var throttle = LogThrottle()
    for number in 0..<20 { _ = throttle.passes(Self.failure(number), at: 0) }
    let lines10 = throttle.due(at: 1, all: true)
    #expect(lines10.count == 10)
  }
}
