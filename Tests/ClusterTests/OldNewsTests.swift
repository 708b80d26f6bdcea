import Cluster
import Health
import Ledger
import Testing

/// What was true once is no news: votes, node infos and numbers from before something else was known.
@Suite struct OldNewsTests {
  private static let peers = (0..<3).map { PeerName("127.0.0.1:\($0 + 1000)") }
  private static let peer = peers[0]
  private static let definition = UpstreamDefinition.make(.foo, peers) { $0.probers = 3 }

  // MARK: Numbers

  /// Redis grants it once more what it has led under: its commit without an answer may have been done elsewhere.
  @Test func aTermIsLedOnce() throws {
    var rig = ClusterRig.three([Self.definition], nodes: ["a"])
    let before = try #require(rig.lease())
    rig.shared.persistLease(of: .foo, at: rig.ledgerTime)
    rig.cutLedger(["a"])
    rig.pass(8000)
    rig.healLedger(["a"])
    rig.pass(5000)
    #expect(try #require(rig.lease()).holder.term > before.holder.term)
  }

  /// A primary that is gone has done a commit and told of it; the leader has no answer, and comes to the one that is left when
  /// its lead is over. Its lease is there, and the commit is not: another event gets that number, and is no other one's.
  @Test func aNumberOfALeadThatIsOverIsNoOtherEvents() throws {
    var rig = ClusterRig.three([Self.definition])
    let leader = try #require(rig.leader())
    var replica = rig.shared
    replica.persistLease(of: .foo, at: rig.ledgerTime)
    rig.dead = [Self.peer]
    _ = try #require(rig.pass(8000) { $0.stored(Self.peer)?.status == .down })
    rig.nodes[leader]?.mailbox = []
    rig.cutLedger([leader])
    rig.pass(100)
    let others = ["a", "b", "c"].filter { $0 != leader }
    for name in others { #expect(rig.record(Self.peer, on: name)?.status == .down) }
    rig.cutLedger(others)
    rig.shared = replica
    rig.dead = [Self.peers[1]]
    rig.pass(8000)
    rig.healLedger(["a", "b", "c"])
    rig.pass(8000)
    #expect(rig.stored(Self.peer)?.status == .up && rig.stored(Self.peers[1])?.status == .down)
    #expect(rig.agree())
  }

  /// A renewal tells where the ledger stands while a commit has no answer: then all is lost.
  @Test func aNumberThatARenewalTellsIsNotGivenOutAgain() throws {
    var rig = ClusterRig.three([Self.definition], nodes: ["a"])
    rig.nodes["a"]?.isDeaf = true
    rig.nodes["a"]?.refusesReading = { if case .headReadings = $0 { true } else { false } }
    rig.dead = [Self.peer]
    _ = try #require(rig.pass(8000) { $0.stored(Self.peer)?.status == .down })
    rig.nodes["a"]?.mailbox.removeAll {
      if case .answered(_, .success(.committed)) = $0.event { true } else { false }
    }
    let told = try #require(rig.events().last).seq
    rig.pass(2500)
    rig.empty()
    rig.nodes["a"]?.refusesReading = { _ in false }
    rig.pass(10_000)
    #expect(try #require(rig.events().first).seq > told && rig.agree())
  }

  enum LettingGo: CaseIterable {
    /// The index has lost it, and the node has only heard of it.
    case stranger
    /// The settings have it without a checker for a while.
    case plain, plainAndGone
  }

  /// A node lets go of an upstream, and has it in the settings again when the ledger has lost where it stood.
  @Test(arguments: LettingGo.allCases)
  func aNumberOfWhatWasLetGoOfIsNotGivenOutAgain(_ lettingGo: LettingGo) throws {
    let other = UpstreamDefinition.make(.bar, [.one])
    var rig = ClusterRig()
    for node in ["a", "b"] { rig.start(node, [Self.definition]) }
    rig.start("c", lettingGo == .stranger ? [other] : [Self.definition, other])
    if lettingGo == .stranger { rig.nodes["c"]?.cannotRead = [.foo] }
    rig.pass(20_000)
    rig.dead = [Self.peer]
    _ = try #require(rig.pass(8000) { $0.stored(Self.peer)?.status == .down })
    rig.pass(500)
    let told = try #require(rig.events().last).seq
    for node in ["a", "b"] { rig.kill(node) }
    let plain = UpstreamDefinition(name: .foo, checker: nil, peers: Self.definition.peers)
    if lettingGo != .stranger { rig.configure("c", [plain, other]) }
    if lettingGo == .plainAndGone { rig.configure("c", [other]) }
    for part in [LedgerKey.Part.head, .events] { rig.shared.lose(.of(.foo, part)) }
    rig.shared.lose(.index)
    rig.pass(12_000)
    #expect(rig.nodes["c"]?.views[.foo]?.head == nil && rig.events().isEmpty)
    rig.nodes["c"]?.cannotRead = []
    rig.configure("c", [other, Self.definition])
    _ = try #require(rig.pass(30_000) { !$0.events().isEmpty })
    #expect(try #require(rig.events().first).seq > told)
    rig.pass(5000)
    #expect(rig.agree() && rig.stored(Self.peer)?.status == .down)
  }

  // MARK: Overrides

  /// Two primaries gave one revision to two overrides.
  @Test func ofTwoOverridesOfOneRevisionThatOfTheLedgerCounts() throws {
    var rig = ClusterRig.three([Self.definition])
    // Revisions go on by one from here.
    rig.wallLeapMs = -3_600_000
    var replica = rig.shared
    let said = [Override.State.drain, .up].map {
      OverrideRequest(upstream: .foo, peer: Self.peer, state: $0, by: "anna", why: "")
    }
    rig.order(said[0])
    rig.pass(3000)
    #expect(rig.stored(Self.peer)?.override?.state == .drain)
    guard case .overridden(let other) = replica.perform(.override(said[1]), at: rig.ledgerTime) else {
      Issue.record("the override was not taken")
      return
    }
    #expect(other.rev == rig.stored(Self.peer)?.override?.rev)
    rig.shared = replica
    for name in ["a", "b", "c"] { rig.hear(.gap, name) }
    rig.pass(10_000)
    #expect(rig.stored(Self.peer)?.override?.state == .up && rig.agree())
  }

  // MARK: Node infos

  /// A replica takes over that tells of a node as it was before; the node itself is with nobody.
  @Test func aReplicaThatWasBehindTellsNothingNewOfANode() throws {
    let new = UpstreamDefinition.make(.foo, Self.peers) {
      $0.probers = 3
      $0.thresholds = Thresholds(fall: 5, rise: 2)
    }
    var rig = ClusterRig.three([Self.definition])
    rig.configure("b", [new])
    rig.pass(4000)
    let replica = rig.shared
    rig.configure("c", [new])
    rig.pass(6000)
    #expect(rig.shared.head(of: .foo)?.digest == new.digest)
    rig.shared = replica
    rig.cutLedger(["c"])
    for name in ["a", "b"] { rig.hear(.gap, name) }
    rig.pass(4000)
    #expect(rig.shared.head(of: .foo)?.digest == new.digest)
  }

  // MARK: Reports

  /// The node that may not report has a lapse, after which it does not know that it may not.
  @Test func whoMayNotReportHasNoVoteAfterALapse() throws {
    var rig = ClusterRig.three([Self.definition])
    rig.fault = LedgerFault(.noPermission, "NOPERM")
    rig.failureMs = 1
    let leader = try #require(rig.leader())
    let other = try #require(["a", "b", "c"].first { $0 != leader })
    rig.nodes[other]?.refuses = { if case .report = $0 { true } else { false } }
    rig.pass(3000)
    rig.dead = [Self.peer]
    rig.pass(8000)
    #expect(rig.stored(Self.peer)?.votes?.down == 2)
    rig.nodes[other]?.refuses = { if case .heartbeat = $0 { true } else { false } }
    rig.pass(1500)
    rig.nodes[other]?.refuses = { if case .report = $0 { true } else { false } }
    for _ in 0..<60 {
      rig.pass(50)
      #expect(rig.stored(Self.peer)?.votes?.up == 0)
    }
  }

  /// Nobody could report for a while. Who had failed to reach the peers sees them again, and it takes a moment until it can
  /// say so; the leader does not see them any more.
  @Test func whoCouldNotReportHasNoVoteByWhatItToldBefore() throws {
    #expect(try Self.transitionsAfterALapse(.all).isEmpty)
    // Without the rule it would have one.
    #expect(try !Self.transitionsAfterALapse(.without(.silentVoters)).isEmpty)
  }

  /// One after the other, with several moments at which it reaches the ledger again.
  private static func transitionsAfterALapse(_ safeguards: Safeguards) throws -> [Transition] {
    var rig = ClusterRig()
    rig.safeguards = safeguards
    for node in ["a", "b", "c"] { rig.start(node, [definition]) }
    rig.pass(20_000)
    let leader = try #require(rig.leader())
    let other = try #require(["a", "b", "c"].first { $0 != leader })
    rig.nodes[other]?.hasPeers = false
    rig.pass(6000)
    #expect(rig.transitions().isEmpty)
    rig.cutLedger(["a", "b", "c"])
    rig.nodes[other]?.hasPeers = true
    rig.nodes[leader]?.hasPeers = false
    rig.pass(12_000)
    rig.nodes[other]?.refuses = { if case .report = $0 { true } else { false } }
    rig.healLedger(["a", "b", "c"].filter { $0 != other })
    var transitions: [Transition] = []
    for _ in 0..<10 {
      rig.pass(100)
      var fork = rig
      fork.healLedger([other])
      fork.pass(1000)
      fork.nodes[other]?.refuses = { _ in false }
      fork.pass(6000)
      #expect(fork.leader() == leader)
      transitions += fork.transitions()
    }
    return transitions
  }

  /// A heartbeat tells that something was reported which was not heard: it may be that a node has changed its mind.
  @Test func whatIsKnownToBeMissedIsReadBeforeAnythingIsDecided() throws {
    var rig = ClusterRig.three([Self.definition])
    let leader = try #require(rig.leader())
    let other = try #require(["a", "b", "c"].first { $0 != leader })
    rig.nodes[other]?.hasPeers = false
    rig.pass(6000)
    rig.nodes[leader]?.isDeaf = true
    rig.nodes[other]?.hasPeers = true
    let told = rig.pass(4000) {
      $0.nodeReports(of: other)?.reports.values.allSatisfy { $0.state == .up } == true
    }
    _ = try #require(told)
    // It reads a moment after the heartbeat.
    var course = rig
    let reads = course.reads
    let readMs = try #require(course.pass(4000) { $0.reads > reads })
    #expect(rig.nodeReports(of: other)?.reports[Self.peer]?.state == .up)
    rig.pass(readMs - 150)
    for _ in 0..<3 {
      var fork = rig
      for _ in 0..<3 { fork.probeNow(leader, MachineRig.refused) }
      fork.pass(500)
      #expect(fork.transitions().isEmpty)
      rig.pass(50)
    }
  }

  /// A node has other settings, and its node info cannot be read yet; a report of it is missed. It is read all the same: when
  /// the node info is there, nobody would know any more that it was missed.
  @Test func theMissedReportOfWhoIsNotReadYetIsRead() throws {
    var rig = ClusterRig.three([Self.definition])
    let leader = try #require(rig.leader())
    let other = try #require(["a", "b", "c"].first { $0 != leader })
    rig.nodes[leader]?.refusesReading = { if case .nodeInfos = $0 { true } else { false } }
    rig.configure(other, [Self.definition, .make(.bar, [.one])])
    rig.pass(3000)
    #expect(rig.nodes[leader]?.cluster?.nodes.first { $0.member.node == other }?.nodeInfo == nil)
    rig.nodes[leader]?.isDeaf = true
    rig.nodes[other]?.hasPeers = false
    let told = rig.pass(8000) { $0.nodeReports(of: other)?.reports[Self.peer]?.state == .down }
    _ = try #require(told)
    // It may be told with the heartbeat after the next one.
    let known = rig.pass(2 * (ClusterRig.heartbeatMs + Machine.tickMs) + 500) {
      $0.nodes[leader]?.views[.foo]?.reportsByNode[other]?.reports[Self.peer]?.state == .down
    }
    #expect(known != nil)
  }

  // MARK: What is shown

  /// What it has decided may be in the ledger, and known to all the others.
  @Test func aLeaderWithoutAnAnswerShowsNothingOlderAsFresh() throws {
    var rig = ClusterRig.three([Self.definition])
    let leader = try #require(rig.leader())
    rig.dead = [Self.peer]
    _ = try #require(rig.pass(8000) { $0.stored(Self.peer)?.status == .down })
    let late = rig.nodes[leader]?.mailbox.filter { $0.event.isOfCommit } ?? []
    #expect(late.count == 1)
    rig.nodes[leader]?.mailbox.removeAll { $0.event.isOfCommit }
    rig.pass(2 * ClusterRig.heartbeatMs + 200)
    let waiting = try #require(rig.nodes[leader]?.views[.foo])
    #expect(waiting.trouble != nil && rig.record(Self.peer, on: leader)?.status == .up)
    for name in ["a", "b", "c"] where name != leader {
      #expect(
        rig.record(Self.peer, on: name)?.status == .down && rig.nodes[name]?.views[.foo]?.trouble == nil)
    }
    rig.nodes[leader]?.mailbox += late
    rig.pass(200)
    let answered = try #require(rig.nodes[leader]?.views[.foo])
    #expect(answered.trouble == nil && rig.record(Self.peer, on: leader)?.status == .down)
  }
}

extension MachineEvent {
  fileprivate var isOfCommit: Bool {
    if case .answered(_, .success(.committed)) = self { true } else { false }
  }
}
