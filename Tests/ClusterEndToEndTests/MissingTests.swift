import Backends
import Health
import Ledger
import RedisLedger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// A node that ended without leaving.
  @Suite(.serialized) struct MissingTests {
    private static let names = ["a", "b", "c"]

    private static func shows(_ node: QuorateServer, _ path: String, _ part: String) async throws -> Bool {
      try await HttpClient.get(path, port: node.port, within: .seconds(30)) { $0.body.contains(part) }.body
        .contains(part)
    }

    @Test func whoIsKilledIsMissedUntilItIsForgotten() async throws {
      let backend = try Backend(.ok)
      defer { backend.stop() }
      let cluster = try await TestCluster()
      let settings = TestCluster.upstream([backend.peer])
      for name in Self.names { try await cluster.start(name, settings) }
      #expect(try await cluster.areProbed([backend.peer], by: 3, of: Self.names))
      let a = try cluster.node("a")

      try await cluster.kill("c")
      for node in cluster.nodes {
        #expect(try await Self.shows(node, "/metrics", "quorate_nodes{state=\"missing\"} 1"))
        #expect(try await Self.shows(node, "/", "<b>2 of 3 nodes: only both together take a peer down.</b>"))
        try await node.logged("node c is missing")
      }
      try await cluster.kill("b")
      #expect(try await Self.shows(a, "/metrics", "quorate_nodes{state=\"missing\"} 2"))
      #expect(try await Self.shows(a, "/metrics", "quorate_vote_alone{upstream=\"foo.com\"} 1"))
      #expect(try await Self.shows(a, "/", "<b>1 of 3 nodes: its vote alone decides.</b>"))
      #expect(
        try await Self.shows(a, "/api/v1/nodes", "\"sentence\":\"1 of 3 nodes: its vote alone decides\""))
      #expect(
        try await Self.shows(
          a, "/api/v1/upstreams", "\"assigned\":1,\"down\":0,\"needed\":1,\"up\":1,\"wanted\":3"))
      let place = ["--redis", "unix://\(cluster.redis.socket)", "--namespace", TestCluster.namespace]
      // The ledger has it with the next heartbeat.
      #expect(
        try await eventually {
          let nodes = try await QuorateServer.run(["nodes"] + place).output
          return nodes.contains("1 of 3 nodes: its vote alone decides.")
        })

      // Redis loses all, and the last one starts again.
      _ = try await cluster.command("FLUSHALL")
      #expect(try await eventually { try await cluster.store.missing().map(\.node) == ["b", "c"] })
      await a.end()
      let next = try await cluster.start("a", settings)
      #expect(try await Self.shows(next, "/metrics", "quorate_nodes{state=\"missing\"} 2"))

      // One comes back, and one is forgotten.
      try await cluster.start("b", settings)
      #expect(try await Self.shows(next, "/metrics", "quorate_nodes{state=\"missing\"} 1"))
      let forgotten = try await QuorateServer.run(["node", "forget", "c"] + place)
      #expect(forgotten.end == .exit(0) && forgotten.output.hasPrefix("forgotten: c, run "), "\(forgotten)")
      for node in cluster.nodes {
        #expect(try await Self.shows(node, "/metrics", "quorate_nodes{state=\"missing\"} 0"))
        #expect(try await Self.shows(node, "/metrics", "quorate_vote_alone{upstream=\"foo.com\"} 0"))
      }
      await cluster.end()
    }

    /// One after the other is told to end and starts again: nobody is ever missed.
    @Test func aRollingRestartRaisesNoAlarm() async throws {
      let backend = try Backend(.ok)
      defer { backend.stop() }
      let cluster = try await TestCluster()
      let settings = TestCluster.upstream([backend.peer])
      for name in Self.names { try await cluster.start(name, settings) }
      #expect(try await cluster.areProbed([backend.peer], by: 3, of: Self.names))
      var logs = ""
      for name in Self.names {
        let node = try cluster.node(name)
        await node.end()
        logs += node.log
        try await cluster.start(name, settings)
        #expect(try await cluster.areProbed([backend.peer], by: 3, of: Self.names))
        #expect(try await cluster.store.missing() == [])
      }
      #expect(!(logs + cluster.logs).contains("is missing"))
      await cluster.end()
    }
  }
}
