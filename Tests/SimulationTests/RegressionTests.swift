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
      #expect(Verdict.of(plan).objections.isEmpty, "seed \(plan.seed)")
    }
  }
}
