import Health
import Simulation
import Testing

/// Schedules that once broke a promise, as short as they could be made, with what went wrong then.
@Suite struct RegressionTests {
  struct Story: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var plan: Plan

    /// - Parameters:
    ///   - seed: the one that found it.
    ///   - faults: what is left of its schedule.
    init(
      _ testDescription: String, seed: UInt64, nodes: Int = 3, lengthMs: Int64 = 90_000,
      _ faults: [PlannedFault],
      _ change: (inout Checker) -> Void = { _ in }
    ) {
      self.testDescription = testDescription
      let setup = Setup(nodes: nodes, versions: [Setup.definition(peers: 0..<8, change)])
      plan = Plan(
        seed: seed, setup: setup, faults: faults, quietFromMs: lengthMs - 40_000, lengthMs: lengthMs)
    }
  }

  static let stories: [Story] = [
    // The node that had been with the old primary took its own, higher term for the truth, for ever.
    Story(
      "a node comes back from an old primary", seed: 239,
      [
        PlannedFault(.failOver(lostMs: 0, staying: [0]), atMs: 3893, forMs: 5081),
        PlannedFault(.refusing(peer: 6), atMs: 30_000, forMs: 90_000),
      ]),
    Story(
      "most nodes come back from an old primary", seed: 358, nodes: 4,
      [
        PlannedFault(.failOver(lostMs: 3000, staying: [0, 1, 2]), atMs: 15_525, forMs: 10_731),
        PlannedFault(.refusing(peer: 5), atMs: 19_167, forMs: 9478),
      ]),
    // It was handed to a run that was gone, while the new one of that name looked on until it ended.
    Story(
      "a leader is killed and starts again", seed: 1638,
      [
        PlannedFault(.crashed(node: 1), atMs: 20_000, forMs: 1662),
        PlannedFault(.crashed(node: 2), atMs: 24_000, forMs: 1553),
        PlannedFault(.crashed(node: 0), atMs: 28_000, forMs: 100),
      ]),
  ]

  @Test(arguments: stories) func noPromiseIsBroken(_ story: Story) {
    // What is chance beside the schedule is tried a few times.
    for offset in 0..<5 {
      var plan = story.plan
      plan.seed += UInt64(offset)
      #expect(Verdict.of(plan).violations.isEmpty, "seed \(plan.seed)")
    }
  }

  /// Seeds of `PlanMaker` that have found something, and what.
  static let seeds: [(seed: UInt64, found: String)] = [
    (948, "a reading from before one's own commit passed for a loss"),
    (2019, "short pauses and slow answers"),
    (3818, "who followed the old primary waited for the first change under the new one"),
    (4501, "four nodes probed what three should, for want of a card"),
    (6067, "a leader whose lease came back twice wrote under a term below what it had heard"),
    (6352, "a cold leader gave a number out again that it had heard of"),
    (6667, "a page had the number of one branch and the records of the other"),
    (8067, "a new leader decided by reports of another primary"),
    (8294, "the same as 6667, with a slow Redis"),
    (21770, "a word from before the first definition was in force, but not in the ledger"),
    (91_005_810, "a cold leader over an upstream without a head was refused for ever"),
    (9585, "numbers that only the lost primary had given out were given out again"),
  ]

  @Test(arguments: seeds.map(\.seed)) func noPromiseIsBrokenAnyMore(seed: UInt64) {
    #expect(Verdict.of(PlanMaker.plan(seed: seed)).violations.isEmpty)
  }
}
