import Cluster
import Health
import Ledger
import Testing

@Suite struct ClusterTests {
  static let peers = (0..<30).map { PeerName("127.0.0.1:\($0 + 1000)") }

  private static func definition(_ probers: Int = 3) -> UpstreamDefinition {
    .make(.foo, peers) { $0.probers = probers }
  }

  @Test(arguments: [1, 2, 3, 5])
  func eachPeerIsProbedByAsManyAsTheDefinitionSays(probers: Int) {
    let rig = ClusterRig.three([Self.definition(probers)])
    #expect(Self.peers.allSatisfy { rig.probers(of: $0) == min(probers, 3) })
    #expect(rig.events().map(\.change) == [.definition(digest: Self.definition(probers).digest)])
    #expect(rig.agree())
  }

  @Test func aStoppedBackendIsOneTransition() throws {
    var rig = ClusterRig.three([Self.definition()])
    rig.dead = [Self.peers[4]]
    #expect(rig.pass(10_000) { $0.transitions().count == 1 } != nil)
    rig.pass(10_000)
    let transition = try #require(rig.transitions().first)
    #expect(rig.transitions().count == 1 && transition.peer == Self.peers[4] && transition.to == .down)
    #expect(rig.events().map(\.seq) == Array(1...2))
    #expect(rig.agree() && rig.shared.snapshot(of: .foo)?.status[Self.peers[4]] == .down)
    #expect(rig.nodes.keys.allSatisfy { rig.record(Self.peers[4], on: $0)?.status == .down })
  }

  @Test func whoIsKilledIsFollowedWithinTheLeaseAndABit() throws {
    var rig = ClusterRig.three([Self.definition()])
    let old = try #require(rig.leader())
    rig.dead = [Self.peers[1]]
    rig.kill(old)
    let took = rig.pass(20_000) { $0.transitions().count == 1 }
    // The other two see three failures meanwhile.
    #expect(try #require(took) <= Int64(ClusterRig.leaseMs) + 2500)
    #expect(rig.leader() != old)
    rig.pass(20_000)
    #expect(rig.transitions().count == 1 && rig.agree())
    #expect(Self.peers.allSatisfy { rig.probers(of: $0) == 2 })
  }

  @Test func whoIsToldToEndHandsOverWithinASecond() throws {
    var rig = ClusterRig.three([Self.definition()])
    let old = try #require(rig.leader())
    rig.stop(old)
    let took = rig.pass(5000) { rig in
      rig.nodes.values.contains { $0.isRunning && $0.views[.foo]?.lease?.holder.node != old }
        && rig.leader() != old
    }
    #expect(try #require(took) <= 1000)
    rig.dead = [Self.peers[1]]
    rig.pass(6000)
    #expect(rig.transitions().count == 1 && rig.agree())
    #expect(Self.peers.allSatisfy { rig.probers(of: $0) == 2 })
  }

  @Test func aLeaderThatSleptWritesNothingStale() throws {
    for _ in 0..<5 {
      var rig = ClusterRig.three([Self.definition()])
      let old = try #require(rig.leader())
      rig.nodes[old]?.isPaused = true
      rig.dead = [Self.peers[0]]
      rig.pass(15_000)
      #expect(rig.transitions().count == 1)
      rig.nodes[old]?.isPaused = false
      let before = rig.performed.count
      rig.pass(15_000)
      let late = rig.performed[before...].filter { entry in
        if case .commit = entry.request, entry.node == old, case .committed = entry.answer {
          true
        } else {
          false
        }
      }
      #expect(late.isEmpty || rig.leader() == old)
      #expect(rig.transitions().count == 1 && rig.agree())
    }
  }

  @Test func theNextInRankLeadsWhereTheFirstCannot() throws {
    var rig = ClusterRig.three([Self.definition()])
    let first = try #require(rig.leader())
    rig.nodes[first]?.refuses = { request in
      switch request {
      case .acquire, .renew: true
      default: false
      }
    }
    let took = rig.pass(20_000) { ($0.leader() ?? first) != first }
    #expect(try #require(took) <= Int64(ClusterRig.leaseMs) + 2500)
    rig.dead = [Self.peers[0]]
    rig.pass(60_000)
    #expect(rig.transitions().count == 1)
    // It is not handed over to who cannot hold it, again and again.
    let handOvers = rig.performed.count { if case .handOver = $0.request { true } else { false } }
    #expect(handOvers <= 1)
  }

  /// It has the better rank and was long enough there; what it would be handed nobody could use.
  @Test func noLeadIsHandedToWhoWasJustKilled() throws {
    var rig = ClusterRig.three([Self.definition()])
    let first = try #require(rig.leader())
    rig.kill(first)
    rig.pass(20_000)
    rig.restart(first)
    var other = rig
    let afterMs = try #require(other.pass(60_000) { $0.leader() == first })
    // In another life it ends before that.
    rig.pass(afterMs - 2000)
    rig.kill(first)
    let second = rig.leader()
    rig.performed = []
    rig.pass(15_000)
    #expect(second != first && rig.leader() == second)
    #expect(!rig.performed.contains { if case .handOver = $0.request { true } else { false } })
  }

  @Test func aLeaseThatNeverExpiresIsReplaced() throws {
    var rig = ClusterRig()
    // Somebody who is gone holds it, for ever.
    rig.perform(
      .acquire(LeaseBid(upstream: .foo, node: "z", run: "old", highestTerm: 0, forMs: 1_000_000_000)))
    for node in ["a", "b", "c"] { rig.start(node, [Self.definition()]) }
    rig.pass(20_000)
    #expect(rig.agree() && rig.leader() != "z")
  }

  @Test func theLeadIsSpreadOverTheNodes() throws {
    let definitions = (0..<30).map { number in
      UpstreamDefinition.make(.known("u\(number)"), [PeerName("127.0.0.1:\(number + 1)")])
    }
    let rig = ClusterRig.three(definitions)
    let leaders = definitions.compactMap { rig.leader(of: $0.name) }
    #expect(leaders.count == 30 && Set(leaders).count == 3)
  }

  @Test func aNodeThatJoinsMovesOnlyItsPart() {
    let nodes = ["a", "b", "c", "d", "e"]
    let peers = (0..<1000).map { PeerName("10.0.\($0 / 250).\($0 % 250):80") }
    let before = Rendezvous.assignment(
      upstream: .foo, peers: peers, probers: 3, nodes: Array(nodes.dropLast()))
    let after = Rendezvous.assignment(upstream: .foo, peers: peers, probers: 3, nodes: nodes)
    for node in nodes {
      let even = Double(1000 * 3) / 5
      #expect(abs(Double(after.count(of: node)) - even) <= 0.25 * even)
    }
    var moved = 0
    for peer in peers.indices {
      moved += Set(before.names(of: peer)).subtracting(after.names(of: peer)).count
      // Whoever gave a peer up gave it to the newcomer.
      let gained = Set(after.names(of: peer)).subtracting(before.names(of: peer))
      #expect(gained.isSubset(of: ["e"]))
    }
    #expect(Double(moved) <= 1.2 * 3000 / 5)
  }
}
