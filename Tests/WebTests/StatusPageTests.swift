import Health
import Ledger
import Testing

@testable import Web

@Suite("The page for people")
struct StatusPageTests {
  static func page(_ upstreams: [UpstreamView], _ kind: PageView.Kind = .overview, stale: Bool = false)
    -> String
  {
    let board = Samples.board(upstreams)
    board.apply(.stale(stale))
    let page = StatusPage(
      view: PageView(kind), state: board.current, identity: Site.Identity(node: "n<1>", version: "0"),
      assets: Assets())
    return String(decoding: page.render(), as: UTF8.self)
  }

  static func rows(_ page: String) -> Int {
    page.ranges(of: "<tr role=\"row\" class=").count
  }

  @Test(
    "The sentence at the top",
    arguments: [
      ([], false, "No peers are configured"),
      ([Samples.foo, Samples.bar], false, "1 of 4 peers is down"),
      ([Samples.large("l", 3)], false, "All 3 peers are up"),
      ([Samples.large("l", 1)], true, "The only peer is up"),
      ([Samples.large("l", 4, downEvery: 2)], false, "2 of 4 peers are down"),
      ([Samples.large("l", 2, downEvery: 1)], false, "l has no peer left"),
      ([Samples.large("l", 3), Samples.bar], false, "All 3 checked peers are up"),
      ([Samples.bar], false, "1 peer, none of them checked"),
    ] as [([UpstreamView], Bool, String)])
  func verdict(_ upstreams: [UpstreamView], _ stale: Bool, _ sentence: String) {
    let page = Self.page(upstreams, stale: stale)
    #expect(page.contains("<h1>\(sentence)</h1>"))
    #expect(page.contains("notice stale") == stale)
  }

  @Test("Every peer of small upstreams, the down ones on top as well")
  func rows() {
    let page = Self.page([Samples.foo, Samples.bar])
    #expect(Self.rows(page) == 5)
    #expect(page.contains(">DOWN</span>"))
    #expect(page.contains("no checker: shown as configured"))
    #expect(page.contains("http every 1 s · timeout 1 s · fall 5 · rise 2"))
    #expect(page.contains("n&lt;1&gt;"))
  }

  @Test("Nothing from outside becomes markup, in any view")
  func hostile() {
    let report = Report(state: .down, nok: 3, code: Samples.hostile, detail: Samples.hostile, micros: 900)
    let view = Samples.upstream(
      "evil", checker: Checker(kind: .tcp), head: Head(term: 1, run: "", leader: Samples.hostile, seq: 1),
      [Samples.record(Samples.hostile, .backup, .down, reason: Samples.hostile)], reports: [report])
    let search = PageView.Kind.search(Samples.hostile)
    for kind in [.overview, .problems, search, .search("x"), .upstream(view.name, page: 1)] as [PageView.Kind]
    {
      let page = Self.page([view], kind)
      #expect(!page.contains("<script>"))
      #expect(!page.contains("alert('x')"))
      #expect(page.ranges(of: "<script").count == 1)
    }
  }

  @Test("10,000 peers: a small page that leads to all of them")
  func large() {
    let big = Samples.large("big", 10_000, downEvery: 500)
    let overview = Self.page([Samples.foo, big])
    #expect(overview.utf8.count < 100_000)
    #expect(overview.contains("<details class=\"card hurt\" data-k=\"big\">"))
    #expect(overview.contains("Show all 10,000 peers"))
    #expect(overview.contains("21 of 10,003 peers are down"))
    let second = Self.page([big], .upstream(big.name, page: 2))
    #expect(Self.rows(second) == StatusPage.perPage)
    #expect(second.contains(">10.0.1.244:80</a>"))
    #expect(second.contains("page=20\""))
    #expect(Self.rows(Self.page([big], .upstream(big.name, page: 99))) == StatusPage.perPage)
    #expect(Self.rows(Self.page([big], .search("10.0.1."))) == 256)
    #expect(Self.page([big], .search("BIG")).contains("10,000 peers match"))
    #expect(Self.rows(Self.page([big], .search("BIG"))) == StatusPage.listed)
    #expect(Self.rows(Self.page([big], .problems)) == 20)
  }

  @Test("Many upstreams: the page stays bounded")
  func manyUpstreams() {
    let upstreams = (0..<500).map { Samples.large("u\($0)", 20) }
    let page = Self.page(upstreams)
    #expect(Self.rows(page) == StatusPage.overviewRows)
    #expect(page.contains("All 10,000 peers are up"))
  }

  @Test("Runs, evidence and what this node saw")
  func cells() {
    var checker = Checker(kind: .http)
    checker.thresholds = Thresholds(fall: 3, rise: 2)
    let page = Self.page([
      Samples.upstream(
        "u", checker: checker,
        [
          Samples.record("failing"), Samples.record("rising", .primary, .down),
          Samples.record("held", evidence: .stale),
          Samples.record("late"),
        ],
        reports: [
          Report(state: .up, nok: 1, code: "L7STS", detail: "500", micros: 1500),
          Report(state: .down, ok: 1, code: "OK"),
          nil, Report(state: .up, ok: 9, code: "OK", micros: 400, late: true),
        ])
    ])
    #expect(page.contains("1 of 3 nok"))
    #expect(page.contains("1 of 2 ok"))
    #expect(page.contains(">9 ok</span>"))
    #expect(page.contains("<span class=\"tag failing\">UP</span>"))
    #expect(page.contains("<span class=\"tag held\">UP</span>"))
    #expect(page.contains("<code class=\"bad\">L7STS</code> <span class=\"detail\" title=\"500\">500</span>"))
    #expect(page.contains("1.5 ms"))
    #expect(page.contains(">late</span>"))
    let problems = Self.page([Samples.foo], .problems)
    #expect(problems.contains("1 problem"))
    #expect(Self.page([Samples.large("l", 2)], .problems).contains("No problems"))
  }

  @Test("The fragment is the page's main part")
  func fragment() async throws {
    let site = TestSite()
    let whole = await site.get("/?show=problems").text
    let part = await site.get("/?show=problems&fragment=1").text
    #expect(part.hasPrefix("<div id=\"bars\">"))
    #expect(part.hasSuffix("</main>\n"))
    let main = try #require(part.firstRange(of: "<main id=\"page\""))
    #expect(whole.contains(part[main.lowerBound...]) && whole.contains(part[..<main.lowerBound]))
  }
}
