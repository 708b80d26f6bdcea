import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct ReportTableTests {
  private static let peer = PeerName("127.0.0.1:80")

  private static func member(_ node: String, run: String = "now", isLive: Bool = true) -> NodeView {
    NodeView(member: Member(node: node, run: run, beat: 1), isLive: isLive, nodeInfo: nil)
  }

  /// One peer, assigned to `assigned`, with the reports of `sheets` and perhaps one of this node, `a`.
  private static func view(
    assigned: [String], reportsByNode: [String: NodeReports] = [:], own: Report? = nil
  ) -> UpstreamView {
    var view = UpstreamView(
      name: LedgerContract.upstream, checker: Checker(kind: .tcp), head: Head(),
      peers: [PeerView(record: LedgerContract.record(.up), report: own)])
    var assignment = Assignment(nodes: assigned, width: assigned.count)
    assignment.append(Array(assigned.indices))
    view.assignment = assignment
    view.reportsByNode = reportsByNode
    return view
  }

  private static func nodeReports(_ report: Report, run: String = "now") -> NodeReports {
    NodeReports(run: run, rev: 1, reports: [peer: report])
  }

  /// What is reported, whether it is assigned, whether its node lives and in which run, and whether that is a vote.
  private static let cases: [(report: Report?, isAssigned: Bool, isLive: Bool, run: String, counts: Bool)] = [
    (Report(state: .up), true, true, "now", true),
    (Report(state: .down), true, true, "now", true),
    (Report(state: .up, late: true), true, true, "now", false),
    (Report(state: .up), true, true, "before", false),
    (Report(state: .up), true, false, "now", false),
    (Report(state: .up), false, true, "now", false),
    (nil, true, true, "now", false),
  ]

  @Test(arguments: cases)
  func nothingCountsWhileTheLedgerIsAway(
    _ report: Report?, _ isAssigned: Bool, _ isLive: Bool, _ run: String, _ counts: Bool
  ) {
    let board = Board()
    let view = Self.view(
      assigned: isAssigned ? ["a", "b"] : [],
      reportsByNode: report.map { ["b": Self.nodeReports($0, run: run)] } ?? [:],
      own: report)
    board.apply(.order([view.name]))
    board.apply(.upstream(view))
    let cluster = ClusterView(contact: .lost, nodes: [Self.member("b", isLive: isLive)])
    for isStale in [false, true] {
      board.apply(.stale(isStale))
      guard let shown = board.current[view.name] else { return #expect(Bool(false)) }
      let table = ReportTable(shown, of: "a", in: cluster)
      #expect(table.reports(on: 0).contains { $0.node == "b" && $0.counts } == (counts && !isStale))
      #expect(table.doubted.isEmpty || !isStale)
      #expect(!isStale || table.reports(on: 0).allSatisfy { !$0.counts })
    }
  }

  @Test(arguments: cases)
  func aVote(_ report: Report?, _ isAssigned: Bool, _ isLive: Bool, _ run: String, _ counts: Bool) {
    let reportsByNode = report.map { ["b": Self.nodeReports($0, run: run)] } ?? [:]
    let view = Self.view(assigned: isAssigned ? ["b"] : [], reportsByNode: reportsByNode)
    let cluster = ClusterView(contact: .steady, nodes: [Self.member("b", isLive: isLive)])
    let found = ReportTable(view, of: "a", in: cluster).reports(on: 0)
    #expect(
      found == [NodeReport(node: "b", report: report, isAssigned: isAssigned, counts: counts)])
  }

  @Test func theNodesOwnReportStandsWithThePeer() {
    let own = Report(state: .down, nok: 3, code: "L4CON")
    let stale = Self.nodeReports(Report(state: .up), run: "before")
    let table = ReportTable(
      Self.view(assigned: ["b", "a"], reportsByNode: ["a": stale], own: own), of: "a", in: nil)
    #expect(
      table.reports(on: 0) == [
        NodeReport(node: "a", report: own, isAssigned: true, counts: true),
        NodeReport(node: "b", report: nil, isAssigned: true, counts: false),
      ])
    let alone = ReportTable(Self.view(assigned: [], own: own), of: "a", in: nil)
    #expect(alone.reports(on: 0) == [NodeReport(node: "a", report: own, isAssigned: false, counts: false)])
    #expect(alone.reports(on: 1).isEmpty)
  }

  @Test func onlyFreshReportsRaiseDoubt() {
    let members = ["b", "c", "d"].map { Self.member($0) }
    let cluster = ClusterView(contact: .steady, nodes: members)
    func doubted(_ reportsByNode: [String: NodeReports]) -> Set<PeerName> {
      ReportTable(Self.view(assigned: ["b", "c", "d"], reportsByNode: reportsByNode), of: "a", in: cluster)
        .doubted
    }
    #expect(
      doubted(["b": Self.nodeReports(Report(state: .up)), "c": Self.nodeReports(Report(state: .up))]).isEmpty)
    #expect(doubted(["b": Self.nodeReports(Report(state: .down))]) == [Self.peer])
    #expect(doubted(["b": Self.nodeReports(Report(state: .up, nok: 1))]) == [Self.peer])
    #expect(doubted(["b": Self.nodeReports(Report(state: .down), run: "before")]).isEmpty)
    #expect(doubted(["gone": Self.nodeReports(Report(state: .down))]).isEmpty)
  }

  @Test func whoDrifts() {
    let name = LedgerContract.upstream
    func node(_ node: String, _ digest: String?, isLive: Bool = true, cardRun: String = "now") -> NodeView {
      var view = Self.member(node, isLive: isLive)
      view.nodeInfo = NodeInfo(node: node, run: cardRun, upstreams: digest.map { [name.text: $0] } ?? [:])
      return view
    }
    let cluster = ClusterView(
      contact: .steady,
      nodes: [
        node("same", "d"), node("other", "e"), node("dead", "e", isLive: false), node("without", nil),
        node("earlier", "e", cardRun: "before"), Self.member("unread"),
      ])
    #expect(cluster.drifting(from: Head(digest: "d"), of: name) == ["other"])
    #expect(cluster.drifting(from: Head(digest: "e"), of: name) == ["same"])
    #expect(cluster.drifting(from: Head(), of: name).isEmpty)
    #expect(cluster.drifting(from: nil, of: name).isEmpty)
  }

  @Test func sharesAreCounted() {
    var assignment = Assignment(nodes: ["a", "b", "c"], width: 2)
    for probers in [[0, 1], [1, 2], [1, 0]] { assignment.append(probers) }
    #expect(assignment.counts == [2, 3, 1])
    #expect(assignment.nodes.map { assignment.count(of: $0) } == assignment.counts)
    #expect(Assignment.nobody.counts.isEmpty)
  }
}
