import Health
import Ledger
import Testing

@testable import Cluster

/// The ledger loses the list of the missing, and nothing else of the nodes: that is no reason to miss nobody any more.
@Suite struct LostListTests {
  private static let definition = UpstreamDefinition.make(.foo, [.one, .two])
  private static let names = ["a", "b", "c"]

  /// These were killed, and are missed.
  private static func rig(without killed: [String], afterMs: Int64 = 20_000) -> ClusterRig {
    var rig = ClusterRig.three([definition])
    for node in killed { rig.kill(node) }
    rig.pass(afterMs)
    return rig
  }

  /// At whatever moment between heartbeats, also by who is alone, and also where a node was dropped a moment ago.
  @Test(arguments: [["b"], ["b", "c"]], [6200, 6800, 7400, 20_000, 20_300, 20_700])
  func itIsToldAgain(killed: [String], afterMs: Int64) {
    var rig = Self.rig(without: killed, afterMs: afterMs)
    let known = rig.shared.missing
    #expect(known.map(\.node) == killed)
    rig.shared.lose(.missing)
    for _ in 0..<60 {
      rig.pass(50)
      #expect(rig.missing(of: "a") == killed)
    }
    #expect(rig.shared.missing == known)
    // A newcomer learns it, too.
    rig.start("d", [Self.definition])
    rig.pass(2000)
    #expect(rig.missing(of: "d") == killed)
    #expect(rig.nodes["a"]?.lines.contains(.forgotten("b")) == false)
    // It can be lost again, and forgotten afterwards.
    rig.shared.lose(.missing)
    rig.pass(5000)
    #expect(rig.missing(of: "a") == killed && rig.shared.missing == known)
    for member in known { rig.perform(.forget(member.pulse)) }
    rig.pass(3000)
    #expect(rig.missed.allSatisfy { $0.value.isEmpty } && rig.shared.missing.isEmpty)
    #expect(rig.nodes["a"]?.lines.contains(.forgotten("b")) == true)
  }

  /// Without the rule nobody would.
  @Test func withoutTheRuleItIsForgotten() {
    var rig = ClusterRig()
    rig.safeguards = .without(.missingToldAgain)
    for node in Self.names { rig.start(node, [Self.definition]) }
    rig.pass(20_000)
    rig.kill("b")
    rig.pass(20_000)
    rig.shared.lose(.missing)
    rig.pass(3000)
    #expect(rig.missing(of: "a").isEmpty && rig.shared.missing.isEmpty)
  }

  /// Who comes back while it is not clear is heard, and nobody is told of it.
  @Test func whoIsBackIsNotToldAgain() {
    for moment in stride(from: Int64(0), through: 2000, by: 100) {
      var rig = Self.rig(without: ["b"])
      rig.shared.lose(.missing)
      rig.pass(moment)
      rig.restart("b")
      rig.pass(8000)
      #expect(rig.missed.allSatisfy { $0.value.isEmpty } && rig.shared.missing.isEmpty, "\(moment)")
      #expect(rig.counted(by: "a") == Self.names, "\(moment)")
      rig.stop("b")
      rig.pass(8000)
      #expect(rig.missed.allSatisfy { $0.value.isEmpty } && rig.shared.missing.isEmpty, "\(moment)")
    }
  }

  /// Nobody can read what tells whether it was forgotten: it is missed until somebody can.
  @Test(arguments: [true, false]) func whatCannotBeReadIsNotForgotten(isForgotten: Bool) throws {
    var rig = Self.rig(without: ["b"])
    for node in ["a", "c"] {
      rig.nodes[node]?.refusesReading = { if case .nodeInfos = $0 { true } else { false } }
    }
    let pulse = try #require(rig.shared.missing.first?.pulse)
    if isForgotten { rig.perform(.forget(pulse)) } else { rig.shared.lose(.missing) }
    rig.pass(10_000)
    #expect(rig.missing(of: "a") == ["b"] && rig.shared.missing.isEmpty)
    for node in ["a", "c"] { rig.nodes[node]?.refusesReading = { _ in false } }
    rig.pass(6000)
    #expect(
      rig.missing(of: "a") == (isForgotten ? [] : ["b"]) && rig.missing(of: "c") == rig.missing(of: "a"))
    #expect(rig.shared.missing.map(\.node) == rig.missing(of: "a"))
  }

  // MARK: The list alone

  struct Course: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What was heard before, of a member that is silent: dropped here a moment ago, or on the list.
    var isListed = true
    /// Nothing was missed before the answer that names it no more.
    var isNext = true
    /// When its node info was asked for: after that answer, or before.
    var isAskedAfter = true
    /// The run whose node info the ledger has; nil: none.
    var run: String? = "r1"
    /// It is missed at the end, and whether the ledger is to be told.
    var isMissed = true
    var isTold = true
    /// A line says so.
    var isForgotten: Bool { !isMissed }
  }

  private static let courses = [
    Course(testDescription: "the list is lost"),
    Course(testDescription: "the list is lost that another had put it on", isListed: false),
    Course(testDescription: "forgotten", run: nil, isMissed: false, isTold: false),
    Course(
      testDescription: "another run had the name since", run: "r2", isMissed: false, isTold: false),
    Course(
      testDescription: "it may have been back during a lapse", isNext: false, isMissed: false,
      isTold: false),
    Course(testDescription: "what was asked for before tells nothing", isAskedAfter: false, isTold: false),
    Course(
      testDescription: "nor does it where nothing is there", isAskedAfter: false, run: nil, isTold: false),
  ]

  @Test(arguments: courses) func whatIsOnTheListNoMore(course: Course) {
    let own = Member(node: "a", run: "r0", beat: 9, from: 1)
    let gone = Member(node: "b", run: "r1", beat: 5, from: 1, atMs: 1000)
    let entry = Membership.Entry(member: gone, changedMs: 0, heardMs: 0, liveSinceMs: 0)
    var missing = MissingNodes(longestMs: 100_000)
    func hear(
      _ members: [Member], listed: [Member] = [], silent: [Membership.Entry] = [], isNext: Bool = true
    )
      -> [String]
    {
      missing.hear(
        MissingNodes.Roll(members: [own] + members, missing: listed, own: "a"), counted: silent,
        silent: silent, at: 10_000, toldAgain: true, isNext: isNext
      ).forgotten
    }
    _ = hear([gone])
    _ = hear([gone], silent: [entry])
    if course.isListed { _ = hear([], listed: [gone]) }
    let before = missing.unclear
    var forgotten = hear([], isNext: course.isNext)
    let asked = course.isAskedAfter ? missing.unclear : before
    let nodeInfo = course.run.map { NodeInfo(node: "b", run: $0, address: "b:8080", version: "1") }
    forgotten += missing.receive(nodeInfo.map { ["b": $0] } ?? [:], of: ["b"], unclear: asked)
    #expect(missing.entries.keys.sorted() == (course.isMissed ? ["b"] : []))
    #expect(forgotten == (course.isForgotten ? ["b"] : []))
    let isTold =
      if case .remember([gone]) = missing.request(at: 10_000, isSteady: true) { true } else { false }
    #expect(isTold == course.isTold)
    // Where that is not known yet, it is asked for again.
    #expect(missing.wantedInfos == (course.isMissed && !course.isTold ? ["b"] : []))
  }
}
