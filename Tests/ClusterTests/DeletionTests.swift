import Cluster
import Health
import Ledger
import Testing

/// Upstreams that nobody has any more, and what is left of them.
@Suite struct DeletionTests {
  private static let kept = UpstreamDefinition.make(.foo, [.one])
  private static let other = UpstreamDefinition.make(.bar, [.one])

  /// How often `bar.com` was deleted.
  private static func deletions(_ rig: ClusterRig) -> Int {
    rig.performed.count { _, request, answer in
      guard case .delete(.bar, _, _) = request else { return false }
      return answer == .deleted
    }
  }

  @Test func anEntryThatIsLeftIsTakenOutAfterAWhile() {
    var rig = ClusterRig.three([Self.kept])
    rig.shared.leaveEntry(of: .bar)
    rig.pass(60_000)
    // Whoever deletes it may be about to take it out.
    #expect(rig.shared.digests[.bar] != nil && Self.deletions(rig) == 0)
    rig.pass(20_000)
    #expect(rig.shared.digests.keys.sorted() == [.foo])
    // One node did it, and all know of it.
    #expect(Self.deletions(rig) == 1)
    rig.pass(20_000)
    #expect(Self.deletions(rig) == 1 && rig.lease(of: .bar) == nil)
    #expect(rig.nodes.values.allSatisfy { $0.order == [.foo] && $0.views[.bar] == nil })
  }

  @Test func anEntryWhoseUpstreamWasLedIsTakenOut() throws {
    var rig = ClusterRig.three([Self.kept])
    rig.shared.leaveEntry(of: .bar)
    let bid = LeaseBid(upstream: .bar, node: "z", run: "z1", highestTerm: 0, forMs: 1000)
    rig.perform(.acquire(bid))
    rig.pass(90_000)
    #expect(rig.shared.digests.keys.sorted() == [.foo])
  }

  /// The first in rank cannot do it.
  @Test func anotherTakesItOutWhereTheFirstCannot() {
    for denied in ["a", "b", "c"] {
      var rig = ClusterRig.three([Self.kept])
      rig.shared.leaveEntry(of: .bar)
      rig.nodes[denied]?.refuses = { if case .acquire(let bid) = $0 { bid.upstream == .bar } else { false } }
      rig.pass(60_000 + 5000 + 3 * Int64(ClusterRig.leaseMs))
      #expect(rig.shared.digests.keys.sorted() == [.foo], "\(denied)")
    }
  }

  /// Whoever starts with it, at whatever moment, has it.
  @Test func anUpstreamThatComesAgainStays() {
    for moment in stride(from: Int64(55_000), to: 75_000, by: 1000) {
      var rig = ClusterRig.three([Self.kept])
      rig.shared.leaveEntry(of: .bar)
      rig.pass(moment)
      rig.configure("b", [Self.kept, Self.other])
      rig.pass(25_000)
      #expect(rig.shared.digests[.bar] == Self.other.digest, "\(moment)")
      #expect(rig.agree(on: .bar) && rig.leader(of: .bar) == "b", "\(moment)")
      rig.pass(60_000)
      #expect(rig.agree(on: .bar), "\(moment)")
    }
  }

  /// What is left of an upstream, and is not whole, is followed by nobody.
  @Test func partsThatNobodyHasAreDeleted() throws {
    var rig = ClusterRig.three([Self.kept, Self.other])
    let held = try #require(rig.shared.snapshot(of: .bar))
    #expect(held.head.isWhole)
    for node in ["a", "b", "c"] { rig.kill(node) }
    rig.shared.lose(.of(.bar, .definition))
    rig.shared.lose(.of(.bar, .status))
    for node in ["a", "b", "c"] { rig.start(node, [Self.kept]) }
    rig.pass(90_000)
    #expect(rig.shared.snapshot(of: .bar) == nil && rig.shared.digests.keys.sorted() == [.foo])
  }

  /// An entry that comes back each time is deleted ever more seldom by one node. It keeps nobody from it while it rests.
  @Test func whoRestsBeforeItDeletesAgainDoesNotHoldTheLease() {
    var rig = ClusterRig()
    rig.orphanMs = 4000
    for node in ["a", "b", "c"] { rig.start(node, [Self.kept]) }
    rig.pass(20_000)
    var heldMs: Int64 = 0
    var longestMs: Int64 = 0
    for _ in 0..<(120_000 / ClusterRig.stepMs) {
      rig.shared.leaveEntry(of: .bar)
      rig.pass(ClusterRig.stepMs)
      heldMs = rig.lease(of: .bar) == nil ? 0 : heldMs + ClusterRig.stepMs
      longestMs = max(longestMs, heldMs)
    }
    // Until the next tick, and the answer.
    #expect(longestMs <= 300)
    let deleters = rig.performed.filter { if case .delete(.bar, _, _) = $0.request { true } else { false } }
    #expect(Set(deleters.map(\.node)).count == 3 && deleters.count > 6)
  }
}
