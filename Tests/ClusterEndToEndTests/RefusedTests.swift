import Backends
import Health
import Ledger
import Redis
import RedisLedger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// An ACL takes single rights away from nodes whose heartbeats get through.
  @Suite(.serialized) struct RefusedTests {
    private static let names = ["a", "b", "c"]

    @Test func whatRedisRefusesANodeOthersDo() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let peers = backends.map(\.peer)
      let cluster = try await TestCluster()
      for name in Self.names {
        _ = try await cluster.command("ACL", "SETUSER", name, "on", ">secret", "~*", "&*", "+@all")
        try await cluster.start(
          name, TestCluster.upstream(peers), redis: "unix://\(name):secret@\(cluster.redis.socket)")
      }
      #expect(try await cluster.areProbed(peers, by: 3, of: Self.names))
      let first = try await cluster.leader { _ in true }

      // The leader may keep the lease, and write nothing else of what is decided.
      try await Self.allow(first, ["lease", "reports:*"], of: cluster)
      await backends[0].behave(.refusing)
      #expect(await cluster.feed.first { $0.transitions.count == 1 })
      let second = try await cluster.leader { $0 != first }
      #expect(try await cluster.says(first, refused: ["commits"]))

      // The other one that does not lead may report no more.
      let third = try #require(Self.names.first { $0 != first && $0 != second })
      try await Self.allow(third, ["lease", "head", "status"], of: cluster)
      await backends[1].behave(.refusing)
      #expect(try await cluster.says(third, refused: ["reports"]))
      #expect(await cluster.feed.first { $0.transitions.count == 2 })
      #expect(cluster.feed.now.transitions.last?.votes.assigned == 2)

      for name in [first, third] { _ = try await cluster.command("ACL", "SETUSER", name, "~*") }
      #expect(try await cluster.says(third, refused: []))
      #expect(try await cluster.areProbed(peers, by: 3, of: Self.names))
      await cluster.end()
    }

    /// It may write these keys of the upstream, and read all.
    private static func allow(_ name: String, _ keys: [String], of cluster: TestCluster) async throws {
      let patterns = keys.map { "~quorate:{test:foo.com}:\($0)" }
      let answer = try await cluster.client.send(
        RedisCommand(
          "ACL",
          arguments: ["SETUSER", name, "resetkeys", "~quorate:{test}:*", "%R~quorate:{test:foo.com}:*"]
            + patterns))
      #expect(answer.string == "OK")
    }
  }
}

extension TestCluster {
  /// What a node tells with its heartbeats that Redis does not take from it.
  fileprivate func says(_ name: String, refused: [String]) async throws -> Bool {
    try await eventually {
      try await self.store.members().first { $0.node == name }?.refused.names == refused
    }
  }
}
