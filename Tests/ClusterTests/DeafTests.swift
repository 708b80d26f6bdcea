import Cluster
import Health
import Ledger
import Testing

/// All that is announced arrives without announcements as well: two heartbeats later at the latest.
@Suite struct DeafTests {
  enum Deafness: CaseIterable {
    /// Nothing tells that something was missed.
    case silent
    /// The channels are denied, and the node knows.
    case known
  }

  private static let names = ["a", "b", "c"]
  private static let fault = LedgerFault(.noPermission, "NOPERM; this wants &quorate:test:reports:*")
  /// Two heartbeats, by clocks that are looked at every 100 ms, what may be on its way, and a commit.
  private static let boundMs = 2 * (ClusterRig.heartbeatMs + Machine.tickMs) + 500

  private static func rig(
    _ deafness: Deafness, _ definitions: [UpstreamDefinition] = [.make()], safeguards: Safeguards = .all
  ) -> ClusterRig {
    var rig = ClusterRig()
    rig.safeguards = safeguards
    for name in names { rig.start(name, definitions) }
    rig.pass(20_000)
    for name in names {
      rig.nodes[name]?.isDeaf = true
      if deafness == .known { rig.hear(.denied(fault), name) }
    }
    return rig
  }

  private static func order(
    _ rig: inout ClusterRig, _ state: Override.State, _ peer: PeerName = .one
  ) {
    rig.order(OverrideRequest(upstream: .foo, peer: peer, state: state, by: "kim", why: "new disks"))
  }

  /// One node alone sees the peers down, and that is enough. How long after it has written so that is decided.
  private static func delay(_ deafness: Deafness, _ offset: Int, _ safeguards: Safeguards = .all) throws
    -> Int64
  {
    var rig = rig(deafness, [.make { $0.quorum = .any }], safeguards: safeguards)
    rig.pass(Int64(offset) * 100)
    let leader = try #require(rig.leader())
    let witness = try #require(names.first { $0 != leader })
    rig.nodes[witness]?.hasPeers = false
    _ = try #require(rig.pass(20_000) { $0.nodeReports(of: witness)?.reports[.one]?.state == .down })
    let delay = try #require(rig.pass(20_000) { !$0.transitions().isEmpty })
    #expect(rig.pass(boundMs) { $0.agree() } != nil)
    return delay
  }

  @Test(arguments: Deafness.allCases) func reportsAreReadWhenAHeartbeatTellsOfThem(_ deafness: Deafness)
    throws
  {
    // Heartbeats and probes meet differently each time.
    for offset in 0..<10 {
      let delay = try Self.delay(deafness, offset)
      #expect(delay <= Self.boundMs, "offset \(offset): \(delay) ms")
    }
  }

  /// What the test above measures is of the rule's making.
  @Test func withoutTheRuleItTakesLonger() throws {
    let with = try (0..<10).map { try Self.delay(.silent, $0) }
    let without = try (0..<10).map { try Self.delay(.silent, $0, .without(.missedReportsReadSoon)) }
    #expect(without.reduce(0, +) >= with.reduce(0, +) + 5000, "\(with) \(without)")
  }

  /// What node c has, beside what it had first: nodes need not have the same upstreams, nor for ever.
  enum Mixture: CaseIterable, Sendable {
    case same, withoutChecker, onlyShown, dropped, droppedAndBack, droppedByTheOthers

    func configure(_ rig: inout ClusterRig) {
      let (foo, bar) = (UpstreamDefinition.make(), UpstreamDefinition.make(.bar, [.three]))
      switch self {
      case .same: break
      case .withoutChecker:
        rig.configure("c", [UpstreamDefinition(name: .foo, checker: nil, peers: foo.peers), bar])
      case .onlyShown: rig.configure("c", [bar])
      case .dropped: rig.configure("c", [foo])
      case .droppedAndBack:
        rig.configure("c", [foo])
        rig.pass(15_000)
        rig.configure("c", [foo, bar])
      case .droppedByTheOthers: for name in ["a", "b"] { rig.configure(name, [foo]) }
      }
      rig.pass(20_000)
    }

    static func rig() -> ClusterRig {
      var rig = ClusterRig()
      for name in DeafTests.names { rig.start(name, [.make(), .make(.bar, [.three])]) }
      rig.pass(20_000)
      return rig
    }
  }

