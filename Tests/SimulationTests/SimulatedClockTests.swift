import Testing

@testable import Simulation

@Suite struct SimulatedClockTests {
  @Test(arguments: [667, 1000, 1500] as [Int64])
  func runsAtItsRateAndNeverBack(permille: Int64) {
    var clock = SimulatedClock(startMs: 500)
    #expect(clock.steadyMs(at: 1_000_000) == 1500)
    clock.set(permille: permille, at: 1_000_000)
    #expect(clock.steadyMs(at: 1_000_000) == 1500)
    #expect(clock.steadyMs(at: 2_000_000) == 1500 + permille)
    // At least as long as it takes, and at most a microsecond longer.
    let own: Int64 = 100_000
    let trueUs = clock.trueUs(ofOwnUs: own)
    #expect(clock.ownUs(at: 1_000_000 + trueUs) - clock.ownUs(at: 1_000_000) >= own)
    #expect(clock.ownUs(at: 1_000_000 + trueUs - 2) - clock.ownUs(at: 1_000_000) < own)
    clock.set(permille: 1000, at: 2_000_000)
    #expect(clock.steadyMs(at: 3_000_000) == 2500 + permille)
  }

  @Test func onlyTheWallClockLeaps() {
    var clock = SimulatedClock(startMs: 0)
    let before = clock.wallMs(at: 5000)
    clock.jump(byMs: -3_600_000)
    #expect(clock.wallMs(at: 5000) == before - 3_600_000 && clock.steadyMs(at: 5000) == 5)
  }
}
