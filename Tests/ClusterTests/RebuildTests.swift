import Cluster
import Health
import Ledger
import Testing

/// All nodes have started again, and Redis has lost keys of the upstream.
@Suite struct RebuildTests {
  private static let peers = (0..<5).map { PeerName("127.0.0.1:\($0 + 1000)") }
  private static let definition = UpstreamDefinition.make(.foo, peers)
  private static let dead = peers[0]
  private static let drained = peers[1]
  private static let heldUp = peers[2]

  /// Every set of keys of an upstream.
  static let losses: [[LedgerKey.Part]] = (0..<1 << LedgerKey.Part.allCases.count).map { set in
    LedgerKey.Part.allCases.enumerated().filter { set & 1 << $0.offset != 0 }.map(\.element)
  }

  private static func stage() throws -> ClusterRig {
    var rig = ClusterRig.three([definition])
    rig.dead = [dead, heldUp]
    rig.pass(10_000)
    for (peer, state) in [(drained, Override.State.drain), (heldUp, .up)] {
      rig.order(OverrideRequest(upstream: .foo, peer: peer, state: state, by: "anna", why: "new disk"))
    }
    rig.pass(3000)
    let records = try #require(rig.shared.snapshot(of: .foo)).records
    #expect(records[dead]?.status == .down && records[drained]?.status == .down)
    #expect(records[heldUp]?.status == .up && records[heldUp]?.decided == .down)
    return rig
  }

  @Test(arguments: losses)
  func whateverIsLeftIsEnough(lost: [LedgerKey.Part]) throws {
    var rig = try Self.stage()
    let before = try #require(rig.shared.snapshot(of: .foo))
    let top = try #require(rig.events().last).seq
    for node in ["a", "b", "c"] { rig.kill(node) }
    rig.pass(1000)
    for part in lost { rig.shared.lose(.of(.foo, part)) }
    rig.performed = []
    for node in ["a", "b", "c"] { rig.restart(node) }
    rig.pass(25_000)
    let after = try #require(rig.shared.snapshot(of: .foo), "\(lost)")
    #expect(after.head.isWhole && rig.agree(), "\(lost)")
    #expect(after.records[Self.dead]?.status == .down, "\(lost)")
    // Overrides are known from their hash, from the evidence, and from the stream; what was lost with all three is gone.
    let isOverrideKnown = !Set(lost).isSuperset(of: [.overrides, .evidence, .events])
    #expect((after.overrides[Self.drained]?.state == .drain) == isOverrideKnown, "\(lost)")
    if isOverrideKnown {
      #expect(after.status == before.status, "\(lost)")
      #expect(after.records[Self.drained]?.override?.why == "new disk", "\(lost)")
    }
    let events = rig.events().filter { $0.seq > top }
    if !lost.contains(.events) {
      #expect(rig.events().first?.seq == 1, "\(lost)")
      // Nothing turned, and everything was written again at most once.
      #expect(events.isEmpty || events.map(\.change) == [.resync], "\(lost): \(events.map(\.change))")
    } else if isOverrideKnown {
      #expect(rig.transitions().isEmpty, "\(lost): \(rig.transitions())")
    }
    let commits = rig.performed.count { if case .commit = $0.request { true } else { false } }
    #expect(commits < 30, "\(lost)")
  }

