import Health
import Ledger
import NIOCore
import Testing

@testable import Web

/// While the ledger is away, everything that is served says so, and nothing says otherwise.
@Suite("Stale, everywhere alike", .timeLimit(.minutes(5)))
struct StaleTests {
  static func stale() -> TestSite {
    let site = TestSite.clustered([Samples.shared, Samples.bar])
    var lost = Samples.cluster
    lost.contact = .lost
    site.board.apply(.cluster(lost))
    site.board.apply(.stale(true))
    return site
  }

  @Test(
    "Nothing is confirmed and no report counts",
    arguments: [
      "/status?format=json", "/api/v1/upstreams", "/api/v1/upstreams/shared",
      "/api/v1/upstreams/shared/peers/127.0.0.1:1", "/api/v1/upstreams/shared/peers/127.0.0.1:2",
      "/api/v1/upstreams/shared/peers/127.0.0.1:3",
    ])
  func json(_ target: String) async {
    let site = TestSite.clustered([Samples.shared, Samples.bar])
    let before = await site.get(target).text
    #expect(before.contains(#""evidence":"confirmed""#) && before.contains(#""stale":false"#))
    let text = await Self.stale().get(target).text
    #expect(text.contains(#""stale":true"#) && text.contains(#""evidence":"stale""#))
    #expect(!text.contains(#""evidence":"confirmed""#) && !text.contains(#""counts":true"#))
  }

  @Test("One upstream stands alike in the list and alone, before, while and after it is stale")
  func alike() async {
    let site = TestSite.clustered()
    for isStale in [false, true, false] {
      site.board.apply(.stale(isStale))
      let rest = #","lease":"1795000000002:b:run-b:31","stale":\#(isStale)}"#
      let one = await site.get("/api/v1/upstreams/shared").text
      #expect(one.hasSuffix(rest))
      #expect(await site.get("/api/v1/upstreams").text.contains(one.dropLast(rest.utf8.count)))
      #expect(await site.get("/status?format=json").text == site.get("/api/v1/upstreams").text)
      #expect(one.contains(#""evidence":"confirmed""#) == !isStale)
    }
  }

  @Test("Metrics: stale, and no vote")
  func metrics() async {
    let text = await Self.stale().get("/metrics").text
    #expect(text.contains("\nquorate_stale 1\n"))
    let votes = text.split(separator: "\n").filter { $0.hasPrefix("quorate_peer_votes{") }
    #expect(votes.count == 6 && votes.allSatisfy { $0.hasSuffix(" 0") })
    #expect(text.contains(#"quorate_peer_up{upstream="shared",peer="127.0.0.1:1",role="primary"} 1"#))
  }

  @Test("lua-resty's pages, the nodes and readiness", arguments: ["/status", "/status?format=prometheus"])
  func unchanged(_ target: String) async {
    #expect(
      await Self.stale().get(target).text
        == TestSite.clustered([Samples.shared, Samples.bar]).get(target).text)
    #expect(await Self.stale().get("/api/v1/nodes").text.contains(#""contact":"lost""#))
    #expect(await Self.stale().get("/api/v1/nodes").text.contains(#""stale":true"#))
    #expect(await Self.stale().get("/readyz").text.contains(#""stale":true"#))
  }

  @Test("The page: a bar outside of what scrolls, no confirmed row, no vote that counts, title and icon")
  func page() async {
    let site = Self.stale()
    for target in ["/", "/?show=problems", "/?q=127", "/?upstream=shared"] {
      let page = await site.get(target).text
      let bar = ClusterPageTests.part(page, from: "<div class=\"bars\">", to: "</header>")
      #expect(bar.contains("Redis cannot be reached"), "\(target)")
      #expect(page.contains("<main id=\"page\"") && page.contains(" class=\"stale\">\n"))
      #expect(!page.contains(">confirmed</span>") && !page.contains("Decided by fresh votes"))
      #expect(page.ranges(of: "class=\"vote ").count == page.ranges(of: " idle\" title=").count)
      #expect(page.contains("<title>stale, 1 taken out · a · Quorate</title>"))
      #expect(page.contains("href=\"\(site.site.assets.staleIcon)\""))
    }
    let rows = await site.get("/?upstream=shared").text
    #expect(rows.ranges(of: "evidence stale\"><span title=\"Redis cannot be reached").count == 3)
    #expect(
      rows.contains("b: down, L4CON connection refused, 3 failures in a row, does not count: Redis cannot"))
    site.board.apply(.stale(false))
    let back = await site.get("/?upstream=shared").text
    #expect(!back.contains("Redis cannot be reached") && !back.contains(" class=\"stale\">"))
    #expect(back.contains(">confirmed</span>"))
  }

  @Test("Only what this node itself sees is a problem of its own; that all is stale is said once")
  func problems() async {
    let site = TestSite([Samples.large("l", 1000)])
    site.board.apply(.stale(true))
    #expect(await site.get("/?show=problems").text.contains("No problems"))
    var view = Samples.large("l", 3)
    view.peers[1].report = Report(state: .down, nok: 3, code: "L4CON")
    site.board.apply(.upstream(view))
    #expect(await site.get("/?show=problems").text.contains("1 problem<"))
  }

  @Test("Readers of events are told when it begins and when it is over, and keep their place")
  func events() async throws {
    let site = TestSite()
    let pen = EventPen(site.ledger)
    try await pen.write(2, on: site.board)
    try await withServer(site.site) { port in
      for target in ["/events", "/events?upstream=foo.com&after=2"] {
        try await withConnection(to: port) { connection in
          try await connection.send(EventHttpTests.request(target))
          _ = try await connection.read(until: target == "/events" ? "standing" : "retry")
          site.board.apply(.stale(true))
          let begun = try await connection.read(until: "}")
          #expect(begun.contains("event: stale\ndata: {\"stale\":true}\n\n"), "\(begun)")
          #expect(!begun.contains("id: "))
          // Whoever comes meanwhile hears of it first.
          try await withConnection(to: port) { late in
            try await late.send(EventHttpTests.request(target))
            _ = try await late.read(until: "{\"stale\":true}")
          }
          site.board.apply(.stale(false))
          #expect(try await connection.read(until: "}").contains("{\"stale\":false}"))
        }
      }
    }
  }
}
