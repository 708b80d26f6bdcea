import Health
import Testing

@testable import Simulation

@Suite struct PlanTests {
  private static let plans = (0..<3000).map { PlanMaker.plan(seed: UInt64($0)) }

  @Test func allTroubleEndsBeforeTheQuiet() {
    for plan in Self.plans {
      for fault in plan.faults where !fault.fault.isOfBackends {
        #expect(fault.atMs >= 0 && fault.endMs <= plan.quietFromMs, "seed \(plan.seed): \(fault.text)")
      }
    }
  }

  @Test func clustersAreOfThreeToFiveNodesAndEightPeersForTwoMinutes() {
    for plan in Self.plans {
      #expect(plan.lengthMs - 5000 >= 120_000 && (3...5).contains(plan.setup.nodes))
      #expect(plan.setup.versions.allSatisfy { $0.peers.count == 8 })
    }
    #expect(Set(Self.plans.map(\.setup.nodes)) == [3, 4, 5])
  }

  /// A kind of trouble that no seed draws is not tried.
  @Test func everyKindOfTroubleIsDrawn() {
    let words = Set(Self.plans.flatMap { $0.faults.map { Self.kind(of: $0.fault) } })
    #expect(words.count == 31, "\(words.sorted())")
    let losses = Set(Self.plans.flatMap { $0.faults.compactMap { Self.loss(of: $0.fault) } })
    #expect(losses == Set(Fault.Loss.allCases))
  }

  @Test func someRunsAreCalmAndSomeAreNot() {
    let troubles = Self.plans.map { plan in plan.faults.count { !$0.fault.isOfBackends } }
    #expect(troubles.count { $0 == 0 } > 60 && troubles.count { $0 > 5 } > 300)
  }

  private static func kind(of fault: Fault) -> String {
    String("\(fault)".prefix { $0 != "(" })
  }

  private static func loss(of fault: Fault) -> Fault.Loss? {
    if case .redisLoses(let loss, _) = fault { loss } else { nil }
  }
}
