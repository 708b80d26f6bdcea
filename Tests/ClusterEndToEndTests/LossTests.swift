import Backends
import Glibc
import Health
import Ledger
import RedisLedger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// Whatever happens to Redis: nothing turns, and who is down stays down.
  @Suite(.serialized) struct LossTests {
    private static let names = ["a", "b", "c"]

    /// Three nodes in step, one of four peers down.
    private static func oneDown(_ body: (TestCluster, [Backend]) async throws -> Void) async throws {
      let backends = try (0..<4).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await TestCluster()
      let peers = backends.map(\.peer)
      for name in names { try await cluster.start(name, TestCluster.upstream(peers)) }
      #expect(try await cluster.areProbed(peers, by: 3, of: names))
      await backends[0].behave(.refusing)
      #expect(await cluster.feed.first { $0.transitions.count == 1 })
      try await body(cluster, backends)
      // The cluster is as it was, and still decides.
      #expect(try await cluster.areProbed(peers, by: 3, of: names))
      #expect(try await cluster.allShow(peers[0], "DOWN"))
      #expect(cluster.feed.now.transitions.count == 1, "\(cluster.feed.now.transitions)")
      await quiet(.milliseconds(TestCluster.settlingMs))
      await backends[1].behave(.refusing)
      #expect(await cluster.feed.first { $0.status[PeerName(peers[1])] == .down })
      #expect(cluster.feed.now.transitions.map(\.peer.text) == [peers[0], peers[1]])
      await cluster.end()
    }

    private static func isWhole(_ cluster: TestCluster, _ peer: String) async throws -> Bool {
      let snapshot = try await cluster.store.snapshot(of: TestCluster.foo)
      return snapshot?.status[PeerName(peer)] == .down && snapshot?.status.count == 4
        && snapshot?.head.isWhole == true
    }

    @Test func aRedisThatHangs() async throws {
      try await Self.oneDown { cluster, backends in
        cluster.redis.pause()
        for node in cluster.nodes {
          try await node.logged("no contact with the ledger")
          let answer = try await node.get("/readyz")
          #expect(answer.status == 200 && answer.body.contains("\"stale\":true"), "\(answer.body)")
        }
        await quiet(.seconds(4))
        cluster.redis.resume()
        for node in cluster.nodes { try await node.logged("the ledger is reached again") }
        #expect(try await cluster.allShow(backends[0].peer, "DOWN"))
      }
    }

    @Test func aRedisThatStartsAgainEmpty() async throws {
      try await Self.oneDown { cluster, backends in
        cluster.redis.stop()
        for node in cluster.nodes { try await node.logged("no contact with the ledger") }
        try await cluster.redis.start()
        #expect(try await eventually { try await Self.isWhole(cluster, backends[0].peer) })
        let resyncs = try await cluster.store.events(of: TestCluster.foo, after: 0, limit: 100)
        #expect(resyncs.count { $0.change == .resync } == 1 && resyncs.count == 1)
      }
    }

    @Test func anEmptiedRedisWithAColdNode() async throws {
      try await Self.oneDown { cluster, backends in
        let settings = TestCluster.upstream(backends.map(\.peer))
        for round in 0..<3 {
          _ = try await cluster.command("FLUSHALL")
          if round == 1 { try await cluster.start("d", settings) }
          #expect(try await eventually { try await Self.isWhole(cluster, backends[0].peer) })
        }
        try await cluster.kill("d")
      }
    }

    @Test func aKeyOfTheWrongTypeAndLostScripts() async throws {
      try await Self.oneDown { cluster, backends in
        for part in ["status", "head", "lease", "evidence", "definition", "events"] {
          let key = "quorate:{test:foo.com}:\(part)"
          _ = try await cluster.command("DEL", key)
          _ = try await cluster.command("SADD", key, "a stranger's")
          #expect(
            try await eventually { try await Self.isWhole(cluster, backends[0].peer) },
            "\(part):\n\(cluster.logs)")
          _ = try await cluster.command("SCRIPT", "FLUSH")
        }
      }
    }

    @Test func aRollOutAndBack() async throws {
      let backends = try (0..<4).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await TestCluster()
      let old = TestCluster.upstream(backends.prefix(3).map(\.peer))
      let new = TestCluster.upstream(backends.map(\.peer))
      for name in Self.names { try await cluster.start(name, old) }
      #expect(try await cluster.areProbed(backends.prefix(3).map(\.peer), by: 3, of: Self.names))
      await backends[0].behave(.refusing)
      #expect(await cluster.feed.first { $0.transitions.count == 1 })
      let fresh = PeerName(backends[3].peer)
      for (round, settings) in [new, old].enumerated() {
        for name in Self.names {
          try await cluster.node(name).end()
          try await cluster.start(name, settings)
          let peers = Set(backends.prefix(3).map(\.peer))
          #expect(try await cluster.areProbed(Array(peers), by: 3, of: Self.names), "\(round) \(name)")
        }
        let has = round == 0
        #expect(
          try await eventually {
            try await (cluster.store.snapshot(of: TestCluster.foo)?.status[fresh] != nil) == has
          })
      }
      let seen = cluster.feed.now
      let events = try await cluster.store.events(of: TestCluster.foo, after: 0, limit: 100)
      let definitions = events.compactMap { event in
        if case .definition(let digest) = event.change { digest } else { nil }
      }
      #expect(definitions.count == 3 && Set(definitions).count == 2)
      #expect(seen.transitions.count == 1 && seen.isWithoutGap)
      await cluster.end()
    }
  }
}
