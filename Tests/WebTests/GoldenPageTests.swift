import FoundationEssentials
import Health
import Ledger
import Testing

@testable import Web

/// Whole pages of several upstreams, byte for byte: whoever changes how pages are written sees what readers get.
///
/// The files in `Pages` are what is expected; with QUORATE_WRITE_PAGES=1 they are written anew.
@Suite struct GoldenPageTests {
  private static let folder =
    String(#filePath.dropLast("GoldenPageTests.swift".count)) + "Pages"

  @Test(arguments: [
    ("overview", "/"), ("problems", "/?show=problems"), ("search", "/?q=127%3C"),
    ("upstream", "/?upstream=shared"), ("fragment", "/?upstream=big&page=3&fragment=1"),
  ])
  func pageIsWhatItWas(name: String, target: String) async throws {
    let text = await Self.site.get(target).text
    // The names of assets change with their content, which is not what is looked at here.
    let page = Self.assets.reduce(text) { $0.replacing($1.file, with: $1.name) }
    let path = "\(Self.folder)/\(name).html"
    if ProcessInfo.processInfo.environment["QUORATE_WRITE_PAGES"] == "1" {
      try Data(page.utf8).write(to: URL(filePath: path))
    }
    let expected = try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    let isSame = page == expected
    #expect(isSame, "\(path) is another page:\n\(Self.firstDifference(page, expected))")
  }

  private static func firstDifference(_ page: String, _ expected: String) -> String {
    let place = zip(page.utf8, expected.utf8).prefix { $0 == $1 }.reduce(0) { count, _ in count + 1 }
    func around(_ text: String) -> String {
      String(decoding: text.utf8.dropFirst(max(0, place - 80)).prefix(160), as: UTF8.self)
    }
    return "is:  \(around(page))\nwas: \(around(expected))"
  }

  private static let assets: [(name: String, file: String)] = {
    let assets = Assets()
    return [
      ("STYLE", assets.style), ("SCRIPT", assets.script), ("CLOCK", assets.clock), ("ICON", assets.icon),
      ("ALARM", assets.alarmIcon), ("STALE", assets.staleIcon), ("STALE-ALARM", assets.staleAlarmIcon),
    ]
  }()

  /// Everything that a page can show: names and words that would do harm, an upstream of some size, one that cannot be
  /// read, one that nobody checks, a missing node, trouble.
  private static let site: TestSite = {
    let hostile = Samples.upstream(
      "hostile", [Samples.record(Samples.hostile, .backup, .down, evidence: .stale, reason: Samples.hostile)],
      reports: [
        Report(
          state: .down, nok: 3, code: Samples.hostile, detail: Samples.hostile, micros: 1_234_567, atMs: 1)
      ])
    var unread = Samples.upstream("unread", [Samples.record("[::1]:8080", evidence: .assumed)])
    unread.trouble = UpstreamTrouble(
      LedgerFault(.deadline, "no <answer> came"), sinceMs: TestSite.nowMs - 5000)
    let site = TestSite([
      Samples.shared, Samples.foo, Samples.bar, hostile, unread, Samples.large("big", 1100, downEvery: 90),
    ])
    var cluster = Samples.cluster
    cluster.missing = [Samples.node("gone", isLive: false, behindMs: 240_000)]
    cluster.troubles = [
      LedgerTrouble(
        .channels, LedgerFault(.noPermission, "no & permission"), sinceMs: TestSite.nowMs - 65_000)
    ]
    site.board.apply(.cluster(cluster))
    return site
  }()
}
