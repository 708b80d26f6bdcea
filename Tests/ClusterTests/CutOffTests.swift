import Cluster
import Health
import Ledger
import Testing

@Suite struct CutOffTests {
  private static let peers = (0..<12).map { PeerName("127.0.0.1:\($0 + 1000)") }
  private static let definition = UpstreamDefinition.make(.foo, peers) { $0.probers = 3 }

  @Test func whoCannotReachThePeersTurnsNothing() {
    var rig = ClusterRig.three([Self.definition])
    rig.nodes["b"]?.hasPeers = false
    rig.pass(30_000)
    #expect(rig.transitions().isEmpty && rig.agree())
    rig.nodes["b"]?.hasPeers = true
    rig.pass(30_000)
    #expect(rig.transitions().isEmpty && rig.agree())
  }

  @Test func thePeersOfWhoCannotReachTheLedgerAreTakenOver() throws {
    var rig = ClusterRig.three([.make(.foo, Self.peers) { $0.probers = 2 }])
    rig.cutLedger(["b"])
    let others = ["a", "c"]
    let took = rig.pass(10_000) { rig in
      Self.peers.allSatisfy { peer in others.allSatisfy { rig.nodes[$0]?.peers.contains(peer) == true } }
    }
    #expect(try #require(took) <= ClusterRig.expiryMs + ClusterRig.heartbeatMs + 100)
    rig.dead = [Self.peers[0]]
    rig.pass(10_000)
    #expect(rig.transitions().count == 1)
    #expect(rig.nodes["b"]?.isStale == true && rig.record(Self.peers[0], on: "b")?.status == .up)
    rig.healLedger(["b"])
    let back = rig.pass(10_000) { $0.agree() }
    #expect(try #require(back) <= 2000)
    rig.pass(20_000)
    #expect(rig.transitions().count == 1 && Self.peers.allSatisfy { rig.probers(of: $0) == 2 })
  }

  @Test func twoOfFiveWithoutLedgerServeStaleAndThreeDecide() {
    let names = ["a", "b", "c", "d", "e"]
    var rig = ClusterRig.three([Self.definition], nodes: names)
    rig.cutLedger(["a", "b"])
    rig.dead = [Self.peers[3]]
    rig.pass(20_000)
    #expect(rig.transitions().count == 1)
    #expect(rig.nodes["a"]?.isStale == true && rig.nodes["c"]?.isStale == false)
    rig.healLedger(["a", "b"])
    rig.pass(30_000)
    #expect(rig.transitions().count == 1 && rig.agree())
  }

  @Test func aRestartWithinTheExpiryIsNotRefusedAndItsOldVotesDoNotCount() throws {
    var rig = ClusterRig.three([Self.definition])
    // It alone sees the peer down, and is killed.
    rig.kill("b")
    rig.pass(500)
    rig.restart("b")
    rig.pass(6000)
    #expect(rig.nodes["b"]?.refusal == nil)
    rig.pass(20_000)
    #expect(rig.transitions().isEmpty && Self.peers.allSatisfy { rig.probers(of: $0) == 3 } && rig.agree())
    let run = try #require(rig.nodes["b"]?.run)
    #expect(rig.shared.members.first { $0.node == "b" }?.run == run)
  }

  @Test func theSecondOfOneNameIsRefused() throws {
    var rig = ClusterRig.three([Self.definition])
    // Another process under the name of b, while b goes on under a name that the rig can tell apart.
    rig.nodes["b!"] = rig.nodes["b"]
    rig.start("b", [Self.definition])
    let took = rig.pass(10_000) { $0.nodes["b"]?.refusal != nil }
    #expect(try #require(took) <= 2 * ClusterRig.heartbeatMs + 200)
    #expect(rig.nodes["b"]?.refusal?.contains("--node") == true)
    rig.pass(20_000)
    #expect(rig.nodes["b!"]?.refusal == nil && rig.transitions().isEmpty)
  }

  @Test func aFlapWithoutAMajorityIsNoTransition() {
    var rig = ClusterRig.three([Self.definition])
    for _ in 0..<10 {
      rig.nodes["a"]?.hasPeers.toggle()
      rig.pass(4000)
    }
    #expect(rig.transitions().isEmpty)
  }

  @Test func messagesThatAreMissedAreMadeUpFor() {
    var rig = ClusterRig.three([Self.definition])
    // Nobody hears anything, but the ledger can be asked.
    for name in rig.nodes.keys { rig.nodes[name]?.isDeaf = true }
    rig.dead = [Self.peers[0]]
    rig.pass(12_000)
    #expect(rig.transitions().count == 1 && rig.agree())
  }
}
