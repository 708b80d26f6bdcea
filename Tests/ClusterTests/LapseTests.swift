import Cluster
import Health
import Ledger
import Testing

/// The ledger does not answer for a moment, and then tells what it told before.
@Suite struct LapseTests {
  private static let peers = (0..<6).map { PeerName("127.0.0.1:\($0 + 1000)") }
  private static let definition = UpstreamDefinition.make(.foo, peers)
  private static let pauseMs: Int64 = 1900
  private static let betweenMs: Int64 = 4000
  /// f × i, a lapse, two heartbeats, and a heartbeat that was lost and is sent again.
  private static let boundMs: Int64 = 3 * 1000 + pauseMs + 2 * ClusterRig.heartbeatMs + 1500

  /// Lets time pass in which the ledger stands still now and then; nil: it did not come to pass, otherwise after how many
  /// ms.
  private static func pass(
    _ rig: inout ClusterRig, _ ms: Int64, from startMs: Int64,
    until isDone: (ClusterRig) -> Bool = { _ in false }
  ) -> Int64? {
    let beganMs = rig.nowMs
    while rig.nowMs < beganMs + ms {
      if isDone(rig) { return rig.nowMs - beganMs }
      let nodes = Array(rig.nodes.keys)
      switch (rig.nowMs - startMs) % (pauseMs + betweenMs) {
      case 0: rig.cutLedger(nodes)
      case pauseMs: rig.healLedger(nodes)
      default: break
      }
      rig.pass(ClusterRig.stepMs)
    }
    return nil
  }

  @Test(arguments: [["a"], ["a", "b"], ["a", "b", "c"]], [0, 700, 1900, 2500, 5800])
  func aLedgerThatStandsStillNowAndThenStopsNothing(nodes: [String], offsetMs: Int64) throws {
    var rig = ClusterRig.three([Self.definition], nodes: nodes)
    let term = try #require(rig.lease()).holder.term
    let start = rig.nowMs
    // The peer fails at any moment of a round.
    _ = Self.pass(&rig, 4 * (Self.pauseMs + Self.betweenMs) + offsetMs, from: start)
    rig.dead = [Self.peers[2]]
    let took = Self.pass(&rig, 60_000, from: start) { $0.transitions().count == 1 }
    #expect(try #require(took) <= Self.boundMs)
    // Nobody has led but who led before.
    #expect(rig.lease()?.holder.term == term)
  }

  @Test func whoIsKilledMeanwhileIsDroppedAndFollowed() throws {
    var rig = ClusterRig.three([Self.definition])
    let leader = try #require(rig.leader())
    let start = rig.nowMs
    rig.kill(leader)
    rig.dead = [Self.peers[0]]
    #expect(Self.pass(&rig, 40_000, from: start) { $0.transitions().count == 1 } != nil)
    #expect(Self.pass(&rig, 40_000, from: start) { $0.shared.missing.map(\.node) == [leader] } != nil)
  }

  @Test func whoStartsMeanwhileIsSteadyInTheEnd() {
    var rig = ClusterRig.three([Self.definition])
    let start = rig.nowMs
    rig.start("d", [Self.definition])
    let took = Self.pass(&rig, 60_000, from: start) { $0.nodes["d"]?.cluster?.contact == .steady }
    #expect(took != nil)
  }

  @Test func whatNobodyHasIsDeletedAllTheSame() {
    var rig = ClusterRig.three([Self.definition])
    let start = rig.nowMs
    for name in rig.nodes.keys { rig.configure(name, []) }
    // It is kept for a minute in which the ledger answers.
    let took = Self.pass(&rig, 150_000, from: start) { $0.shared.snapshot(of: .foo) == nil }
    #expect(took.map { $0 > 60_000 } == true)
  }

  /// What was missed cannot be known: all are heard first.
  @Test(arguments: [true, false]) func aLossMeanwhileIsNoLapse(isEmptied: Bool) throws {
    var rig = ClusterRig.three([Self.definition])
    let earlier = rig.shared
    rig.pass(4000)
    rig.cutLedger(["a", "b", "c"])
    rig.pass(1900)
    if isEmptied { rig.empty() } else { rig.shared = earlier }
    rig.healLedger(["a", "b", "c"])
    let reached = rig.pass(3000) { $0.nodes.values.allSatisfy { $0.cluster?.contact == .settling } }
    #expect(reached != nil)
    rig.pass(ClusterRig.expiryMs - 1500)
    // Whoever comes back last may find the beats of all others where they were, or beyond.
    #expect(rig.nodes.values.count { $0.cluster?.contact == .settling } >= (isEmptied ? 3 : 2))
    rig.pass(20_000)
    #expect(rig.agree() && rig.transitions().isEmpty)
  }