  /// A report that was missed is read, whatever else its node reports or does no more.
  @Test(arguments: Mixture.allCases) func aMissedReportIsSeenByItsNumber(_ mixture: Mixture) throws {
    var rig = Mixture.rig()
    mixture.configure(&rig)
    let reader: String = try #require((["a", "b"] as [String]).first { $0 != rig.leader() })
    rig.nodes[reader]?.isDeaf = true
    rig.dead = [.one]
    for other in ["a", "b"] where other != reader {
      let isTold = rig.pass(10_000) { $0.nodeReports(of: other)?.reports[.one]?.state == .down }
      #expect(isTold != nil)
      let isKnown = rig.pass(Self.boundMs) {
        $0.nodes[reader]?.views[.foo]?.reportsByNode[other]?.reports[.one]?.state == .down
      }
      #expect(isKnown != nil, "\(reader) does not know what \(other) reports")
    }
  }

  /// A batch that is lost alone, while later ones of other upstreams are heard.
  @Test func oneLostBatchIsReadOnce() throws {
    var rig = Mixture.rig()
    rig.dead = [.one]
    let leader = try #require(rig.leader())
    let reader = try #require(Self.names.first { $0 != leader })
    let reporter = try #require(Self.names.first { $0 != leader && $0 != reader })
    rig.nodes[reader]?.isDeaf = true
    _ = try #require(rig.pass(10_000) { $0.nodeReports(of: reporter)?.reports[.one]?.state == .down })
    rig.nodes[reader]?.isDeaf = false
    rig.pass(Self.boundMs)
    #expect(rig.nodes[reader]?.views[.foo]?.reportsByNode[reporter]?.reports[.one]?.state == .down)
    rig.reads = 0
    rig.pass(30_000)
    #expect(rig.reads == 0)
  }

  /// Who has no upstream in common with a node does not read for its sake.
  @Test func whomItDoesNotConcernReadsNothing() {
    var rig = ClusterRig()
    for name in ["a", "b"] { rig.start(name, [.make()]) }
    rig.start("c", [.make(.bar, [.three])])
    rig.pass(40_000)
    rig.reads = 0
    rig.dead = [.three]
    rig.pass(20_000)
    #expect(rig.transitions(of: .bar).count == 1 && rig.reads == 0)
  }

  /// Nothing is read while all that is told is heard.
  @Test(arguments: Mixture.allCases) func whoHearsReadsNoReports(_ mixture: Mixture) {
    var rig = Mixture.rig()
    mixture.configure(&rig)
    rig.reads = 0
    rig.dead = [.one]
    rig.pass(10_000)
    rig.dead = []
    rig.pass(20_000)
    #expect(rig.transitions().count == 2 && rig.reads == 0)
  }

  @Test(arguments: Deafness.allCases) func anOperatorsWordIsObeyed(_ deafness: Deafness) throws {
    for offset in 0..<10 {
      var rig = Self.rig(deafness)
      rig.pass(Int64(offset) * 100)
      for (state, status) in [(.drain, .down), (.auto, .up), (.down, .down), (.up, .up)]
        as [(Override.State, PeerState)]
      {
        Self.order(&rig, state)
        let took = rig.pass(10_000) { $0.stored(.one)?.override?.state ?? .auto == state }
        #expect(try #require(took) <= Self.boundMs, "\(state)")
        #expect(rig.stored(.one)?.status == status)
      }
      #expect(rig.pass(Self.boundMs) { $0.agree() } != nil)
    }
  }

  /// The leader dies before it could know of the word.
  @Test(arguments: Deafness.allCases) func whoLeadsNextObeysToo(_ deafness: Deafness) throws {
    var rig = Self.rig(deafness)
    let leader = try #require(rig.leader())
    rig.kill(leader)
    Self.order(&rig, .drain)
    rig.pass(12_000)
    #expect(rig.leader() != leader && rig.stored(.one)?.status == .down)
  }

  /// The word is in what was lost, and another one is given right afterwards.
  @Test(arguments: Deafness.allCases) func wordsSurviveALossThatNobodyHearsOf(_ deafness: Deafness) throws {
    var rig = Self.rig(deafness)
    Self.order(&rig, .drain)
    rig.pass(Self.boundMs)
    rig.empty()
    Self.order(&rig, .down, .two)
    rig.pass(15_000)
    #expect(rig.stored(.one)?.override?.state == .drain && rig.stored(.two)?.override?.state == .down)
    rig.shared.lose(.of(.foo, .overrides))
    rig.pass(15_000)
    #expect(rig.stored(.one)?.override?.state == .drain && rig.stored(.two)?.override?.state == .down)
    Self.order(&rig, .auto, .two)
    rig.pass(Self.boundMs)
    #expect(rig.stored(.two)?.status == .up)
  }

