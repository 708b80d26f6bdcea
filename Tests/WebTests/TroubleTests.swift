import Health
import Ledger
import Reading
import Testing

@testable import Web

@Suite("Trouble with the ledger")
struct TroubleTests {
  private static let sinceMs = TestSite.nowMs - 60_000
  private static let reason = "no login to Redis: the server answers WRONGPASS to <AUTH>"

  private static func cluster(_ areas: [LedgerTrouble.Area]) -> ClusterView {
    var cluster = Samples.cluster
    cluster.troubles = areas.map { LedgerTrouble($0, LedgerFault(.refused, reason), sinceMs: sinceMs) }
    return cluster
  }

  private static func site(_ areas: [LedgerTrouble.Area]) -> TestSite {
    let site = TestSite.clustered()
    site.board.apply(.cluster(cluster(areas)))
    return site
  }

  private struct Answer: Decodable {
    struct Trouble: Decodable, Equatable {
      var area: String
      var kind: String
      var sentence: String
      var since: String
      var sinceMs: Int64

      private enum CodingKeys: String, CodingKey {
        case area, kind, sentence, since
        case sinceMs = "since_ms"
      }
    }

    var trouble: [Trouble]
  }

  @Test("Programs are told the reason and since when", arguments: ["/readyz", "/api/v1/nodes"])
  func answers(path: String) async throws {
    for areas in [[], [.contact], [.requests, .channels]] as [[LedgerTrouble.Area]] {
      let site = Self.site(areas)
      let answer = try JsonText.decode(Answer.self, from: await site.get(path).text)
      let since = Instant(ms: Self.sinceMs).rfc3339
      #expect(
        answer.trouble
          == areas.map {
            Answer.Trouble(
              area: $0.rawValue, kind: "refused", sentence: Self.reason, since: since, sinceMs: Self.sinceMs)
          })
      #expect(await site.get("/readyz").status == 200)
    }
  }

  @Test("The page says it above all else, as text and not as markup")
  func page() async {
    let quiet = await Self.site([]).get("/").text
    #expect(!quiet.contains("banner trouble"))
    for area in LedgerTrouble.Area.allCases {
      let page = await Self.site([area]).get("/").text
      #expect(page.contains("data-s=\"\(area.rawValue)\""))
      #expect(page.contains("WRONGPASS to &lt;AUTH&gt;") && !page.contains("<AUTH>"))
      #expect(page.contains("<time datetime=\"\(Instant(ms: Self.sinceMs).rfc3339)\">"))
      let banner = page.firstRange(of: "banner trouble")?.lowerBound ?? page.endIndex
      #expect(banner < (page.firstRange(of: "<section class=\"summary\"")?.lowerBound ?? page.startIndex))
    }
  }

  @Test("Metrics have every kind, and 1 at the one that holds")
  func metrics() {
    let lines = Set(
      MetricsTests.page([Samples.shared], cluster: Self.cluster([.contact])).split(separator: "\n"))
    #expect(lines.contains(#"quorate_ledger_trouble{area="contact",kind="refused"} 1"#))
    #expect(
      lines.contains(
        "quorate_ledger_trouble_since_timestamp_seconds{area=\"contact\"} \(Self.sinceMs / 1000).000"))
    for area in LedgerTrouble.Area.allCases {
      for kind in LedgerFault.Kind.allCases where area != .contact || kind != .refused {
        let sample = "quorate_ledger_trouble{area=\"\(area.rawValue)\",kind=\"\(kind.rawValue)\"} 0"
        #expect(lines.contains { $0 == sample }, "\(sample)")
      }
    }
  }

  @Test("What is asked again is counted; what an upstream alone suffers from is told with it")
  func retriesAndUpstreams() {
    var view = Samples.shared
    view.retries = [RetryCount(kind: .commit, total: 7, isBackingOff: true)]
    view.trouble = UpstreamTrouble(LedgerFault(.tooLarge, "the reply is <too> large"), sinceMs: Self.sinceMs)
    let name = view.name.text
    let lines = Set(
      MetricsTests.page([view], cluster: Self.cluster([])).split(separator: "\n").map(String.init))
    for line in [
      "quorate_ledger_retries_total{upstream=\"\(name)\",kind=\"commit\"} 7",
      "quorate_ledger_backing_off{upstream=\"\(name)\",kind=\"commit\"} 1",
      "quorate_ledger_backing_off{upstream=\"\",kind=\"index\"} 0",
      "quorate_upstream_stale{upstream=\"\(name)\"} 1",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    let json = String(decoding: StatusJson.render(view), as: UTF8.self)
    #expect(json.contains(#""trouble":{"kind":"too_large","sentence":"the reply is <too> large","since":""#))
  }
}
