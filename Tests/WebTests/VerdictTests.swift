import Health
import Ledger
import Reading
import Testing

@testable import Web

@Suite("What the page says first")
struct VerdictTests {
  static func peers(_ name: String, up: Int = 0, down: Int = 0, forced: Int = 0, out: Int = 0) -> UpstreamView
  {
    var records: [PeerRecord] = []
    func add(_ count: Int, _ status: PeerState, _ decided: PeerState, _ word: Override.State?) {
      for _ in 0..<count {
        var record = Samples.record("10.0.0.1:\(records.count + 1)", .primary, status)
        record.decided = decided
        record.override = word.map { Override(state: $0, by: "kim", why: "w", atMs: 0, rev: 1) }
        records.append(record)
      }
    }
    add(up, .up, .up, nil)
    add(down, .down, .down, nil)
    add(forced, .up, .down, .up)
    add(out, .down, .up, .drain)
    return Samples.upstream(name, records)
  }

  static let cases:
    [(upstreams: [UpstreamView], headline: String, remark: String, title: String, mood: String)] = [
      ([], "No peers are configured", "", "no peers", "empty"),
      ([peers("u", up: 2)], "All 2 peers are up", "", "all up", "up"),
      ([Samples.bar], "1 peer, none of them checked", "", "nothing checked", "up"),
      ([peers("u", up: 2, down: 1)], "1 of 3 peers is down", "in u", "1 down", "down"),
      (
        [peers("u", up: 2, down: 1), peers("v", up: 1, down: 1)], "2 of 5 peers are down",
        "in 2 of 2 upstreams", "2 down", "down"
      ),
      ([peers("u", up: 1, out: 1)], "1 of 2 peers taken out", "in u", "1 taken out", "out"),
      (
        [peers("u", up: 1, forced: 1)], "1 of 2 peers is forced up against the votes", "in u", "1 forced up",
        "out"
      ),
      (
        [peers("u", up: 1, down: 1, forced: 2, out: 1)], "1 of 5 peers is down",
        "in u · 2 forced up against the votes · 1 taken out", "1 down", "down"
      ),
      // The gravest: nothing is left of an upstream, however small it is beside the others.
      (
        [peers("big", up: 500, down: 9), peers("tiny", down: 1)], "tiny has no peer left",
        "10 of 510 peers are down", "tiny has no peer left", "down"
      ),
      ([peers("u", down: 2)], "u has no peer left", "all 2 peers are down", "u has no peer left", "down"),
      ([peers("u", down: 1)], "u has no peer left", "its only peer is down", "u has no peer left", "down"),
      (
        [peers("u", out: 2), peers("v", up: 1)], "u has no peer left", "2 taken out", "u has no peer left",
        "down"
      ),
      (
        ["a", "b", "c", "d", "e"].map { peers($0, down: 1) }, "5 upstreams have no peer left",
        "a, b, c and 2 more · all 5 peers are down", "5 upstreams without a peer", "down"
      ),
      // An upstream whose only peer is held up by hand still has that one.
      ([peers("u", forced: 1)], "1 of 1 peer is forced up against the votes", "in u", "1 forced up", "out"),
    ]

  @Test(arguments: cases.indices)
  func leads(_ index: Int) {
    let (upstreams, headline, remark, title, mood) = Self.cases[index]
    for isStale in [false, true] {
      let board = Samples.board(upstreams)
      board.apply(.stale(isStale))
      let verdict = Verdict(StatusFacts(board.current, of: "a"))
      #expect(verdict.headline == headline)
      #expect(verdict.remark == remark)
      let isQuiet = ["up", "empty"].contains(mood)
      #expect(verdict.short == (isStale ? isQuiet ? "stale" : "stale, \(title)" : title))
      #expect(verdict.mood == (isStale && ["up", "out"].contains(mood) ? "stale" : mood))
    }
  }

