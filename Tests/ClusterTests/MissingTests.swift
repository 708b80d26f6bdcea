import Cluster
import Health
import Ledger
import Testing

/// A node that is gone without having left is missed.
@Suite struct MissingTests {
  private static let peers = (0..<3).map { PeerName("127.0.0.1:\($0 + 1000)") }
  private static let definition = UpstreamDefinition.make(.foo, peers)
  private static let day = ClusterRig.missedMs

  private static func three() -> ClusterRig { ClusterRig.three([definition]) }

  /// A dead node is dropped within E + H; what is left is a heartbeat to learn it by, and one for those who are late.
  private static let boundMs = ClusterRig.expiryMs + 3 * ClusterRig.heartbeatMs

  @Test func whoIsKilledIsShownAsMissing() throws {
    var rig = Self.three()
    let nodeInfo = try #require(rig.nodeInfo(of: "b"))
    let member = try #require(rig.shared.members.first { $0.node == "b" })
    rig.kill("b")
    let took = rig.pass(Self.boundMs) { $0.missing(of: "a") == ["b"] && $0.missing(of: "c") == ["b"] }
    #expect(took != nil)
    rig.pass(40_000)
    for node in ["a", "c"] {
      let view = try #require(rig.nodes[node]?.cluster?.missing.first)
      // Since when, and what it was, though its node info would have expired.
      #expect(view.member.run == member.run && view.member.atMs == member.atMs && view.nodeInfo == nodeInfo)
      #expect(rig.counted(by: node) == ["a", "c"])
      #expect(rig.nodes[node]?.lines.contains(.missing("b")) == true)
    }
    // A newcomer learns it from the ledger, with what it was.
    rig.start("d", [Self.definition])
    rig.pass(3000)
    #expect(rig.missing(of: "d") == ["b"] && rig.nodes["d"]?.cluster?.missing.first?.nodeInfo == nodeInfo)
    rig.restart("b")
    rig.pass(3000)
    expectMissed([], in: rig, andLedger: [])
    #expect(rig.nodes["a"]?.lines.contains(.forgotten("b")) == false)
  }

  @Test func theLastOneKnowsOfBothAndSoDoesItsNextRun() {
    var rig = Self.three()
    rig.kill("b")
    rig.pass(15_000)
    rig.kill("c")
    rig.pass(15_000)
    #expect(rig.missing(of: "a") == ["b", "c"])
    for isInOrder in [false, true] {
      if isInOrder { rig.stop("a") } else { rig.kill("a") }
      rig.pass(1000)
      rig.restart("a")
      rig.pass(20_000)
      #expect(rig.missing(of: "a") == ["b", "c"])
    }
  }

  @Test func whoLeftInOrderIsNotMissed() {
    var rig = Self.three()
    // One after the other, and two at once.
    for names in [["a"], ["b"], ["c"], ["a", "b"]] {
      for name in names { rig.stop(name) }
      for _ in 0..<100 {
        rig.pass(100)
        expectMissed([], in: rig)
      }
      for name in names { rig.restart(name) }
      for _ in 0..<100 {
        rig.pass(100)
        expectMissed([], in: rig)
      }
    }
    rig.stop("b")
    rig.pass(60_000)
    expectMissed([], in: rig)
    let lines = rig.nodes["a"]?.lines ?? []
    #expect(lines.contains(.left("b")) && !lines.contains(.missing("b")))
  }

  /// A quick restart takes its own name over, and a pause within the expiry is none of the others' business.
  @Test func whoIsBackInTimeWasNeverMissed() {
    var rig = Self.three()
    rig.kill("b")
    rig.pass(100)
    rig.restart("b")
    for _ in 0..<150 {
      rig.pass(100)
      expectMissed([], in: rig)
    }
    rig.cutLedger(["c"])
    rig.pass(3000)
    rig.healLedger(["c"])
    for _ in 0..<150 {
      rig.pass(100)
      expectMissed([], in: rig)
    }
  }

  /// It was dropped, and its heartbeats go on in the same run.
  @Test(arguments: [false, true]) func whoWasCutOffComesBack(sleeps: Bool) {
    var rig = Self.three()
    if sleeps { rig.nodes["c"]?.isPaused = true } else { rig.cutLedger(["c"]) }
    rig.pass(20_000)
    #expect(rig.missing(of: "a") == ["c"])
    rig.nodes["c"]?.isPaused = false
    rig.healLedger(["c"])
    rig.pass(3000)
    expectMissed([], in: rig, andLedger: [])
    rig.pass(10_000)
    expectMissed([], in: rig)
    #expect(rig.counted(by: "a") == ["a", "b", "c"])
  }

  /// Under another name it is another node: the old one stays missing until somebody forgets it.
  @Test func aRenamedNodeLeavesItsOldNameBehind() throws {
    var rig = Self.three()
    rig.kill("c")
    rig.start("new", [Self.definition])
    rig.pass(20_000)
    expectMissed(["c"], in: rig)
    let pulse = try #require(rig.shared.missing.first?.pulse)
    rig.perform(.forget(pulse))
    rig.pass(2000)
    expectMissed([], in: rig)
    #expect(rig.nodes["a"]?.lines.contains(.forgotten("c")) == true)
    rig.pass(60_000)
    expectMissed([], in: rig, andLedger: [])
  }

