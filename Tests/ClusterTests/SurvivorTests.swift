import Cluster
import Health
import Ledger
import Testing

/// What the simulation found: nodes that come back to others who went on.
@Suite struct SurvivorTests {
  private static let peers = (0..<4).map { PeerName("127.0.0.1:\($0 + 1000)") }
  private static let definition = UpstreamDefinition.make(.foo, peers) { $0.probers = 3 }

  @Test func whoSleptThroughALossServesAsStale() {
    var rig = ClusterRig.three([Self.definition])
    rig.nodes["b"]?.isPaused = true
    rig.pass(5000)
    rig.cutLedger(["b"])
    rig.nodes["b"]?.isPaused = false
    rig.pass(3000)
    #expect(rig.nodes["b"]?.isStale == true)
    rig.healLedger(["b"])
    rig.pass(3000)
    #expect(rig.nodes["b"]?.isStale == false)
  }

  @Test func whoLeftBeforeAnybodyHeardItIsTakenOut() {
    var rig = ClusterRig.three([Self.definition])
    rig.perform(.heartbeat(Heartbeat(member: Member(node: "x", run: "x1", beat: 2, isLeaving: true))))
    rig.pass(4000)
    #expect(!rig.shared.members.contains { $0.node == "x" })
  }

  @Test func lateHeartbeatsOfTheRunBeforeRefuseNobody() throws {
    var rig = ClusterRig.three([Self.definition])
    let before = try #require(rig.shared.members.first { $0.node == "b" })
    rig.kill("b")
    rig.restart("b")
    rig.pass(300)
    // They were on their way when it was killed.
    for beat in 1...2 {
      var late = before
      late.beat += UInt64(beat)
      rig.perform(.heartbeat(Heartbeat(member: late)))
    }
    rig.pass(10_000)
    #expect(rig.nodes["b"]?.refusal == nil && rig.agree())
  }

  /// Redis had two primaries for a while, and the one that is gone had granted the higher term.
  @Test func whoFollowedThePrimaryThatIsGoneComesBack() throws {
    var rig = ClusterRig.three([Self.definition])
    rig.pass(20_000)
    let leader = try #require(rig.leader())
    let lonely = try #require(["a", "b", "c"].first { $0 != leader })
    let others = ["a", "b", "c"].filter { $0 != lonely }
    var branch = rig.shared
    branch.persistLease(of: .foo, at: LedgerTime(wallMs: rig.nowMs, steadyMs: rig.nowMs))
    rig.cutLedger(others)
    rig.pass(15_000)
    let term = try #require(rig.lease()?.holder.term)
    #expect(rig.leader() == lonely)
    rig.shared = branch
    rig.healLedger(others)
    rig.pass(20_000)
    rig.dead = [Self.peers[0]]
    rig.pass(10_000)
    #expect(rig.transitions().count == 1 && rig.agree())
    for node in rig.nodes.values { #expect(node.views[.foo]?.head?.term ?? 0 > term) }
  }
}
