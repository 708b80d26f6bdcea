import Cluster
import Health
import Ledger
import Testing

@Suite struct LedgerLossTests {
  private static let peers = (0..<6).map { PeerName("127.0.0.1:\($0 + 1000)") }
  private static let definition = UpstreamDefinition.make(.foo, peers)

  /// Three nodes in step, and one peer that has been down for long.
  private static func oneDown() -> ClusterRig {
    var rig = ClusterRig.three([definition])
    rig.dead = [peers[0]]
    rig.pass(10_000)
    return rig
  }

  @Test func anEmptiedLedgerIsWrittenAgainWithinTwoHeartbeats() throws {
    var rig = Self.oneDown()
    let top = try #require(rig.events().last).seq
    rig.empty()
    let took = rig.pass(10_000) { $0.shared.snapshot(of: .foo)?.status[Self.peers[0]] == .down }
    #expect(try #require(took) <= 2 * ClusterRig.heartbeatMs)
    rig.pass(2 * ClusterRig.heartbeatMs - (took ?? 0))
    for node in ["a", "b", "c"] {
      #expect(rig.nodeReports(of: node)?.reports.count == 6 && rig.nodeInfo(of: node) != nil, "\(node)")
    }
    rig.pass(20_000)
    #expect(rig.transitions().isEmpty && rig.agree())
    // Numbers go on where they were.
    #expect(rig.events().map(\.seq) == [top + 1] && rig.events().first?.change == .resync)
    #expect(rig.shared.members.count == 3 && rig.shared.digests.count == 1)
  }

  @Test func aColdNodeDoesNotFillAnEmptiedLedger() throws {
    for moment in stride(from: Int64(0), to: 3000, by: 250) {
      var rig = Self.oneDown()
      rig.start("d", [Self.definition])
      rig.pass(moment)
      rig.empty()
      rig.pass(500)
      rig.start("e", [Self.definition])
      rig.pass(20_000)
      #expect(rig.transitions().isEmpty && rig.stored(Self.peers[0])?.status == .down, "\(moment)")
      #expect(rig.agree())
    }
  }

  /// All that can be lost one by one.
  @Test(arguments: LedgerKey.Part.allCases)
  func whatIsLostIsWrittenAgain(part: LedgerKey.Part) throws {
    var rig = Self.oneDown()
    let before = try #require(rig.shared.snapshot(of: .foo))
    rig.shared.lose(.of(.foo, part))
    rig.pass(5000)
    let after = try #require(rig.shared.snapshot(of: .foo))
    #expect(after.records.mapValues(\.status) == before.records.mapValues(\.status))
    #expect(after.status == before.status && after.definition == before.definition && after.head.isWhole)
    #expect(rig.transitions().allSatisfy { $0.peer == Self.peers[0] } && rig.agree())
  }

  /// A commit that comes before anybody has noticed the loss must not pass for the first one.
  @Test(arguments: LedgerKey.Part.allCases)
  func whatIsLostJustBeforeACommitIsWrittenAgain(part: LedgerKey.Part) throws {
    for moment in stride(from: Int64(0), to: 4000, by: 200) {
      var rig = ClusterRig.three([Self.definition])
      rig.dead = [Self.peers[0]]
      rig.pass(10_000)
      rig.dead.insert(Self.peers[1])
      rig.pass(moment)
      rig.shared.lose(.of(.foo, part))
      rig.pass(8000)
      let after = try #require(rig.shared.snapshot(of: .foo))
      #expect(after.status.count == 6 && after.records.count == 6 && after.definition != nil, "\(moment)")
      #expect(Set(after.status.filter { $0.value == .down }.keys) == rig.dead && rig.agree(), "\(moment)")
    }
  }

  @Test func aLedgerThatHangsIsSurvived() throws {
    var rig = Self.oneDown()
    rig.cutLedger(["a", "b", "c"])
    rig.pass(10_000)
    #expect(rig.nodes.values.allSatisfy { $0.isStale })
    #expect(rig.nodes.keys.allSatisfy { rig.record(Self.peers[0], on: $0)?.status == .down })
    rig.healLedger(["a", "b", "c"])
    let took = rig.pass(10_000) { $0.agree() }
    #expect(try #require(took) <= 2000)
    rig.pass(30_000)
    #expect(rig.transitions().count == 1)
    rig.dead = []
    rig.pass(10_000)
    #expect(rig.transitions().map(\.to) == [.down, .up] && rig.agree())
  }

