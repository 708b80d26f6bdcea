import Cluster
import Health
import Testing

@Suite struct ProbeScheduleTests {
  private func phases(_ count: Int, intervalMs: Int, node: String = "a") -> [Int] {
    (0..<count).map { number in
      ProbeSchedule.phaseMs(
        upstream: .foo, peer: PeerName("127.0.\(number / 250).\(number % 250):80"), node: node,
        intervalMs: intervalMs)
    }
  }

  @Test func isTheSameAfterEveryStart() {
    #expect(phases(100, intervalMs: 1000) == phases(100, intervalMs: 1000))
  }

  @Test func nodesProbeAtDifferentMoments() {
    let same = zip(phases(1000, intervalMs: 1000), phases(1000, intervalMs: 1000, node: "b")).count {
      $0 == $1
    }
    #expect(same < 20)
  }

  @Test(arguments: [1, 2, 100, 1000, 60_000])
  func staysWithinTheInterval(intervalMs: Int) {
    for phase in phases(1000, intervalMs: intervalMs) { #expect((0..<intervalMs).contains(phase)) }
  }

  /// faults.md: the peak of 100 ms buckets is at most 1.5 times the mean, from 1,000 probes a second on.
  @Test(arguments: [(1000, 1000), (2000, 2000), (10_000, 2000), (10_000, 10_000)])
  func spreadsTheLoad(peers: Int, intervalMs: Int) {
    var buckets = [Int](repeating: 0, count: intervalMs / 100)
    for phase in phases(peers, intervalMs: intervalMs) { buckets[phase / 100] += 1 }
    let mean = Double(peers) / Double(buckets.count)
    #expect(Double(buckets.max() ?? 0) <= 1.5 * mean)
    #expect(Double(buckets.min() ?? 0) >= 0.5 * mean)
  }

  @Test(arguments: [2, 3, 10, 100])
  func neverStartsAllInOneTick(peers: Int) {
    #expect(Set(phases(peers, intervalMs: 1000)).count > peers * 9 / 10)
  }

  @Test func overdueIsThreeIntervalsOrFiveSeconds() {
    var checker = Checker(kind: .tcp)
    checker.intervalMs = 100
    checker.timeoutMs = 50
    #expect(ProbeSchedule.overdueMs(checker: checker) == 5150)
    checker.intervalMs = 10_000
    #expect(ProbeSchedule.overdueMs(checker: checker) == 40_050)
  }
}
