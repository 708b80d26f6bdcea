import Cluster
import Health
import Ledger
import Testing

/// What a node says of trouble with the ledger, and what it shows.
@Suite struct TroubleTests {
  private static let refused = LedgerFault(.unreachable, "Redis cannot be reached: connection refused")
  private static let login = LedgerFault(.refused, "no login to Redis: NOAUTH")
  private static let loading = LedgerFault(.loading, "Redis is loading its data")

  private static func lines(_ rig: ClusterRig, _ node: String = "a") -> [String] {
    (rig.nodes[node]?.lines ?? []).compactMap {
      switch $0 {
      case .contactLost(let why, _): why
      case .contactBack: "back"
      case .refused(let why): why
      case .refusedNoMore: "no more"
      default: nil
      }
    }
  }

  private static func shown(_ rig: ClusterRig, _ area: LedgerTrouble.Area, _ node: String = "a")
    -> LedgerTrouble?
  {
    rig.nodes[node]?.cluster?.troubles.first { $0.area == area }
  }

  private static func alone(_ fault: LedgerFault) -> ClusterRig {
    var rig = ClusterRig()
    rig.fault = fault
    rig.start("a", [.make()], isCut: true)
    return rig
  }

  /// Every kind, from the first moment on: one line, with the reason and that there is nothing to serve yet.
  @Test(arguments: LedgerFault.Kind.allCases) func theReasonIsToldAtTheStart(_ kind: LedgerFault.Kind) throws
  {
    let fault = LedgerFault(kind, "what \(kind.rawValue) says")
    var rig = Self.alone(fault)
    let beganMs = rig.wallStartMs + rig.nowMs
    rig.pass(60_000)
    let lines = rig.nodes["a"]?.lines ?? []
    #expect(lines == [.contactLost(fault.sentence, hasConsensus: false)])
    let text = try #require(lines.first).text
    #expect(text.contains("what \(kind.rawValue) says") && text.contains("there is no consensus yet"))
    #expect(!text.contains("stale"))
    let trouble = try #require(Self.shown(rig, .contact))
    #expect(trouble.fault == fault && (0...5000).contains(trouble.sinceMs - beganMs))
    rig.healLedger(["a"])
    rig.pass(3000)
    #expect(Self.shown(rig, .contact) == nil && Self.lines(rig).last == "back")
  }

  @Test func whereThereIsAConsensusItIsServedAsStale() throws {
    var rig = ClusterRig.three([.make()])
    rig.fault = Self.refused
    rig.cutLedger(["a"])
    rig.pass(10_000)
    #expect(rig.nodes["a"]?.lines.contains(.contactLost(Self.refused.sentence, hasConsensus: true)) == true)
    #expect(LogLine.contactLost("x", hasConsensus: true).text.contains("last consensus is served as stale"))
    #expect(Self.shown(rig, .contact)?.fault == Self.refused && rig.nodes["a"]?.isStale == true)
  }

  @Test func eachChangeOfTheReasonIsOneLine() throws {
    var rig = Self.alone(Self.refused)
    for fault in [Self.refused, Self.login, Self.loading] {
      rig.fault = fault
      rig.pass(20_000)
      #expect(Self.shown(rig, .contact)?.fault == fault)
    }
    #expect(Self.lines(rig) == [Self.refused, Self.login, Self.loading].map(\.sentence))
    let sinceMs = try #require(Self.shown(rig, .contact)).sinceMs
    #expect((18_000...20_000).contains(rig.wallStartMs + rig.nowMs - sinceMs))
  }

  /// Two lines a minute, and what lasts is said in the end.
  @Test func reasonsThatTakeTurnsAreSaidOnceAMinuteEach() throws {
    var rig = Self.alone(Self.refused)
    for turn in 0..<300 {
      rig.fault = turn.isMultiple(of: 2) ? Self.refused : Self.login
      rig.pass(2000)
    }
    #expect((10...24).contains(Self.lines(rig).count), "\(Self.lines(rig).count)")
    rig.fault = Self.loading
    rig.pass(3000)
    rig.fault = Self.login
    rig.pass(61_000)
    #expect(Self.lines(rig).last == Self.login.sentence)
  }

  /// Reasons that are never the same, as of a server whose errors count something.
  @Test func evenNewReasonsAreAFewLinesAMinute() {
    var rig = Self.alone(Self.refused)
    for turn in 0..<120 {
      rig.fault = LedgerFault(.other, "error \(turn)")
      rig.pass(2000)
    }
    #expect((12...30).contains(Self.lines(rig).count), "\(Self.lines(rig).count)")
  }

  /// Heartbeats get through, and something else does not.
  @Test(arguments: [
    "lease", "card", "reports",
  ])
  func whatIsRefusedBesidesIsToldOnce(_ what: String) throws {
    var rig = ClusterRig()
    rig.fault = LedgerFault(.noPermission, "NOPERM the user may not run HSET")
    rig.start("a", [.make(), .make(.bar)])
    rig.nodes["a"]?.refuses = { request in
      switch request {
      case .acquire, .commit: what == "lease"
      case .describe: what == "card"
      case .report: what == "reports"
      default: false
      }
    }
    rig.pass(60_000)
    #expect(Self.lines(rig) == ["NOPERM the user may not run HSET"])
    #expect(Self.shown(rig, .requests)?.fault == rig.fault && Self.shown(rig, .contact) == nil)
    rig.nodes["a"]?.refuses = { _ in false }
    rig.pass(12_000)
    #expect(Self.lines(rig).last == "no more" && Self.shown(rig, .requests) == nil)
  }

  /// It is there for who asks why, soon; nobody has to read it for that.
  @Test func whatIsWrongWithSourcesGoesWithTheCard() {
    var rig = ClusterRig.three([.make()])
    func told(since start: Int) -> [[String: String]] {
      rig.asked[start...].compactMap { entry in
        if case .describe(let nodeInfo, _, _) = entry.request, entry.node == "a" {
          nodeInfo.sourceTroubles
        } else {
          nil
        }
      }
    }
    let digest = rig.nodes["b"]?.cluster?.nodes.first { $0.member.node == "a" }?.member.digest
    for troubles in [["foo.com": "name app: gone"], [:]] {
      let start = rig.asked.count
      rig.tell("a", sourceTroubles: troubles)
      rig.pass(2 * ClusterRig.heartbeatMs)
      #expect(told(since: start) == [troubles])
    }
    #expect(rig.nodes["b"]?.cluster?.nodes.first { $0.member.node == "a" }?.member.digest == digest)
  }

  /// What is lost on the way is no refusal: the heartbeats tell of that.
  @Test func aSlowAnswerIsNoRefusal() {
    var rig = ClusterRig()
    rig.fault = LedgerFault(.deadline, "no answer in time")
    rig.start("a", [.make()])
    rig.nodes["a"]?.refuses = { if case .acquire = $0 { true } else { false } }
    rig.pass(30_000)
    #expect(Self.lines(rig).isEmpty && Self.shown(rig, .requests) == nil)
  }
}