  /// Whoever lives tells it again, also who lives alone.
  @Test(arguments: [["b"], ["b", "c"]], [0, 300, 700, 1000]) func anEmptiedLedgerLearnsItAgain(
    killed: [String], moment: Int64
  ) throws {
    var rig = Self.three()
    for node in killed { rig.kill(node) }
    rig.pass(20_000 + moment)
    let known = rig.shared.missing
    #expect(known.map(\.node) == killed)
    rig.empty()
    for _ in 0..<50 {
      rig.pass(100)
      #expect(rig.missing(of: "a") == killed)
    }
    #expect(rig.shared.missing == known)
    // A newcomer learns it, too.
    rig.start("d", [Self.definition])
    rig.pass(2000)
    #expect(rig.missing(of: "d") == killed)
  }

  /// It died, and Redis was emptied before anybody had dropped it; or Redis was away meanwhile.
  @Test(arguments: [500, 2000, 4000, 5500]) func whoDiesJustBeforeALossIsMissed(moment: Int64) {
    var rig = Self.three()
    rig.kill("c")
    rig.pass(moment)
    rig.empty()
    rig.pass(Self.boundMs)
    expectMissed(["c"], in: rig, andLedger: ["c"])
    rig.cutLedger(["a", "b"])
    rig.pass(10_000)
    expectMissed(["c"], in: rig)
    rig.empty()
    rig.healLedger(["a", "b"])
    rig.pass(3000)
    expectMissed(["c"], in: rig, andLedger: ["c"])
  }

  @Test func nobodyIsMissedForAnEmptiedLedger() {
    for moment in stride(from: Int64(0), to: 1000, by: 100) {
      var rig = Self.three()
      rig.pass(moment)
      rig.empty()
      for _ in 0..<120 {
        rig.pass(100)
        expectMissed([], in: rig)
      }
      #expect(rig.counted(by: "a") == ["a", "b", "c"])
    }
  }

  /// A node that was away does not bring back what people have forgotten meanwhile.
  @Test func whoWasAwayBringsNobodyBack() throws {
    var rig = Self.three()
    rig.kill("c")
    rig.pass(20_000)
    rig.cutLedger(["b"])
    rig.pass(10_000)
    rig.perform(.forget(try #require(rig.shared.missing.first { $0.node == "c" }?.pulse)))
    rig.pass(3000)
    #expect(rig.missing(of: "a") == ["b"])
    rig.healLedger(["b"])
    rig.pass(20_000)
    expectMissed([], in: rig, andLedger: [])
  }

  // MARK: A day

  @Test func aDayIsEnough() {
    var rig = Self.three()
    rig.kill("c")
    rig.pass(20_000)
    rig.pass(Self.day - 30_000)
    expectMissed(["c"], in: rig)
    rig.pass(30_000)
    expectMissed([], in: rig, andLedger: [])
  }

  /// Only time that is seen to pass counts: the clock of Redis may leap as it likes.
  @Test(arguments: [31_536_000_000, 86_400_000, -86_400_000]) func aLeapEndsNothing(leap: Int64) {
    var rig = Self.three()
    rig.kill("c")
    rig.pass(20_000)
    rig.wallLeapMs += leap
    rig.pass(20_000)
    expectMissed(["c"], in: rig)
    rig.stop("b")
    rig.restart("b")
    rig.pass(20_000)
    expectMissed(["c"], in: rig)
  }

  /// Nodes that are all started again every 20 hours still forget.
  @Test func whoLearnsOfItLateCountsFromWhenItWasHeard() {
    var rig = Self.three()
    rig.kill("c")
    rig.pass(20_000)
    rig.pass(Self.day * 20 / 24)
    for node in ["a", "b"] {
      rig.stop(node)
      rig.pass(1000)
      rig.restart(node)
      rig.pass(20_000)
    }
    rig.pass(Self.day * 6 / 24)
    expectMissed(["c"], in: rig)
    rig.pass(Self.day * 6 / 24)
    expectMissed([], in: rig, andLedger: [])
  }

  /// Names of long ago do not pile up.
  @Test func onlySoManyAreMissed() {
    var rig = Self.three()
    let names = (100..<210).map { "old-\($0)" }
    let old = names.enumerated().map { place, name in
      Member(node: name, run: "r", beat: 1, atMs: rig.wallStartMs + Int64(place))
    }
    rig.perform(.remember(old))
    rig.pass(20_000)
    expectMissed(Array(names.suffix(100)), in: rig)
    #expect(rig.shared.missing.count == 100)
  }
}

extension ClusterRig {
  /// Whom a node shows as missing, by name.
  func missing(of node: String) -> [String] {
    nodes[node]?.cluster?.missing.map(\.member.node) ?? ["nothing is shown"]
  }

  func counted(by node: String) -> [String] { nodes[node]?.cluster?.nodes.map(\.member.node) ?? [] }

  /// By each node that runs and has shown something.
  var missed: [String: [String]] {
    var missed: [String: [String]] = [:]
    for (name, node) in nodes where node.isRunning && node.cluster != nil { missed[name] = missing(of: name) }
    return missed
  }
}

/// Each node shows these as missing, and the ledger holds them. Not the rig itself is expected: it is large.
private func expectMissed(
  _ names: [String], in rig: ClusterRig, andLedger held: [String]? = nil,
  at place: SourceLocation = #_sourceLocation
) {
  let missed = rig.missed
  let stored = rig.shared.missing.map(\.node)
  #expect(missed.allSatisfy { $0.value == names } && stored == held ?? stored, sourceLocation: place)
}