  /// Heads and leases go back, and no member's beat does: nobody beat in between.
  @Test func aHeadThatGoesBackMeanwhileIsNoLapse() throws {
    var rig = ClusterRig.three([Self.definition])
    let earlier = rig.shared
    rig.dead = [Self.peers[0]]
    #expect(rig.pass(8000) { $0.transitions().count == 1 && $0.agree() } != nil)
    rig.cutLedger(["a", "b", "c"])
    rig.pass(1900)
    rig.shared.restore(.foo, from: earlier)
    rig.healLedger(["a", "b", "c"])
    let settled = rig.pass(20_000) { $0.nodes.values.contains { $0.cluster?.contact == .steady } }
    #expect(try #require(settled) > ClusterRig.expiryMs)
    rig.pass(10_000)
    #expect(rig.agree() && rig.stored(Self.peers[0])?.status == .down)
  }

  /// Votes of before are no news of now: nobody decides before those are back who can be.
  @Test func afterALapseEverybodyIsHeardFirst() throws {
    var rig = ClusterRig.three([Self.definition])
    let leader = try #require(rig.leader())
    let other = try #require(["a", "b", "c"].first { $0 != leader })
    // Two see it down; one of them sees it up again while nobody can be told.
    rig.nodes[other]?.hasPeers = false
    rig.pass(6000)
    rig.cutLedger(["a", "b", "c"])
    rig.nodes[other]?.hasPeers = true
    rig.nodes[leader]?.hasPeers = false
    rig.pass(4000)
    rig.healLedger(["a", "b", "c"])
    rig.pass(1000)
    rig.nodes[leader]?.hasPeers = true
    rig.pass(20_000)
    #expect(rig.transitions().isEmpty && rig.agree())
  }

  /// Nobody is waited for without end, and for a short lapse not longer than two heartbeats.
  @Test func whoDoesNotComeBackIsNotWaitedFor() throws {
    var rig = ClusterRig.three([Self.definition])
    rig.cutLedger(["a", "b", "c"])
    rig.pass(2000)
    rig.healLedger(["a", "b"])
    #expect(rig.pass(3000) { $0.nodes["a"]?.cluster?.contact == .settling } != nil)
    let took = rig.pass(10_000) { $0.nodes["a"]?.cluster?.contact == .steady }
    #expect(try #require(took) <= 2 * ClusterRig.heartbeatMs + 300)
    // Then it counts as everybody does who falls silent.
    #expect(rig.nodes["a"]?.cluster?.nodes.count == 3)
    rig.pass(ClusterRig.expiryMs + 2000)
    #expect(rig.nodes["a"]?.cluster?.nodes.count == 2)
  }

  @Test func afterALongLapseWhoDoesNotComeBackIsDroppedFirst() throws {
    var rig = ClusterRig.three([Self.definition])
    rig.cutLedger(["a", "b", "c"])
    rig.pass(10_000)
    rig.healLedger(["a", "b"])
    #expect(rig.pass(3000) { $0.nodes["a"]?.cluster?.contact == .settling } != nil)
    let took = rig.pass(20_000) { $0.nodes["a"]?.cluster?.contact == .steady }
    #expect(try #require(took) > ClusterRig.expiryMs)
    #expect(rig.nodes["a"]?.cluster?.nodes.count == 2)
  }

  @Test func aLapseIsNoReasonToTellEverythingAgain() {
    var rig = ClusterRig.three([Self.definition])
    rig.pass(2000)
    let before = rig.performed.count
    // Reports and node infos of the usual pace are left out: nothing is due within a second.
    rig.cutLedger(["a", "b", "c"])
    rig.pass(1100)
    rig.healLedger(["a", "b", "c"])
    rig.pass(1500)
    let whole = rig.performed[before...].count {
      if case .report(let batch, _) = $0.request { batch.isWhole } else { false }
    }
    #expect(whole == 0)
  }

  // MARK: Who settles, and who leads

  /// The lease is free, and whoever has just started ranks first.
  @Test(arguments: ["a", "b", "c"]) func whoSettlesHoldsUpNobody(starting: String) throws {
    var rig = ClusterRig.three([Self.definition])
    rig.kill(starting)
    rig.restart(starting)
    let isWarm: (ClusterRig) -> Bool = { $0.nodes[starting]?.views[.foo] != nil }
    #expect(rig.pass(6000, until: isWarm) != nil)
    rig.shared.lose(.of(.foo, .lease))
    rig.dead = [Self.peers[1]]
    let took = rig.pass(15_000) { $0.transitions().count == 1 }
    #expect(try #require(took) <= 3 * 1000 + 2500)
    #expect(rig.leader() != starting)
  }

