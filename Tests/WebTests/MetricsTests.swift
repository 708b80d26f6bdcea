import Health
import Ledger
import Reading
import Testing

@testable import Web

@Suite("Metrics")
struct MetricsTests {
  static func page(_ upstreams: [UpstreamView], cluster: ClusterView? = nil) -> String {
    let board = Samples.board(upstreams)
    if let cluster { board.apply(.cluster(cluster)) }
    return String(
      decoding: Metrics.render(board.current, node: "a", version: "1"), as: UTF8.self)
  }

  @Test("What is known of the cluster, upstreams and peers")
  func samples() {
    let lines = Set(
      Self.page([Samples.shared, Samples.bar], cluster: Samples.cluster).split(separator: "\n"))
    for line in [
      #"quorate_info{node="a",version="1"} 1"#, "quorate_stale 0",
      #"quorate_contact{state="steady"} 1"#, #"quorate_contact{state="lost"} 0"#,
      #"quorate_nodes{state="warm"} 2"#, #"quorate_nodes{state="cold"} 1"#,
      #"quorate_nodes{state="leaving"} 1"#, #"quorate_nodes{state="silent"} 1"#,
      #"quorate_node_heartbeat_lag_seconds{node="b"} 0.400"#,
      #"quorate_node_heartbeat_lag_seconds{node="d"} 9.000"#,
      #"quorate_node_leads{node="b"} 1"#, #"quorate_node_probes{node="e"} 2"#,
      #"quorate_node_drift{node="b"} 1"#, #"quorate_node_drift{node="a"} 0"#,
      #"quorate_leader{upstream="shared"} 0"#, #"quorate_leaderless{upstream="shared"} 0"#,
      #"quorate_events_total{upstream="shared"} 12"#,
      #"quorate_last_commit_timestamp_seconds{upstream="shared"} 1795000000.500"#,
      #"quorate_drifting_nodes{upstream="shared"} 1"#,
      #"quorate_peer_up{upstream="shared",peer="127.0.0.1:1",role="primary"} 1"#,
      #"quorate_peer_up{upstream="shared",peer="127.0.0.1:3",role="primary"} 0"#,
      #"quorate_peer_up{upstream="bar.com",peer="127.0.0.1:1",role="primary"} 1"#,
      #"quorate_peer_votes{upstream="shared",peer="127.0.0.1:1",vote="up"} 1"#,
      #"quorate_peer_votes{upstream="shared",peer="127.0.0.1:1",vote="down"} 1"#,
      #"quorate_peer_votes{upstream="shared",peer="127.0.0.1:2",vote="up"} 1"#,
      #"quorate_upstream_peers{upstream="shared",state="up"} 2"#,
      #"quorate_upstream_peers{upstream="shared",state="out"} 1"#,
      #"quorate_peer_override{upstream="shared",peer="127.0.0.1:3",state="drain"} 1"#,
    ] {
      #expect(lines.contains(Substring(line)), "\(line)")
    }
    #expect(!lines.contains { $0.hasPrefix("quorate_peer_votes{upstream=\"bar.com\"") })
    #expect(!lines.contains { $0.hasPrefix("quorate_leader{upstream=\"bar.com\"") })
  }

  @Test("Each family has its help and type once, right before its samples, and no sample stands twice")
  func format() {
    let lines = Self.page([Samples.shared, Samples.foo], cluster: Samples.cluster).split(separator: "\n")
    var family = ""
    var seen: Set<Substring> = []
    for (place, line) in lines.enumerated() {
      let words = line.split(separator: " ")
      if line.hasPrefix("# HELP ") {
        family = String(words[2])
        let isNew = seen.insert(words[2]).inserted
        #expect(isNew, "\(line)")
        #expect(words.count > 3)
      } else if line.hasPrefix("# TYPE ") {
        #expect(String(words[2]) == family && lines[place - 1].hasPrefix("# HELP"))
        #expect(["gauge", "counter"].contains(words[3]))
        #expect((words[3] == "counter") == family.hasSuffix("_total"))
      } else {
        let name = line.prefix { $0 != "{" && $0 != " " }
        #expect(name == family, "\(line)")
        #expect(words.last.flatMap { Double($0) } != nil, "\(line)")
        let isNew = seen.insert(line.prefix(line.count - (words.last?.count ?? 0))).inserted
        #expect(isNew, "\(line)")
      }
    }
    #expect(family == "quorate_peer_override")
  }

  @Test("A peer's name stays within its label")
  func hostile() {
    let page = Self.page([Samples.upstream("u", [Samples.record("unix:/a\"} 1\nevil 1\\")])])
    #expect(page.contains(#"peer="unix:/a\"} 1\nevil 1\\",role="primary"} 1"#))
    #expect(!page.contains("\nevil"))
  }

  @Test("lua-resty's page has lua-resty's metric alone")
  func apart() async {
    let site = TestSite.clustered()
    #expect(await !site.get("/status?format=prometheus").text.contains("quorate_"))
    #expect(await !site.get("/metrics").text.contains("nginx_upstream_status_info"))
  }
}
