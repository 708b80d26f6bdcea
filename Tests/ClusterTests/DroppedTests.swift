import Cluster
import Health
import Ledger
import Testing

/// Upstreams that settings do not have any more, and that the ledger forgets.
@Suite struct DroppedTests {
  private static let definitions = [
    UpstreamDefinition.make(.foo, [.one, .two]), .make(.bar, [.three]),
  ]

  /// Each hears of the others' settings a heartbeat later, and till then takes them for who should lead.
  @Test(arguments: [0, 150, 350, 700] as [Int64]) func aLeadThatNobodyWantsIsNotPassedAroundInHaste(
    apartMs: Int64
  ) {
    var rig = ClusterRig.three(Self.definitions)
    let before = rig.performed.count
    for node in ["a", "b", "c"] {
      rig.configure(node, [Self.definitions[1]])
      rig.pass(apartMs)
    }
    rig.pass(10_000)
    let handOvers = rig.performed[before...].count { entry in
      if case .handOver(.foo, _, _, _) = entry.request { true } else { false }
    }
    // The first gives it away at once; whoever got it waits until it has heard.
    #expect(handOvers <= 4)
  }

  @Test func aLeaderWhoseSettingsLoseTheUpstreamHandsItOverAtOnce() throws {
    var rig = ClusterRig.three(Self.definitions)
    rig.pass(20_000)
    let first = try #require(rig.leader())
    rig.configure(first, [Self.definitions[1]])
    let took = rig.pass(1000) { $0.leader() != first }
    #expect(try #require(took) <= 200)
  }

  @Test func whoHasNoUpstreamIsFreshAgainAfterAnOutage() {
    var rig = ClusterRig()
    for node in ["a", "b"] { rig.start(node, []) }
    rig.pass(10_000)
    #expect(rig.nodes["a"]?.isStale == false)
    rig.cutLedger(["a"])
    rig.pass(5000)
    #expect(rig.nodes["a"]?.isStale == true)
    rig.healLedger(["a"])
    rig.pass(5000)
    #expect(rig.nodes["a"]?.isStale == false)
  }

  /// Of what was deleted nothing is shown as if it were decided, at number 0 of no term.
  @Test func whatWasDeletedIsNotShownAnew() throws {
    var rig = ClusterRig.three(Self.definitions)
    let lease = try #require(rig.lease())
    rig.nodes[lease.holder.node]?.isPaused = true
    #expect(rig.perform(.delete(.foo, lease.holder)) == .deleted)
    let others = ["a", "b", "c"].filter { $0 != lease.holder.node }
    for node in others { rig.hear(.control(.deleted(.foo)), node) }
    // What they see goes on, and would be shown.
    rig.dead = [.one]
    for _ in 0..<400 {
      rig.pass(50)
      for node in others { #expect(rig.nodes[node]?.views[.foo]?.head?.seq ?? 1 > 0) }
    }
    #expect(rig.leader().map { others.contains($0) } == true)
  }
}
