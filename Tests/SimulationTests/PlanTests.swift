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
    #expect(words.count == 35, "\(words.sorted())")
    let losses = Set(Self.plans.flatMap { $0.faults.compactMap { Self.loss(of: $0.fault) } })
    #expect(losses == Set(Fault.Loss.allCases))
    let rights = Set(Self.plans.flatMap { $0.faults.compactMap { Self.right(of: $0.fault) } })
    #expect(rights == Set(Fault.Right.allCases))
  }

  @Test func someClustersHaveSeveralUpstreams() {
    let counts = Self.plans.map(\.setup.upstreams.count)
    for count in 1...3 { #expect(counts.count { $0 == count } > 300) }
    let shared = Self.plans.count { plan in
      let names = plan.setup.upstreams.map { Set($0.versions.flatMap { $0.peers.map(\.name) }) }
      return names.dropFirst().contains { !$0.isDisjoint(with: names[0]) }
    }
    #expect(shared > 300)
    #expect(Self.plans.count { $0.setup.upstreams.contains { !$0.missingOn.isEmpty } } > 300)
  }

  /// What came later has a chance of its own: the rest of a plan is as it was.
  @Test func aNarrowPlanIsAPartOfTheWideOne() {
    for plan in Self.plans.prefix(500) where !PlanMaker.isDirected(seed: plan.seed) {
      let narrow = PlanMaker.plan(seed: plan.seed, isNarrow: true)
      #expect(narrow.setup.upstreams == [plan.setup.upstreams[0]])
      var rest = plan.faults
      for fault in narrow.faults {
        guard let place = rest.firstIndex(of: fault) else {
          Issue.record("seed \(plan.seed): \(fault.text)")
          continue
        }
        rest.remove(at: place)
      }
    }
  }

  @Test func someRunsAreCalmAndSomeAreNot() {
    for (isNarrow, calm) in [(true, 60), (false, 15)] {
      let troubles = Self.plans.map { plan in
        PlanMaker.plan(seed: plan.seed, isNarrow: isNarrow).faults.count { !$0.fault.isOfBackends }
      }
      let calmRuns = troubles.count { $0 == 0 }
      #expect(calmRuns > calm && troubles.count { $0 > 5 } > 300, "\(calmRuns)")
    }
  }

  private static func kind(of fault: Fault) -> String {
    String("\(fault)".prefix { $0 != "(" })
  }

  private static func right(of fault: Fault) -> Fault.Right? {
    if case .forbidden(_, let right) = fault { right } else { nil }
  }

  private static func loss(of fault: Fault) -> Fault.Loss? {
    if case .redisLoses(let loss, _) = fault { loss } else { nil }
  }
}
