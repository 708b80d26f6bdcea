import Health
import Reading
import Testing

@testable import Web

@Suite("What this node's probes come to, in /metrics")
struct ProbeMetricsTests {
  private static func group(_ upstream: String, check: String = "", outcomes: [Outcome]) throws
    -> ProbeStatistics.Group
  {
    var tally = ProbeTally()
    for outcome in outcomes { tally.add(outcome) }
    return ProbeStatistics.Group(
      upstream: try #require(UpstreamName(upstream)), check: check, kind: .https, tally: tally, inFlight: 2)
  }

  private static func statistics(_ groups: [ProbeStatistics.Group]) -> ProbeStatistics {
    var lateness = PhaseHistogram()
    lateness.add(us: 300)
    return ProbeStatistics(groups: groups, lateness: lateness, watched: 3, sockets: 4, pauses: 1)
  }

  private static let outcomes = [
    Outcome(.success, phases: Phases(connect: 200, handshake: 900, firstByte: 1200, total: 1300)),
    Outcome(.success, phases: Phases(connect: 250, handshake: 1001, firstByte: 3000, total: 6_000_000)),
    Outcome(.failure(.connectRefused), phases: Phases(total: 100)),
    Outcome(.local(.noPort), phases: Phases(total: 50)),
  ]

  @Test("Counts by code, and cumulative buckets in seconds")
  func samples() throws {
    let groups = [
      try Self.group("shop", outcomes: Self.outcomes), try Self.group("api", check: "port", outcomes: []),
    ]
    let page = String(decoding: ProbeMetrics.render(Self.statistics(groups)), as: UTF8.self)
    let lines = Set(page.split(separator: "\n").map(String.init))
    for line in [
      #"quorate_probes_total{upstream="shop",check="",type="https",code="OK"} 2"#,
      #"quorate_probes_total{upstream="shop",check="",type="https",code="L4CON"} 1"#,
      #"quorate_probes_total{upstream="shop",check="",type="https",code="LOCPORT"} 1"#,
      #"quorate_probes_in_flight{upstream="api",check="port"} 2"#,
      #"quorate_probe_local_errors_total{code="LOCPORT"} 1"#,
      #"quorate_probe_local_errors_total{code="LOCFD"} 0"#,
      "quorate_probed_peers 3", "quorate_probe_sockets 4", "quorate_probe_pauses_total 1",
      #"quorate_probe_lateness_seconds_bucket{le="0.00025"} 0"#,
      #"quorate_probe_lateness_seconds_bucket{le="0.0005"} 1"#,
      "quorate_probe_lateness_seconds_sum 0.0003", "quorate_probe_lateness_seconds_count 1",
      // A bound belongs to its bucket.
      #"quorate_probe_connect_seconds_bucket{upstream="shop",check="",le="0.00025"} 2"#,
      #"quorate_probe_connect_seconds_count{upstream="shop",check=""} 2"#,
      #"quorate_probe_handshake_seconds_bucket{upstream="shop",check="",le="0.001"} 1"#,
      #"quorate_probe_handshake_seconds_bucket{upstream="shop",check="",le="0.0025"} 2"#,
      // What failed took its time, too; what could not be asked took nobody's.
      #"quorate_probe_duration_seconds_bucket{upstream="shop",check="",le="2.5"} 2"#,
      #"quorate_probe_duration_seconds_bucket{upstream="shop",check="",le="+Inf"} 3"#,
      #"quorate_probe_duration_seconds_sum{upstream="shop",check=""} 6.0014"#,
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    #expect(!page.contains("quorate_probe_connect_seconds_count{upstream=\"api\""))
  }

  @Test("Of very many checks the histograms are of all together, and the counts of each")
  func many() throws {
    let groups = try (0..<ProbeMetrics.mostHistograms + 1).map {
      try Self.group("u\($0)", outcomes: Array(Self.outcomes.prefix(1)))
    }
    let page = String(decoding: ProbeMetrics.render(Self.statistics(groups)), as: UTF8.self)
    #expect(page.contains("\nquorate_probe_connect_seconds_count 501\n"))
    #expect(!page.contains("quorate_probe_connect_seconds_count{"))
    #expect(page.contains(#"quorate_probes_total{upstream="u500",check="",type="https",code="OK"} 1"#))
  }

  @Test("They stand behind what the board says, and are never kept")
  func served() async throws {
    let groups = [try Self.group("shop", outcomes: Self.outcomes)]
    let site = TestSite(probes: { Self.statistics(groups) })
    let answer = await site.get("/metrics")
    #expect(answer.text.contains("quorate_info{") && answer.text.contains("quorate_probed_peers 3\n"))
    #expect(answer.header("ETag") == nil && answer.header("Cache-Control") == "no-store")
  }
}