  @Test func whoIsAloneLeadsThoughItSettles() throws {
    var rig = ClusterRig.three([Self.definition])
    for node in ["a", "b", "c"] { rig.kill(node) }
    rig.pass(10_000)
    rig.restart("b")
    // Three heartbeats for its own name, and two to see who is steady: nobody is.
    let took = rig.pass(10_000) { $0.leader() == "b" }
    #expect(try #require(took) <= 6 * ClusterRig.heartbeatMs + 500)
    #expect(rig.nodes["b"]?.cluster?.contact == .settling)
  }

  /// Only one node knows what was decided, and its settings are not those of most.
  @Test func whoKnowsLeadsUntilTheOthersKnow() throws {
    let new = UpstreamDefinition.make(.foo, Self.peers) { $0.thresholds.fall = 4 }
    var rig = ClusterRig.three([Self.definition])
    rig.dead = [Self.peers[0]]
    rig.pass(8000)
    rig.cutLedger(["a", "b", "c"])
    rig.pass(1000)
    rig.empty()
    for node in ["b", "c"] {
      rig.kill(node)
      rig.start(node, [new], isCut: true)
    }
    rig.pass(8000)
    rig.healLedger(["b", "c"])
    rig.pass(3000)
    rig.healLedger(["a"])
    rig.pass(40_000)
    #expect(rig.agree() && rig.stored(Self.peers[0])?.status == .down)
    #expect(rig.shared.snapshot(of: .foo)?.head.digest == new.digest)
    #expect(rig.transitions().isEmpty)
  }

  /// Its settings do not have the upstream any more, and it sees a loss before it could hand over.
  @Test func whoMayNotLeadAnyMoreWritesWhatIsLostAndGivesTheLeadAway() throws {
    var rig = ClusterRig.three([Self.definition, .make(.bar, [.one])])
    rig.dead = [Self.peers[0]]
    rig.pass(8000)
    let leader = try #require(rig.leader())
    rig.cutLedger([leader])
    rig.pass(1500)
    rig.configure(leader, [.make(.bar, [.one])])
    rig.shared.lose(.of(.foo, .status))
    rig.healLedger([leader])
    let took = rig.pass(20_000) { rig in
      rig.leader() != leader && rig.shared.snapshot(of: .foo)?.head.isWhole == true
    }
    #expect(try #require(took) <= Int64(ClusterRig.leaseMs) + 2500)
    rig.pass(5000)
    #expect(rig.stored(Self.peers[0])?.status == .down)
  }

  /// Who is missed may have been on another primary: a ledger that has lost the members does not name it yet.
  @Test func whoMissesOthersSettlesWhereTheMembersAreLost() {
    var rig = ClusterRig.three([Self.definition])
    for node in ["b", "c"] { rig.kill(node) }
    rig.pass(12_000)
    #expect(rig.nodes["a"]?.cluster?.contact == .steady && rig.nodes["a"]?.cluster?.missing.count == 2)
    rig.shared.lose(.members)
    rig.shared.lose(.missing)
    rig.pass(1500)
    #expect(rig.nodes["a"]?.cluster?.contact == .settling)
    rig.pass(ClusterRig.expiryMs + 2 * ClusterRig.heartbeatMs)
    #expect(rig.nodes["a"]?.cluster?.contact == .steady)
  }

  // MARK: Names

  /// Who could not be heard does not stand still: the established node keeps its name through an outage.
  @Test(arguments: (0..<8).map { 100 + 300 * Int64($0) })
  func theEstablishedNodeOfANameKeepsItThroughAnOutage(afterMs: Int64) {
    var rig = ClusterRig.three([Self.definition])
    // It goes on under a name that the rig can tell apart, and comes last.
    rig.nodes["b!"] = rig.nodes["b"]
    rig.start("b", [Self.definition])
    rig.pass(afterMs)
    rig.cutLedger(Array(rig.nodes.keys))
    rig.pass(8000)
    rig.healLedger(Array(rig.nodes.keys))
    rig.pass(20_000)
    #expect(rig.nodes["b!"]?.refusal == nil && rig.nodes["b"]?.refusal != nil, "\(afterMs)")
  }
}
