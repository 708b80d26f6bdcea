import Probing
import Testing

@Suite struct LatenessTests {
  @Test func tellsQuantiles() {
    var lateness = Lateness()
    #expect(lateness.quantile(0.5) == 0)
    for step in 0..<100 { lateness.add(ns: UInt64(step) * 1_000_000) }
    #expect(lateness.total == 100)
    #expect(lateness.quantile(0.5) == 49_020)
    #expect(lateness.quantile(0.99) == 98_020)
  }

  @Test func countsWhatIsOffTheScale() {
    var lateness = Lateness()
    lateness.add(ns: 10_000_000_000)
    #expect(lateness.quantile(1) == 100_000)
  }
}
