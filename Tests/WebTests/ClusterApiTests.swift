import Health
import Ledger
import NIOCore
import Reading
import Testing

@testable import Web

@Suite("The cluster in the API")
struct ClusterApiTests {
  struct Nodes: Decodable {
    struct Node: Decodable {
      struct Leads: Decodable {
        var count: Int
        var names: [String]
      }
      var node: String
      var run: String
      var live: Bool
      var warm: Bool
      var leaving: Bool
      var beat: UInt64
      var heartbeatAt: String
      var heartbeatAtMs: Int64
      var ageMs: Int64
      var address: String?
      var version: String?
      var upstreams: Int?
      var leads: Leads
      var probes: Int
      var drift: [String]

      enum CodingKeys: String, CodingKey {
        case node, run, live, warm, leaving, beat, address, version, upstreams, leads, probes, drift
        case heartbeatAt = "heartbeat_at"
        case heartbeatAtMs = "heartbeat_at_ms"
        case ageMs = "age_ms"
      }
    }
    var contact: String?
    var node: String
    var nodes: [Node]
    var stale: Bool
  }

  static func nodes(_ site: TestSite) async throws -> Nodes {
    try JsonText.decode(Nodes.self, from: await site.get("/api/v1/nodes").text)
  }

  @Test("Every node with its heartbeat, what it leads and probes, and where it drifts")
  func nodes() async throws {
    let answer = try await Self.nodes(.clustered())
    #expect(answer.contact == "steady" && answer.node == "a" && !answer.stale)
    #expect(answer.nodes.map(\.node) == ["a", "b", "c", "d", "e"])
    #expect(answer.nodes.map(\.live) == [true, true, false, false, true])
    #expect(answer.nodes.map(\.warm) == [true, true, true, true, false])
    #expect(answer.nodes.map(\.leaving) == [false, false, true, false, false])
    #expect(answer.nodes.map(\.ageMs) == [0, 400, 0, 9000, 0])
    #expect(
      answer.nodes.allSatisfy { $0.heartbeatAt == Instant(ms: $0.heartbeatAtMs).rfc3339 && $0.beat == 7 })
    #expect(answer.nodes.map(\.leads.names) == [[], ["shared"], [], [], []])
    #expect(answer.nodes.map(\.leads.count) == [0, 1, 0, 0, 0])
    #expect(answer.nodes.map(\.probes) == [2, 2, 0, 0, 2])
    #expect(answer.nodes.map(\.drift) == [[], ["shared"], [], [], []])
    #expect(answer.nodes.map(\.upstreams) == [1, 2, 1, nil, 1])
    #expect(answer.nodes.map(\.version) == ["1.2.3", "1.2.3", "1.2.3", nil, "1.2.3"])
    #expect(answer.nodes[0].address == "10.0.0.1:8080" && answer.nodes[0].run == "run-a")
  }

  @Test("A node that knows of no other says so")
  func alone() async throws {
    let site = TestSite()
    #expect(
      await site.get("/api/v1/nodes").text
        == #"{"contact":null,"leaderless":[],"missing":0,"node":"a","nodes":[],"sentence":null,"stale":false,"#
        + #""trouble":[],"weak":[]}"#
    )
    site.board.apply(.cluster(ClusterView(contact: .alone, nodes: [])))
    #expect(try await Self.nodes(site).contact == "alone")
    site.board.apply(.cluster(ClusterView(contact: .lost, nodes: [])))
    site.board.apply(.stale(true))
    let lost = try await Self.nodes(site)
    #expect(lost.contact == "lost" && lost.stale)
  }

  struct Upstream: Decodable {
    var digest: String?
    var drift: [String]
    var leader: String?
    var lease: String?
    var seq: UInt64?
    var term: UInt64?
    var stale: Bool
  }

  @Test("Who leads an upstream, at which term, and who drifts")
  func upstream() async throws {
    let site = TestSite.clustered()
    func read() async throws -> Upstream {
      try JsonText.decode(Upstream.self, from: await site.get("/api/v1/upstreams/shared").text)
    }
    let led = try await read()
    #expect(led.leader == "b" && led.term == 1_795_000_000_002 && led.lease == "1795000000002:b:run-b:31")
    #expect(led.digest == "d" && led.drift == ["b"] && led.seq == 12 && !led.stale)

    var leaderless = Samples.shared
    leaderless.lease = nil
    site.board.apply(.upstream(leaderless))
    site.board.apply(.stale(true))
    let held = try await read()
    #expect(held.leader == nil && held.lease == nil && held.term == Samples.head.term && held.stale)
  }

  struct Peer: Decodable {
    struct Report: Decodable {
      var node: String
      var assigned: Bool
      var counts: Bool
      var standing: String
      var state: String?
      var code: String?
      var nok: Int?
      var late: Bool?
      var at: String?
    }
    var upstream: String
    var leader: String?
    var reports: [Report]
    var override: Override?
    var votes: Votes?
  }

  @Test("Who says what of a peer, and whether it counts")
  func peers() async throws {
    let site = TestSite.clustered()
    func read(_ peer: String) async throws -> Peer {
      try JsonText.decode(Peer.self, from: await site.get("/api/v1/upstreams/shared/peers/\(peer)").text)
    }
    let first = try await read("127.0.0.1:1")
    #expect(first.upstream == "shared" && first.leader == "b" && first.votes?.up == 2)
    #expect(first.reports.map(\.node) == ["a", "b", "d"])
    #expect(first.reports.map(\.state) == ["up", "down", "up"])
    #expect(first.reports.map(\.assigned) == [true, true, false])
    #expect(first.reports.map(\.counts) == [true, true, false])
    #expect(first.reports.map(\.standing) == ["counts", "counts", "silent"])
    #expect(first.reports[1].code == "L4CON" && first.reports[1].nok == 3)
    #expect(first.reports[1].at == Instant(ms: 1_795_000_050_000).rfc3339)
    let second = try await read("127.0.0.1:2")
    #expect(second.reports.map(\.node) == ["b", "e"])
    #expect(second.reports.map(\.counts) == [true, false])
    #expect(second.reports.map(\.standing) == ["counts", "late"])
    #expect(second.reports[1].late == true)
    let third = try await read("127.0.0.1:3")
    #expect(third.reports.map(\.state) == ["up", nil])
    #expect(third.override?.by == "kim" && third.override?.why == "a new kernel")
  }

  @Test("Only the nodes change: pages that show them are made anew, the others stay")
  func caches() async throws {
    let site = TestSite.clustered()
    var tags: [String: String] = [:]
    let targets = [
      "/", "/api/v1/nodes", "/api/v1/upstreams", "/status", "/status?format=prometheus",
    ]
    for target in targets { tags[target] = await site.get(target).header("ETag") }
    let single = await site.get("/api/v1/upstreams/shared").text
    var cluster = Samples.cluster
    cluster.nodes[1].nodeInfo?.upstreams["shared"] = "d"
    site.board.apply(.cluster(cluster))
    for target in targets {
      let isSame = await site.get(target).header("ETag") == tags[target]
      #expect(isSame == target.hasPrefix("/status"), "\(target)")
    }
    #expect(await site.get("/api/v1/upstreams/shared").text != single)
    #expect(try await Self.nodes(site).nodes[1].drift.isEmpty)
  }

  @Test("Only what others report changes: the votes do")
  func votes() async throws {
    let site = TestSite.clustered()
    let targets = ["/", "/status", "/api/v1/upstreams"]
    var tags: [String: String] = [:]
    for target in targets { tags[target] = await site.get(target).header("ETag") }
    var view = Samples.shared
    view.reportsByNode["b"]?.reports[PeerName("127.0.0.1:2")] = Report(state: .down, nok: 5, code: "L7TOUT")
    site.board.apply(.upstream(view))
    for target in targets {
      let isSame = await site.get(target).header("ETag") == tags[target]
      // The list of upstreams shows what is decided, and nobody has decided anything.
      #expect(isSame == (target != "/"), "\(target)")
    }
    #expect(
      await site.get("/metrics").text.contains(
        #"quorate_peer_votes{upstream="shared",peer="127.0.0.1:2",vote="down"} 1"#))
  }
}