  /// A peer was drained, left the settings, and is in them again when all nodes start: what is left of the others tells that
  /// it was none of them, and the stream alone does not bring its override back.
  @Test(
    arguments: [[.definition, .overrides], [.overrides], [.overrides, .evidence], [.overrides, .status]]
      as [[LedgerKey.Part]])
  func whoHadLeftIsNotRebuiltFromTheStream(lost: [LedgerKey.Part]) throws {
    var rig = try Self.stage()
    let without = UpstreamDefinition.make(.foo, Self.peers.filter { $0 != Self.drained && $0 != Self.dead })
    for node in ["a", "b", "c"] { rig.configure(node, [without]) }
    rig.pass(10_000)
    #expect(rig.shared.snapshot(of: .foo)?.records.count == 3)
    for node in ["a", "b", "c"] { rig.kill(node) }
    rig.pass(1000)
    for part in lost { rig.shared.lose(.of(.foo, part)) }
    rig.dead = [Self.heldUp]
    for node in ["a", "b", "c"] { rig.start(node, [Self.definition]) }
    rig.pass(25_000)
    let after = try #require(rig.shared.snapshot(of: .foo), "\(lost)")
    #expect(after.records.count == 5 && after.records.values.allSatisfy { $0.status == .up }, "\(lost)")
    #expect(after.overrides[Self.drained] == nil, "\(lost)")
    #expect(after.overrides[Self.heldUp]?.state == .up, "\(lost)")
  }

  /// A peer was drained, left the settings with its override, and came again. What the votes have said of it since tells
  /// that nobody drains it, where the stream is all that is left.
  @Test(
    arguments: [[.evidence, .status, .overrides], [.evidence, .status, .overrides, .head]]
      as [[LedgerKey.Part]])
  func whatTheVotesTurnedIsUnderNoOverride(lost: [LedgerKey.Part]) throws {
    var rig = try Self.stage()
    let without = UpstreamDefinition.make(.foo, Self.peers.filter { $0 != Self.drained })
    for definition in [without, Self.definition] {
      for node in ["a", "b", "c"] { rig.configure(node, [definition]) }
      rig.pass(10_000)
    }
    for dead in [[Self.dead, Self.heldUp, Self.drained], [Self.dead, Self.heldUp]] as [Set<PeerName>] {
      rig.dead = dead
      rig.pass(10_000)
    }
    let before = try #require(rig.shared.snapshot(of: .foo))
    #expect(before.status[Self.drained] == .up && before.records[Self.drained]?.override == nil)
    for node in ["a", "b", "c"] { rig.kill(node) }
    rig.pass(1000)
    for part in lost { rig.shared.lose(.of(.foo, part)) }
    for node in ["a", "b", "c"] { rig.restart(node) }
    rig.pass(25_000)
    let after = try #require(rig.shared.snapshot(of: .foo), "\(lost)")
    #expect(after.status[Self.drained] == .up, "\(lost)")
    #expect(after.overrides[Self.drained] == nil, "\(lost)")
    #expect(after.overrides[Self.heldUp]?.state == .up, "\(lost)")
    #expect(after.records[Self.dead]?.status == .down, "\(lost)")
  }

  /// Who comes to lead has missed the last decision, and a part of it is lost before it could be read: what it knows is older
  /// than what is left.
  @Test(arguments: LedgerKey.Part.allCases.filter { $0 != .lease })
  func whatIsOlderDoesNotReplaceWhatIsLeft(lost: LedgerKey.Part) throws {
    var rig = ClusterRig.three([Self.definition])
    let leader = try #require(rig.leader())
    let next = try #require(["a", "b", "c"].first { $0 != leader })
    for name in ["a", "b", "c"] where name != leader && name != next { rig.kill(name) }
    rig.pass(10_000)
    // The next one is told nothing of the upstream any more, while its heartbeats go on.
    rig.nodes[next]?.isDeaf = true
    rig.nodes[next]?.refusesReading = { $0.isBulk || $0.isOfHeads }
    rig.dead = [Self.dead]
    _ = try #require(rig.pass(20_000) { $0.stored(Self.dead)?.status == .down }, "\(lost)")
    rig.kill(leader)
    rig.shared.lose(.of(.foo, lost))
    rig.performed = []
    _ = try #require(rig.pass(30_000) { $0.leader() == next }, "\(lost)")
    rig.nodes[next]?.refusesReading = { _ in false }
    rig.pass(20_000)
    for (node, request, _) in rig.performed {
      guard node == next, case .commit(let commit) = request else { continue }
      let written = commit.records.first { $0.peer == Self.dead }
      #expect(written?.status != .up, "\(lost): \(commit)")
    }
    #expect(rig.stored(Self.dead)?.status == .down && rig.agree(), "\(lost)")
  }
}