  @Test("The icon follows: fine or not, known or not")
  func icons() async {
    for (upstream, isStale, icon) in [
      (Self.peers("u", up: 1), false, \Assets.icon), (Self.peers("u", up: 1), true, \.staleIcon),
      (Self.peers("u", up: 1, down: 1), false, \.alarmIcon),
      (Self.peers("u", down: 1), true, \.staleAlarmIcon),
      (Self.peers("u", up: 1, out: 1), false, \.icon),
    ] as [(UpstreamView, Bool, KeyPath<Assets, String>)] {
      let site = TestSite([upstream])
      site.board.apply(.stale(isStale))
      let page = await site.get("/").text
      let address = site.site.assets[keyPath: icon]
      #expect(
        page.contains("type=\"image/svg+xml\" href=\"\(address)\"")
          && page.contains("data-icon=\"\(address)\""))
      #expect(await site.get("/\(address)").status == 200)
    }
  }

  @Test("A peer that is held up against its votes has a count and a mark of its own, everywhere")
  func forced() async {
    let site = TestSite([Self.peers("u", up: 1, forced: 2)])
    let page = await site.get("/").text
    #expect(page.contains("<dt>Forced up</dt><dd>2</dd>") && page.contains("<dt>Up</dt><dd>1</dd>"))
    #expect(page.contains(">1 up</span><span class=\"forced\">2 forced up</span>"))
    #expect(page.ranges(of: "<span class=\"tag forced\" title=\"Up by an operator").count == 2)
    #expect(page.ranges(of: ">FORCED</span>").count == 2)
    #expect(page.ranges(of: "<rect class=\"forced\"").count == 2)
    #expect(await site.get("/?show=problems").text.contains("2 problems"))
    #expect(
      await site.get("/status?format=json").text.contains(#""counts":{"down":0,"forced":2,"total":3,"up":3}"#)
    )
    let metrics = await site.get("/metrics").text
    for (state, count) in [("up", 1), ("forced", 2), ("down", 0), ("out", 0)] {
      #expect(metrics.contains("quorate_upstream_peers{upstream=\"u\",state=\"\(state)\"} \(count)\n"))
    }
    // lua-resty's pages know two states.
    #expect(await site.get("/status").text.ranges(of: " UP\n").count == 3)
  }

  /// Held up in vain: its votes say up. Or the word says down, and is followed. Or there is none.
  @Test(arguments: [
    (PeerState.up, PeerState.up, Override.State.up, PeerCondition.up), (.down, .up, .down, .out),
    (.down, .down, .drain, .out), (.up, .down, .auto, .up), (.up, .down, .up, .forced),
  ])
  func forcedAlone(
    _ status: PeerState, _ decided: PeerState, _ word: Override.State, _ condition: PeerCondition
  ) {
    var record = Samples.record("p", .primary, status)
    record.decided = decided
    record.override = Override(state: word, by: "kim", why: "w", atMs: 0, rev: 1)
    for isHeld in [false, true] {
      if isHeld { record.evidence = .stale }
      #expect(PeerCondition(PeerView(record: record), isChecked: true, isHeld: isHeld) == condition)
    }
  }

  @Test("Every link of the page is relative: it works wherever a proxy puts it")
  func relative() async {
    let site = TestSite.clustered([Samples.shared, Samples.large("big", 2000, downEvery: 3), Samples.foo])
    for target in ["/", "/?show=problems", "/?q=1", "/?upstream=big", "/status?format=html"] {
      let page = await site.get(target).text
      for attribute in ["href=\"", "src=\"", "action=\"", "data-icon=\"", "data-clock=\""] {
        for found in page.ranges(of: attribute) {
          let address = page[found.upperBound...].prefix { $0 != "\"" }
          #expect(!address.hasPrefix("/") && !address.contains("://"), "\(target): \(address)")
          #expect(
            ["./", "api/v1/", "assets/", "status", "metrics", "#"].contains { address.hasPrefix($0) },
            "\(address)")
        }
      }
    }
    // What the script fetches and shows, too; "/" is the key that leads to the search.
    let script = PageFiles.script.replacing("event.key !== \"/\"", with: "").replacing(
      PageIcon.gone, with: "")
    #expect(!script.contains("\"/") && !script.contains("`/"))
  }

  @Test("One zone, which is named")
  func zone() async {
    let page = await TestSite.clustered().get("/").text
    #expect(page.contains("<span>All times are UTC.</span>"))
    for time in page.ranges(of: "<time datetime=\"") {
      let element = page[time.upperBound...].prefix { $0 != "/" }
      #expect(element.contains("Z\">") && element.hasSuffix(" UTC<"), "\(element)")
    }
    #expect(!PageFiles.script.contains("toLocale"))
  }
}