  /// Its head has no number of the words, as one that an earlier version wrote.
  @Test func aHeadWithoutTheNumberIsReadOnceAtMost() {
    var rig = Self.rig(.silent)
    Self.order(&rig, .drain)
    rig.pass(Self.boundMs)
    rig.shared.loseWords(of: .foo)
    rig.pass(3000)
    let asked = rig.snapshots
    rig.pass(20_000)
    // One for the sake of evidence every 10 s and follower.
    #expect(rig.snapshots - asked <= 6 && rig.stored(.one)?.status == .down)
  }

  @Test(arguments: Deafness.allCases) func aLeadIsHandedOver(_ deafness: Deafness) throws {
    var rig = Self.rig(deafness)
    let leader = try #require(rig.leader())
    rig.stop(leader)
    let took = rig.pass(10_000) { rig in
      guard let next = rig.leader(), next != leader else { return false }
      return rig.nodes[next]?.lines.contains { if case .leads = $0 { true } else { false } } == true
    }
    #expect(try #require(took) <= Self.boundMs)
  }

  @Test(arguments: Deafness.allCases) func whatIsDeletedIsShownNoMore(_ deafness: Deafness) throws {
    var rig = Self.rig(deafness, [.make(), .make(.bar, [.one])])
    for node in Self.names { rig.configure(node, [.make()]) }
    let deleted = rig.pass(120_000) { $0.shared.snapshot(of: .bar) == nil }
    #expect(deleted != nil)
    let took = rig.pass(20_000) { $0.nodes.values.allSatisfy { $0.order == [.foo] } }
    #expect(try #require(took) <= Self.boundMs)
  }

  /// Who knows that it hears nothing looks for new upstreams with each heartbeat.
  @Test func whatIsNewIsShown() throws {
    var rig = Self.rig(.known)
    rig.configure("a", [.make(), .make(.bar, [.two])])
    let began = rig.pass(20_000) { $0.shared.digests[.bar] != nil }
    #expect(began != nil)
    let took = rig.pass(20_000) { rig in Self.names.allSatisfy { rig.nodes[$0]?.views[.bar] != nil } }
    #expect(try #require(took) <= Self.boundMs)
  }

  // MARK: What is told of it

  private static func lines(_ rig: ClusterRig) -> [LogLine] {
    (rig.nodes["a"]?.lines ?? []).filter {
      switch $0 {
      case .deaf, .deafNoMore: true
      default: false
      }
    }
  }

  private static func shown(_ rig: ClusterRig) -> LedgerTrouble? {
    rig.nodes["a"]?.cluster?.troubles.first { $0.area == .channels }
  }

  @Test func whatIsDeniedIsOneLineAndShownUntilItIsGranted() throws {
    var rig = Self.rig(.known)
    for _ in 0..<20 {
      rig.pass(5000)
      rig.hear(.denied(Self.fault), "a")
    }
    #expect(Self.lines(rig) == [.deaf(Self.fault.sentence)])
    let text = try #require(Self.lines(rig).first).text
    #expect(text.contains("NOPERM") && text.contains("&quorate:test:reports:*"))
    #expect(Self.shown(rig)?.fault == Self.fault && rig.nodes["a"]?.cluster?.contact == .steady)
    #expect(rig.nodes["b"]?.cluster?.nodes.allSatisfy { $0.member.isDeaf } == true)
    rig.hear(.denied(nil), "a")
    rig.hear(.gap, "a")
    rig.pass(2000)
    #expect(Self.lines(rig).last == .deafNoMore && Self.shown(rig) == nil)
    #expect(rig.nodes["b"]?.cluster?.nodes.first { $0.member.node == "a" }?.member.isDeaf == false)
  }

  /// A connection that breaks is had again before anybody has to know.
  @Test func aLostSubscriptionIsToldWhenItLasts() {
    var rig = ClusterRig.three([.make()])
    let lost = LedgerFault(.refused, "no login to Redis: WRONGPASS")
    rig.hear(.deaf(lost), "a")
    rig.pass(2000)
    rig.hear(.gap, "a")
    rig.pass(10_000)
    #expect(Self.lines(rig).isEmpty)
    rig.hear(.deaf(lost), "a")
    rig.pass(10_000)
    #expect(Self.lines(rig) == [.deaf(lost.sentence)] && Self.shown(rig)?.fault == lost)
    rig.hear(.gap, "a")
    rig.pass(1000)
    #expect(Self.lines(rig).last == .deafNoMore && Self.shown(rig) == nil)
  }

  /// Where nothing gets through, that is what is said.
  @Test func aLostLedgerIsNotDeafness() {
    var rig = ClusterRig.three([.make()])
    rig.hear(.deaf("connection refused"), "a")
    rig.cutLedger(["a"])
    rig.pass(20_000)
    #expect(Self.lines(rig).isEmpty && Self.shown(rig) == nil)
  }
}
