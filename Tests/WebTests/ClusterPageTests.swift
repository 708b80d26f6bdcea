import Health
import Ledger
import Reading
import Testing

@testable import Web

@Suite("The cluster on the page for people")
struct ClusterPageTests {
  static func page(
    _ upstreams: [UpstreamView], _ cluster: ClusterView? = Samples.cluster, _ kind: PageView.Kind = .overview,
    stale: Bool = false
  ) -> String {
    let board = Samples.board(upstreams)
    if let cluster { board.apply(.cluster(cluster)) }
    board.apply(.stale(stale))
    let page = StatusPage(
      view: PageView(kind), state: board.current, identity: Site.Identity(node: "a", version: "0"),
      assets: Assets())
    return String(decoding: page.render(), as: UTF8.self)
  }

  /// What stands between two texts, the second one after the first.
  static func part(_ page: String, from start: String, to end: String) -> Substring {
    guard let first = page.firstRange(of: start) else { return "" }
    let rest = page[first.lowerBound...]
    return rest[..<(rest.firstRange(of: end)?.lowerBound ?? rest.endIndex)]
  }

  static func row(_ page: String, of node: String) -> Substring {
    part(page, from: " data-k=\"\(node)\"", to: "</tr>")
  }

  @Test("The nodes: what they are, when they were heard, what they lead, probe and have in their settings")
  func nodes() {
    let page = Self.page([Samples.shared])
    #expect(page.contains("<span class=\"name\">5 nodes</span>"))
    for count in ["2 live", "1 cold", "1 leaving", "1 silent"] { #expect(page.contains(">\(count)</span>")) }
    #expect(
      Self.row(page, of: "a").contains(">LIVE</span>") && Self.row(page, of: "a").contains(">this</span>"))
    #expect(Self.row(page, of: "a").contains(">on time</td>"))
    #expect(
      Self.row(page, of: "b").contains("differ in shared") && Self.row(page, of: "b").contains(">1.2.3<"))
    #expect(Self.row(page, of: "b").contains("<span title=\"shared\">1</span>"))
    #expect(Self.row(page, of: "c").contains(">LEAVING</span>"))
    #expect(
      Self.row(page, of: "d").contains("<time datetime=\"\(Instant(ms: TestSite.nowMs - 10_000).rfc3339)\""))
    #expect(Self.row(page, of: "e").contains(">COLD</span>"))
  }

  @Test("No section of nodes where there is one alone")
  func alone() {
    for cluster in [nil, ClusterView(contact: .alone, nodes: [])] {
      let page = Self.page([Samples.foo], cluster)
      #expect(!page.contains("data-k=\" nodes\""))
      #expect(page.contains(">1 up, 0 down</span>") && !page.contains("class=\"vote "))
      #expect(!page.contains("class=\"leader"))
    }
  }

  @Test("Heartbeats that come on time do not change the page")
  func quiet() {
    var later = Samples.cluster
    for place in later.nodes.indices where later.nodes[place].isLive {
      later.nodes[place].member.beat += 1
      later.nodes[place].member.revision += 3
      later.nodes[place].member.atMs += 1000
    }
    #expect(Self.page([Samples.shared], later) == Self.page([Samples.shared]))
  }

  @Test("Who leads, and who has other settings")
  func leader() {
    let page = Self.page([Samples.shared])
    #expect(page.contains("title=\"b, term 1795000000002\">led by <b>b</b>"))
    #expect(page.contains("<span>term 1795000000002</span>"))
    #expect(page.contains("other settings on b</span>"))
    var view = Samples.shared
    view.lease = nil
    view.head?.digest = "old"
    let leaderless = Self.page([view])
    #expect(leaderless.contains(">no leader</span>"))
    #expect(leaderless.contains("other settings on a, e</span>"))
  }

  @Test("Who votes what: dissent, and what does not count")
  func votes() {
    let page = Self.page([Samples.shared])
    #expect(page.contains("<span class=\"vote up\" title=\"a: up\">a</span>"))
    #expect(
      page.contains(
        "<span class=\"vote down\" title=\"b: down, L4CON connection refused, 3 failures in a row\">b</span>")
    )
    #expect(
      page.contains(
        "<span class=\"vote up idle\" title=\"d: up, does not count: its node is silent\">d</span>"))
    #expect(page.contains("title=\"e: up, does not count: its next result is overdue\">e</span>"))
    #expect(page.contains("<span class=\"vote none idle\" title=\"e: has not reported yet\">e</span>"))
    var view = Samples.shared
    view.reportsByNode["b"]?.run = "before"
    #expect(Self.page([view]).contains("does not count: of a run that is gone\">b</span>"))
  }

  @Test(
    "A peer that another prober calls down is failing here too; one not probed here shows what another saw")
  func others() {
    var view = Samples.shared
    let page = Self.page([view])
    #expect(page.contains("<tr role=\"row\" class=\"failing\" data-s=\"up\" data-k=\"shared 127.0.0.1:1\">"))
    #expect(page.contains("<tr role=\"row\" class=\"up\" data-s=\"up\" data-k=\"shared 127.0.0.1:2\">"))
    let second = Self.part(page, from: "data-k=\"shared 127.0.0.1:2\"", to: "</tr>")
    #expect(second.contains("<span class=\"by\">by b</span>") && second.contains(">9 ok</span>"))
    view.reportsByNode["b"]?.run = "before"
    #expect(Self.page([view]).contains("class=\"up\" data-s=\"up\" data-k=\"shared 127.0.0.1:1\""))
  }

  @Test("An operator's word, with who and why; what is taken out is not an alarm")
  func overrides() {
    var view = Samples.shared
    view.reportsByNode = [:]
    let page = Self.page([view])
    #expect(page.contains("<span class=\"tag out\">DRAIN</span>"))
    #expect(page.contains("title=\"kim: a new kernel\"><b>drain</b> by <b>kim</b>, <time datetime=\""))
    #expect(page.contains("</time>: a new kernel</span>"))
    #expect(page.contains("<h1>1 of 3 peers taken out</h1>"))
    #expect(page.contains("<title>1 taken out · a · Quorate</title>"))
    #expect(page.contains(">2 up</span>") && page.contains(">1 out</span>"))
    #expect(!page.contains("Down now"))

    view.peers[2].record.override?.state = .auto
    view.peers[2].record.status = .up
    #expect(Self.page([view]).contains("<h1>All 3 peers are up</h1>"))
    #expect(!Self.page([view]).contains("class=\"word\""))

    view.peers[2].record.override?.state = .up
    view.peers[2].record.decided = .down
    let held = Self.page([view])
    #expect(held.contains(">FORCED</span>") && held.contains("<b>up</b> by <b>kim</b>"))
  }

  @Test("Stale: until when it is the consensus")
  func stale() {
    let page = Self.page([Samples.shared], stale: true)
    let banner = Self.part(page, from: "<p class=\"notice stale\"", to: "</p>")
    let asOf = Instant(ms: TestSite.nowMs - 1000)
    #expect(
      banner.contains(
        "Redis cannot be reached:</b> showing the last consensus of <b>\(asOf.plain)</b>, "))
    #expect(banner.contains("<time datetime=\"\(asOf.rfc3339)\">"))
    var lost = Samples.cluster
    lost.contact = .lost
    #expect(Self.row(Self.page([Samples.shared], lost, stale: true), of: "a").contains("<time "))
    #expect(!Self.page([], nil, stale: true).contains(" UTC<"))
  }

  @Test("An upstream that only other nodes have")
  func foreign() {
    var cluster = Samples.cluster
    cluster.nodes[0].nodeInfo?.upstreams = [:]
    #expect(Self.page([Samples.shared], cluster).contains("not in this one&#39;s settings"))
    #expect(!Self.page([Samples.shared]).contains("not in this one&#39;s settings"))
    cluster.nodes[0].nodeInfo = nil
    #expect(!Self.page([Samples.shared], cluster).contains("not in this one&#39;s settings"))
  }

  @Test("Nothing of a node or an operator becomes markup, in any view")
  func hostile() {
    var cluster = Samples.cluster
    let evil = Samples.hostile
    for place in cluster.nodes.indices {
      cluster.nodes[place].member.node = evil + "\(place)"
      cluster.nodes[place].nodeInfo?.version = evil
      cluster.nodes[place].nodeInfo?.address = evil
    }
    var view = Samples.shared
    view.lease?.holder.node = evil + "1"
    view.head?.leader = evil
    view.head?.digest = evil
    view.peers[2].record.override?.by = evil
    view.peers[2].record.override?.why = evil
    var assignment = Assignment(nodes: [evil + "0", evil + "1"], width: 2)
    for _ in view.peers { assignment.append([0, 1]) }
    view.assignment = assignment
    let report = Report(state: .down, nok: 1, code: evil, detail: evil)
    view.reportsByNode = [
      evil + "1": NodeReports(run: "run-b", rev: 1, reports: [view.peers[0].record.peer: report])
    ]
    for kind in [.overview, .problems, .search("127"), .upstream(view.name, page: 1)] as [PageView.Kind] {
      let page = Self.page([view], cluster, kind)
      #expect(page.ranges(of: "<script").count == 1)
      #expect(!page.contains("alert('x')") && !page.contains("\"><script"))
      #expect(page.contains("&lt;script&gt;"))
    }
  }

  /// 10,000 peers that three of five nodes probe each, with one dissenter in a thousand.
  static func large() -> UpstreamView {
    var view = Samples.large("big", 10_000, downEvery: 500)
    let nodes = ["a", "b", "e"]
    var assignment = Assignment(nodes: nodes, width: 3)
    var reports: [PeerName: Report] = [:]
    for (place, peer) in view.peers.enumerated() {
      assignment.append([place % 3, (place + 1) % 3, (place + 2) % 3])
      let isDoubted = place % 1000 == 7
      reports[peer.record.peer] = Report(
        state: isDoubted ? .down : peer.record.status, nok: isDoubted ? 9 : 0,
        code: isDoubted ? "L4CON" : "OK")
    }
    view.assignment = assignment
    view.reportsByNode = [
      "b": NodeReports(run: "run-b", rev: 1, reports: reports),
      "e": NodeReports(run: "run-e", rev: 1, reports: reports),
    ]
    return view
  }

  @Test("10,000 peers with three voters each: a small page, and the dissent is found")
  func largeUpstream() {
    let view = Self.large()
    let overview = Self.page([view])
    #expect(overview.utf8.count < 100_000)
    #expect(overview.contains("20 of 10,000 peers are down"))
    #expect(overview.contains("<div class=\"failing\"><dt>Failing</dt><dd>10</dd></div>"))
    let whole = Self.page([view], Samples.cluster, .upstream(view.name, page: 1))
    #expect(whole.ranges(of: "class=\"vote ").count == StatusPage.perPage * 3)
    #expect(whole.utf8.count < 800_000)
    #expect(
      Self.page([view], Samples.cluster, .problems).ranges(of: "<tr role=\"row\" class=\"failing\"").count
        == 10)
  }

  @Test("Many nodes: the list is bounded, and folded when all is well")
  func manyNodes() {
    func cluster(_ count: Int) -> ClusterView {
      ClusterView(contact: .steady, nodes: (0..<count).map { Samples.node("n\($0)", upstreams: [:]) })
    }
    let page = Self.page([Samples.foo], cluster(150))
    #expect(page.ranges(of: ">LIVE</span>").count == StatusPage.listedNodes)
    #expect(page.contains("50 more not shown"))
    #expect(page.contains("data-k=\" nodes\">"))
    #expect(Self.page([Samples.foo], cluster(5)).contains("data-k=\" nodes\" open>"))
    var troubled = cluster(150)
    troubled.nodes[3].isLive = false
    #expect(Self.page([Samples.foo], troubled).contains("data-k=\" nodes\" open>"))
  }

  @Test(
    "Short names of nodes",
    arguments: [
      (["a", "b"], ["a", "b"]),
      (["edge-a", "edge-b"], ["a", "b"]),
      (["quorate-eu-1.prod.example.com", "quorate-us-1.prod.example.com"], ["eu", "us"]),
      (["checker-1", "checker-10"], ["1", "10"]),
      (["web1", "web2"], ["web1", "web2"]),
      (["only.example.com"], ["only.example.com"]),
      (["same-name", "same-name"], ["name", "name"]),
      (["x.example.com", "yexample.com"], ["x.example", "yexample"]),
    ])
  func names(_ names: [String], _ short: [String]) {
    let voters = VoterNames(names)
    #expect(names.map { String(voters.short($0)) } == short)
    #expect(voters.short("some-quite-different-node") == "some-quite-different-node")
  }
}
