import Health
import Ledger
import Reading
import Testing

@testable import Web

@Suite("Where peers come from")
struct SourceTests {
  private static let sinceMs = TestSite.nowMs - 60_000
  private static let from = "name app.internal:80"

  private static var upstream: UpstreamView {
    var view = Samples.upstream("app", [Samples.record("10.0.0.1:80"), Samples.record("10.0.0.2:80")])
    view.peers[0].source = from
    return view
  }

  private static func discovery(_ trouble: String? = nil, kind: PeerSourceView.Kind = .name) -> DiscoveryView
  {
    var source = PeerSourceView(kind: kind, text: from, peers: 1, goodMs: sinceMs)
    source.trouble = trouble.map { .init(text: $0, sinceMs: sinceMs) }
    source.taken = 3
    source.refused = 2
    var view = DiscoveryView()
    view.sources = [Samples.name("app"): [source]]
    view.lookUps = ["found": 7]
    return view
  }

  @Test("The API tells it of each upstream and peer, and what changes there at once")
  func api() async {
    let site = TestSite([Self.upstream])
    #expect(await site.get("/api/v1/upstreams/app").text.contains(#""sources":[],"term""#))
    site.board.apply(.discovery(Self.discovery()))
    let good =
      #""sources":[{"from":"name app.internal:80","good_ms":\#(Self.sinceMs),"kind":"name","peers":1,"trouble":null}]"#
    #expect(await site.get("/api/v1/upstreams/app").text.contains(good))
    #expect(await site.get("/api/v1/upstreams").text.contains(good))
    site.board.apply(.discovery(Self.discovery("Domain name not found")))
    let bad = #""trouble":{"since_ms":\#(Self.sinceMs),"text":"Domain name not found"}"#
    for path in ["/api/v1/upstreams/app", "/api/v1/upstreams", "/status?format=json"] {
      #expect(await site.get(path).text.contains(bad), "\(path)")
    }
    // A new view of the upstream, and one that is held, tell the same.
    site.board.apply(.upstream(Self.upstream))
    #expect(await site.get("/api/v1/upstreams/app").text.contains(bad))
    site.board.apply(.stale(true))
    site.board.apply(.discovery(Self.discovery("Timeout")))
    #expect(await site.get("/api/v1/upstreams/app").text.contains(#""text":"Timeout""#))
    #expect(
      await site.get("/api/v1/upstreams/app/peers/10.0.0.1:80").text.contains(
        #""from":"name app.internal:80""#))
    #expect(await site.get("/api/v1/upstreams/app/peers/10.0.0.2:80").text.contains(#""from":null"#))
  }

  @Test("The page says where they come from, and in a banner what is wrong there, as text and not as markup")
  func page() async {
    let site = TestSite([Self.upstream])
    site.board.apply(.discovery(Self.discovery()))
    let good = await site.get("/?upstream=app").text
    #expect(good.contains("peers from name app.internal:80 (1)"))
    #expect(good.contains("10.0.0.1:80, from name app.internal:80"))
    #expect(!good.contains("Not found"))
    site.board.apply(.discovery(Self.discovery(Samples.hostile)))
    let bad = await site.get("/").text
    #expect(bad.contains("Not found: name app.internal:80:"))
    #expect(bad.contains("Its peers are those of the last success."))
    #expect(!bad.contains("<script>alert"))
    site.board.apply(.discovery(Self.discovery("broken", kind: .file)))
    #expect(await site.get("/").text.contains("Not read: name app.internal:80:"))
  }

  @Test("The metrics count look-ups and readings")
  func metrics() async {
    let site = TestSite([Self.upstream])
    let before = await site.get("/metrics").text
    #expect(before.contains("quorate_lookups_total{result=\"found\"} 0\n"))
    #expect(!before.contains("quorate_source_trouble{"))
    site.board.apply(.discovery(Self.discovery("gone", kind: .file)))
    let lines = Set(await site.get("/metrics").text.split(separator: "\n").map(String.init))
    let labels = #"upstream="app",from="name app.internal:80""#
    for line in [
      #"quorate_lookups_total{result="found"} 7"#, #"quorate_lookups_total{result="failed"} 0"#,
      #"quorate_source_peers{\#(labels)} 1"#, #"quorate_source_trouble{\#(labels)} 1"#,
      #"quorate_source_good_timestamp_seconds{\#(labels)} 1795000000.000"#,
      #"quorate_peers_file_reads_total{\#(labels),result="taken"} 3"#,
      #"quorate_peers_file_reads_total{\#(labels),result="refused"} 2"#,
    ] { #expect(lines.contains(line), "\(line)") }
  }
}
