import Backends
import Glibc
import Health
import Ledger
import Redis
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// A Redis that does not answer for a moment, and nodes that have just reached it.
  @Suite(.serialized) struct PauseTests {
    private static let names = ["a", "b", "c"]

    /// With other times than the other tests: those of the settings' defaults, or what a test is about.
    private static func start(
      _ name: String, _ peers: [String], _ times: String = "", in cluster: TestCluster
    ) async throws -> QuorateServer {
      let file = try cluster.folder.write(
        "\(name).yaml",
        """
        namespace: \(TestCluster.namespace)
        node: \(name)
        listen: 127.0.0.1:0
        redis: unix://\(cluster.redis.socket)
        \(times)
        \(TestCluster.upstream(peers))
        """)
      return try await QuorateServer(["--config", file])
    }

    /// A pause as that of a large server that forks, each 5.9 s: a heartbeat without an answer in each. All that is awaited
    /// is that the decision comes before the pauses are over.
    @Test func aRedisThatStandsStillNowAndThenStopsNothing() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await TestCluster()
      let peers = backends.map(\.peer)
      var nodes: [QuorateServer] = []
      for name in Self.names { nodes.append(try await Self.start(name, peers, in: cluster)) }
      #expect(try await cluster.areProbed(peers, by: 3, of: Self.names))
      #expect(await cluster.feed.first { $0.status.count == 3 })
      var isDecided = false
      for round in 0..<8 where !isDecided {
        _ = try await cluster.command("CLIENT", "PAUSE", "1900", "ALL")
        if round == 2 { await backends[1].behave(.refusing) }
        isDecided = await cluster.feed.first(within: .milliseconds(5900)) { !$0.transitions.isEmpty }
      }
      #expect(isDecided, "\(nodes.map { $0.log.suffix(1500) })")
      #expect(cluster.feed.now.transitions.map(\.peer.text) == [peers[1]])
      // The pauses were long enough to be noticed.
      #expect(nodes.contains { $0.log.contains("no contact with the ledger") })
      for node in nodes { await node.end() }
    }

    /// The leader is killed and starts again at once. It would take its lease back, and decide nothing for a minute.
    @Test func whoHasJustStartedHoldsUpNobody() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await TestCluster()
      let peers = backends.map(\.peer)
      let times = "heartbeat: 200ms\nlease: 2s\nmember_expiry: 10s"
      var nodes: [String: QuorateServer] = [:]
      for name in Self.names { nodes[name] = try await Self.start(name, peers, times, in: cluster) }
      #expect(try await cluster.areProbed(peers, by: 3, of: Self.names))
      #expect(await cluster.feed.first { $0.status.count == 3 })
      let old = try await cluster.leader { _ in true }
      _ = await nodes[old]?.process.stop(with: SIGKILL)
      nodes[old] = try await Self.start(old, peers, times, in: cluster)
      await backends[0].behave(.refusing)
      #expect(await cluster.feed.first { !$0.transitions.isEmpty })
      let decided = cluster.feed.now.events.first { event in
        if case .transition = event.change { true } else { false }
      }
      #expect(decided.map { $0.leader != old } == true, "\(nodes.values.map { $0.log.suffix(1500) })")
      for node in nodes.values { await node.end() }
    }
  }
}
