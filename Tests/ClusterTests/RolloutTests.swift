import Cluster
import Health
import Ledger
import Testing

@Suite struct RolloutTests {
  private static let peers = (0..<4).map { PeerName("127.0.0.1:\($0 + 1000)") }
  private static let old = UpstreamDefinition.make(.foo, Array(peers.prefix(3)))
  private static let new = UpstreamDefinition.make(.foo, peers) { $0.intervalMs = 500 }

  private static func definitions(_ rig: ClusterRig) -> [String] {
    rig.events().compactMap { if case .definition(let digest) = $0.change { digest } else { nil } }
  }

  @Test func aRolloutIsOneChangeAtTheMajority() {
    var rig = ClusterRig.three([Self.old])
    rig.dead = [Self.peers[0]]
    rig.pass(10_000)
    for node in ["a", "b", "c"] {
      rig.stop(node)
      rig.pass(500)
      rig.start(node, [Self.new])
      rig.pass(10_000)
    }
    #expect(Self.definitions(rig) == [Self.old.digest, Self.new.digest])
    for node in ["a", "b", "c"] {
      rig.configure(node, [Self.old])
      rig.pass(10_000)
    }
    #expect(Self.definitions(rig) == [Self.old.digest, Self.new.digest, Self.old.digest])
    #expect(rig.transitions().count == 1 && rig.agree())
    #expect(rig.record(Self.peers[0], on: "a")?.status == .down)
  }

  @Test func aMinoritysSettingsAreNotInForce() {
    var rig = ClusterRig.three([Self.old])
    rig.configure("a", [Self.new])
    rig.pass(20_000)
    #expect(Self.definitions(rig) == [Self.old.digest])
    #expect(rig.nodes["a"]?.groups.values.map(\.intervalMs) == [1000])
    #expect(rig.nodes["a"]?.views[.foo]?.peers.count == 3)
  }

  @Test func whoIsBackAtSettingsOfBeforeCountsAgain() {
    var rig = ClusterRig.three([Self.old])
    // Its new settings are not told, and for a node that joins the peers are shared out anew.
    rig.nodes["b"]?.refuses = { if case .describe = $0 { true } else { false } }
    rig.configure("b", [Self.new])
    rig.pass(3000)
    rig.start("d", [Self.old])
    rig.pass(10_000)
    rig.configure("b", [Self.old])
    rig.pass(3000)
    #expect(Self.old.peers.map { rig.probers(of: $0.name) } == [3, 3, 3])
  }

  @Test func anUpstreamOfOneNodeIsShownByAll() {
    var rig = ClusterRig.three([Self.old])
    rig.configure("b", [Self.old, .make(.bar, [.one])])
    rig.pass(20_000)
    #expect(rig.nodes.values.allSatisfy { $0.order == [.foo, .bar] && $0.views[.bar]?.peers.count == 1 })
    #expect(rig.probers(of: .one) == 1 && rig.leader(of: .bar) == "b")
    rig.dead = [.one]
    rig.pass(6000)
    #expect(rig.nodes.keys.allSatisfy { rig.record(.one, on: $0, in: .bar)?.status == .down })
  }

  @Test func whatNobodyHasIsDeletedAfterAMinute() {
    var rig = ClusterRig.three([Self.old, .make(.bar, [.one])])
    for node in ["a", "b", "c"] { rig.configure(node, [Self.old]) }
    rig.pass(50_000)
    #expect(rig.shared.snapshot(of: .bar) != nil && rig.probers(of: .one) == 0)
    rig.pass(40_000)
    #expect(rig.shared.snapshot(of: .bar) == nil && rig.shared.digests.keys.sorted() == [.foo])
    #expect(rig.nodes.values.allSatisfy { $0.order == [.foo] })
  }

  @Test func anOverrideIsOnTopAndAnEventOfItsOwn() throws {
    var rig = ClusterRig.three([Self.old])
    rig.order(
      OverrideRequest(upstream: .foo, peer: Self.peers[1], state: .drain, by: "kim", why: "new disks"))
    rig.pass(1000)
    let record = try #require(rig.stored(Self.peers[1]))
    #expect(record.status == .down && record.decided == .up && record.override?.by == "kim")
    #expect(rig.nodes.keys.allSatisfy { rig.record(Self.peers[1], on: $0)?.override?.why == "new disks" })
    // What the votes say meanwhile is kept beside it.
    rig.dead = [Self.peers[1]]
    rig.pass(10_000)
    #expect(rig.stored(Self.peers[1])?.decided == .down && rig.transitions().isEmpty)
    rig.empty()
    rig.pass(5000)
    #expect(rig.stored(Self.peers[1])?.override?.state == .drain)
    rig.dead = []
    rig.pass(10_000)
    rig.order(OverrideRequest(upstream: .foo, peer: Self.peers[1], state: .auto, by: "kim", why: ""))
    rig.pass(1000)
    #expect(rig.stored(Self.peers[1])?.status == .up && rig.stored(Self.peers[1])?.override == nil)
    let states = rig.events().compactMap {
      if case .override(_, let state, _, _, _) = $0.change { state } else { nil }
    }
    #expect(states.last == .auto && rig.transitions().isEmpty && rig.agree())
  }
}
