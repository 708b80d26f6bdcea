import Health
import Ledger
import Reading
import Testing

@testable import Web

@Suite("Peers that are up, and slow")
struct DegradedTests {
  /// Of the upstream `shared`: its first peer took 412 ms here, its second 350 ms at b.
  static var slow: UpstreamView {
    var view = Samples.shared
    view.checker?.degradedAboveMs = 300
    view.peers[0].report?.micros = 412_000
    var reports = view.reportsByNode["b"]
    reports?.reports[PeerName("127.0.0.1:2")]?.micros = 350_500
    view.reportsByNode["b"] = reports
    return view
  }

  @Test("The API tells it beside up, with the milliseconds")
  func api() async {
    let site = TestSite.clustered([Self.slow])
    let first = await site.get("/api/v1/upstreams/shared/peers/127.0.0.1:1").text
    #expect(first.contains(#""degraded":true,"degraded_ms":412,"#), "\(first)")
    #expect(first.contains(#""status":"up""#))
    // Of its two votes one is slow, and one sees it down.
    #expect(
      first.ranges(of: #""degraded":true"#).count == 2 && first.ranges(of: #""degraded":false"#).count == 2)
    let second = await site.get("/api/v1/upstreams/shared/peers/127.0.0.1:2").text
    #expect(second.contains(#""degraded":true,"degraded_ms":350.5,"#), "\(second)")
    let third = await site.get("/api/v1/upstreams/shared/peers/127.0.0.1:3").text
    #expect(third.contains(#""degraded":false"#) && !third.contains("degraded_ms"), "\(third)")
    let all = await site.get("/api/v1/upstreams/shared").text
    #expect(all.ranges(of: #""degraded":true"#).count == 2, "\(all)")
    #expect(all.contains(#""degraded":true,"degraded_ms":412"#))
  }

  /// Of a node without drift, so that nothing but its slow probe goes with it.
  @Test("A node that leaves takes its slow probe with it, from the list, too")
  func whoLeaves() async {
    let site = TestSite([Self.slow])
    var cluster = Samples.cluster
    for index in cluster.nodes.indices { cluster.nodes[index].nodeInfo?.upstreams["shared"] = "d" }
    site.board.apply(.cluster(cluster))
    #expect(await site.get("/api/v1/upstreams/shared").text.ranges(of: #""degraded":true"#).count == 2)
    cluster.nodes.removeAll { $0.member.node == "b" }
    site.board.apply(.cluster(cluster))
    #expect(await site.get("/api/v1/upstreams/shared").text.ranges(of: #""degraded":true"#).count == 1)
  }

  @Test("Where nothing is too slow by the settings nothing is said")
  func withoutTheOption() async {
    var view = Self.slow
    view.checker?.degradedAboveMs = nil
    let site = TestSite.clustered([view])
    for path in ["/api/v1/upstreams/shared/peers/127.0.0.1:1", "/api/v1/upstreams/shared", "/", "/metrics"] {
      let text = await site.get(path).text
      #expect(
        !text.contains(#""degraded""#) && !text.contains(">degraded<") && !text.contains("peer_degraded{"))
    }
  }

  @Test("On the page it stands beside UP")
  func page() async {
    let page = await TestSite.clustered([Self.slow]).get("/").text
    #expect(page.ranges(of: ">degraded</span>").count == 2)
    #expect(page.contains("It answers in 412 ms, above 300 ms"))
    #expect(page.contains("degraded above 300 ms"))
  }

  @Test("As a metric")
  func metric() {
    let lines = MetricsTests.page([Self.slow], cluster: Samples.cluster).split(separator: "\n")
    for line in [
      #"quorate_peer_degraded{upstream="shared",peer="127.0.0.1:1"} 1"#,
      #"quorate_peer_degraded{upstream="shared",peer="127.0.0.1:2"} 1"#,
      #"quorate_peer_degraded{upstream="shared",peer="127.0.0.1:3"} 0"#,
    ] {
      #expect(lines.contains(Substring(line)), "\(line)")
    }
  }
}