extension RebuildTests {
  /// It stands at an older number than what it has rebuilt, and may not write yet.
  @Test func whatIsRebuiltIsShownOnceItIsWritten() throws {
    var rig = ClusterRig.three([Self.definition])
    let leader = try #require(rig.leader())
    let next = try #require(["a", "b", "c"].first { $0 != leader })
    for name in ["a", "b", "c"] where name != leader && name != next { rig.kill(name) }
    rig.pass(10_000)
    rig.nodes[next]?.isDeaf = true
    rig.nodes[next]?.refusesReading = { $0.isBulk || $0.isOfHeads }
    rig.dead = [Self.dead]
    _ = try #require(rig.pass(20_000) { $0.stored(Self.dead)?.status == .down })
    rig.kill(leader)
    rig.shared.lose(.of(.foo, .evidence))
    rig.nodes[next]?.refuses = { if case .commit = $0 { true } else { false } }
    _ = try #require(rig.pass(30_000) { $0.leader() == next })
    rig.nodes[next]?.refusesReading = { _ in false }
    let before = try #require(rig.nodes[next]?.views[.foo]?.head)
    rig.asked = []
    for _ in 0..<60 {
      rig.pass(50)
      let head = try #require(rig.nodes[next]?.views[.foo]?.head)
      #expect(head.position == before.position && rig.record(Self.dead, on: next)?.status == .up)
    }
    let written = rig.asked.compactMap { _, request in
      if case .commit(let commit) = request {
        commit.records.first { $0.peer == Self.dead }?.status
      } else {
        nil
      }
    }
    #expect(!written.isEmpty && written.allSatisfy { $0 == .down })
    rig.nodes[next]?.refuses = { _ in false }
    rig.pass(10_000)
    let after = try #require(rig.nodes[next]?.views[.foo]?.head)
    #expect(after.seq > before.seq && rig.record(Self.dead, on: next)?.status == .down && rig.agree())
  }
}

extension RebuildTests {
  /// Followers read it in vain ever more seldom. Who leads then begins at once, since nothing is left to be read.
  @Test(arguments: [0, 4000, 12_000, 30_000]) func nothingButAHeadIsNotWaitedFor(restMs: Int64) throws {
    var rig = ClusterRig.three([Self.definition])
    for node in ["a", "b", "c"] { rig.kill(node) }
    rig.pass(1000)
    for part in LedgerKey.Part.allCases where part != .head { rig.shared.lose(.of(.foo, part)) }
    for node in ["a", "b", "c"] { rig.shared.lose(.reports(.foo, node: node)) }
    for node in ["a", "b", "c"] {
      rig.restart(node)
      rig.nodes[node]?.refuses = { if case .acquire = $0 { true } else { false } }
    }
    rig.pass(restMs)
    let before = try #require(rig.shared.head(of: .foo))
    #expect(!before.isWhole && rig.snapshots > 0)
    for node in ["a", "b", "c"] { rig.nodes[node]?.refuses = { _ in false } }
    _ = try #require(rig.pass(20_000) { $0.leader() != nil })
    let took = rig.pass(20_000) { ($0.shared.head(of: .foo)?.isWhole ?? false) && !$0.events().isEmpty }
    #expect(took.map { $0 <= 500 } == true, "\(took ?? -1) ms")
    rig.pass(5000)
    #expect(rig.agree() && rig.shared.head(of: .foo)?.digest == Self.definition.digest)
  }
}

extension LedgerQuery {
  fileprivate var isOfHeads: Bool { if case .headReadings = self { true } else { false } }
}
