import Health
import Ledger
import Reading
import Testing

@testable import Web

@Suite("Nodes that are missing, in all that is served")
struct MissingNodesTests {
  /// Of three nodes these are left.
  static func cluster(_ live: [String], missing: [String], upstreams: [String: String] = ["shared": "d"])
    -> ClusterView
  {
    ClusterView(
      contact: .steady, nodes: live.map { Samples.node($0) },
      missing: missing.map { Samples.node($0, isLive: false, behindMs: 240_000, upstreams: upstreams) })
  }

  static func view(probedBy nodes: [String]) -> UpstreamView {
    var view = Samples.shared
    var assignment = Assignment(nodes: nodes, width: min(nodes.count, 3))
    for place in view.peers.indices {
      assignment.append(Array(nodes.indices))
      view.peers[place].record.votes = Votes(
        up: nodes.count, down: 0, assigned: nodes.count, quorum: .majority, wanted: 3)
    }
    view.assignment = assignment
    view.checker?.probers = 3
    view.reportsByNode = [:]
    return view
  }

  static func site(_ live: [String], missing: [String], upstreams: [String: String] = ["shared": "d"])
    -> TestSite
  {
    let site = TestSite([view(probedBy: live)])
    site.board.apply(.cluster(cluster(live, missing: missing, upstreams: upstreams)))
    return site
  }

  static let since = Instant(ms: TestSite.nowMs - 241_000)

  @Test("The page: a banner with what it means and since when, and a row of its own")
  func page() async {
    let page = await Self.site(["a"], missing: ["b", "c"]).get("/").text
    let banner = ClusterPageTests.part(page, from: "<p class=\"banner stale missing\"", to: "</p>")
    #expect(
      banner.contains("<b>1 of 3 nodes: its vote alone decides.</b> Not heard any more: <b>b</b> since <time")
    )
    #expect(
      banner.contains("datetime=\"\(Self.since.rfc3339)\"") && banner.contains("quorate node forget NAME"))
    #expect(page.contains("<span class=\"name\">3 nodes</span>") && page.contains(">2 missing</span>"))
    let row = ClusterPageTests.row(page, of: "c")
    #expect(row.contains(">MISSING</span>") && row.contains("datetime=\"\(Self.since.rfc3339)\""))
    #expect(row.contains(">1.2.3<") && row.contains(">10.0.0.1:8080<"))
    // Its peers have too few probers.
    #expect(page.contains(">1 of 3 probers for each peer</span>") && page.contains("\"> 1 of 3</span>"))
  }

  @Test("Two of three, and four of five with all their probers")
  func milder() async {
    let two = await Self.site(["a", "b"], missing: ["c"]).get("/").text
    #expect(two.contains("<p class=\"banner wait missing\""))
    #expect(two.contains("<b>2 of 3 nodes: only both together take a peer down.</b>"))
    let four = await Self.site(["a", "b", "c", "d"], missing: ["e"]).get("/").text
    #expect(four.contains("<b>4 of 5 nodes.</b> Not heard any more: <b>e</b>"))
    #expect(!four.contains("for each peer"))
  }

  @Test("Upstreams that differ are named, the weakest first")
  func differing() {
    var other = Self.view(probedBy: ["a", "b"])
    other.name = Samples.upstream("another", []).name
    let page = ClusterPageTests.page(
      [other, Self.view(probedBy: ["a"])],
      Self.cluster(["a", "b"], missing: ["c"], upstreams: ["shared": "d", "another": "d"]))
    let banner = ClusterPageTests.part(page, from: "<p class=\"banner stale missing\"", to: "</p>")
    #expect(
      banner.contains(
        "<b>2 of 3 nodes.</b> <b>shared</b>: 1 of 2 nodes: its vote alone decides. <b>another</b>: 2 of 3 nodes: "
      ))
  }

  @Test("Nobody is missing: no banner, whoever has left")
  func whole() async {
    for site in [Self.site(["a", "b", "c"], missing: []), Self.site(["a"], missing: [])] {
      let page = await site.get("/").text
      #expect(!page.contains(" missing\"") && !page.contains("missing</span>"))
      let metrics = await site.get("/metrics").text
      #expect(metrics.contains("quorate_vote_alone{upstream=\"shared\"} 0"))
      #expect(metrics.contains("quorate_nodes{state=\"missing\"} 0"))
    }
  }

  @Test("The API and the metrics")
  func programs() async {
    let site = Self.site(["a"], missing: ["b", "c"])
    let nodes = await site.get("/api/v1/nodes").text
    for part in [
      #""missing":2"#, #""sentence":"1 of 3 nodes: its vote alone decides""#,
      #""missing":true,"missing_since":"\#(Self.since.rfc3339)","missing_since_ms":\#(TestSite.nowMs - 241_000)"#,
      #""missing":false,"missing_since":null,"missing_since_ms":null"#,
      #""weak":[{"alone":true,"assigned":1,"live":1,"needed":1,"nodes":3,"#,
      #""upstream":"shared","wanted":3}]"#,
    ] {
      #expect(nodes.contains(part), "\(part) is not in \(nodes)")
    }
    let peer = await site.get("/api/v1/upstreams/shared/peers/127.0.0.1:1").text
    #expect(peer.contains(#""votes":{"assigned":1,"down":0,"needed":1,"up":1,"wanted":3}"#))
    let metrics = await site.get("/metrics").text
    for line in [
      #"quorate_nodes{state="missing"} 2"#, #"quorate_nodes{state="warm"} 1"#,
      #"quorate_node_missing_since_timestamp_seconds{node="b"} 1"#, #"quorate_probers{upstream="shared"} 1"#,
      #"quorate_probers_wanted{upstream="shared"} 3"#, #"quorate_vote_alone{upstream="shared"} 1"#,
    ] {
      #expect(metrics.contains(line), "\(line)")
    }
  }

  @Test("A name of a missing node becomes no markup")
  func hostile() {
    var cluster = Self.cluster(["a"], missing: ["b"])
    cluster.missing[0].member.node = Samples.hostile
    let page = ClusterPageTests.page([Self.view(probedBy: ["a"])], cluster)
    #expect(page.ranges(of: "<script").count == 1 && page.contains("&lt;script&gt;"))
  }
}