  @Test func whatTurnsMeanwhileIsDecidedAfterwards() throws {
    var rig = Self.oneDown()
    rig.cutLedger(["a", "b", "c"])
    rig.pass(10_000)
    rig.dead.insert(Self.peers[1])
    rig.pass(10_000)
    rig.empty()
    rig.healLedger(["a", "b", "c"])
    rig.pass(20_000)
    #expect(rig.transitions().map(\.peer) == [Self.peers[1]] && rig.agree())
  }

  @Test func allNodesRestartAndNothingTurns() {
    var rig = Self.oneDown()
    for node in ["a", "b", "c"] { rig.kill(node) }
    rig.pass(1000)
    for node in ["a", "b", "c"] { rig.restart(node) }
    rig.pass(30_000)
    #expect(rig.transitions().count == 1 && rig.stored(Self.peers[0])?.status == .down && rig.agree())
    #expect(rig.stored(Self.peers[0])?.evidence == .confirmed)
  }

  @Test func anOldStateOfTheLedgerIsOvercome() throws {
    var rig = ClusterRig.three([Self.definition])
    let earlier = rig.shared
    rig.dead = [Self.peers[0]]
    rig.pass(10_000)
    let top = try #require(rig.events().last).seq
    rig.shared = earlier
    rig.pass(20_000)
    #expect(rig.stored(Self.peers[0])?.status == .down && rig.agree())
    #expect(try #require(rig.events().last).seq > top && rig.transitions().isEmpty)
  }

  /// A fail-over loses a hand-over: whoever gave the lease away finds it in its own hands again, under its old term.
  @Test func aLeaseFromBeforeAFailOverIsNotTakenUpUnderItsOldTerm() throws {
    var rig = ClusterRig.three([Self.definition], nodes: ["b", "c"])
    let first = try #require(rig.leader())
    // The best of the three, which is handed the lease.
    rig.start("a", [Self.definition])
    var earlier = rig.shared
    for _ in 0..<600 where rig.leader() == first {
      earlier = rig.shared
      rig.pass(ClusterRig.stepMs)
    }
    rig.pass(200)
    let later = try #require(rig.lease())
    try #require(later.holder.node == "a")
    rig.shared = earlier
    let performed = rig.performed.count
    rig.dead = [Self.peers[0]]
    rig.pass(20_000)
    let terms = rig.performed[performed...].compactMap { _, request, answer -> UInt64? in
      guard case .commit(let commit) = request, case .committed = answer else { return nil }
      return commit.holder.term
    }
    #expect(!terms.isEmpty && terms.allSatisfy { $0 > later.holder.term } && rig.agree())
  }

  /// Another primary went on under a higher term, and knew nothing of the last events.
  @Test func numbersThatAnotherPrimaryGaveOutAreNotGivenOutAgain() throws {
    var rig = ClusterRig.three([Self.definition])
    var other = rig.shared
    rig.dead = [Self.peers[0]]
    rig.pass(10_000)
    let top = try #require(rig.events().last).seq
    other.lose(.of(.foo, .lease))
    rig.shared = other
    let bid = LeaseBid(upstream: .foo, node: "z", run: "z1", highestTerm: 0, forMs: 3000)
    guard case .granted(let lease, let head) = rig.perform(.acquire(bid)) else {
      Issue.record("the lease was not free")
      return
    }
    rig.perform(
      .commit(Commit(upstream: .foo, holder: lease.holder, id: "z1", expectedSeq: head.seq, removed: [])))
    rig.pass(20_000)
    rig.dead = [Self.peers[1]]
    rig.pass(10_000)
    #expect(rig.stored(Self.peers[1])?.status == .down && rig.agree())
    #expect(rig.events().allSatisfy { $0.seq <= head.seq || $0.seq > top })
  }
}
