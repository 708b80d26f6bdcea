import Backends
import Glibc
import Health
import Ledger
import RedisLedger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  @Suite(.serialized) struct LeaderTests {
    private static let names = ["a", "b", "c"]

    private static func start(_ backends: [Backend]) async throws -> TestCluster {
      let cluster = try await TestCluster()
      let peers = backends.map(\.peer)
      for name in names { try await cluster.start(name, TestCluster.upstream(peers)) }
      guard try await cluster.areProbed(peers, by: 3, of: names) else {
        throw TestServerError("the nodes did not share the peers")
      }
      return cluster
    }

    @Test func aKilledLeaderIsFollowedAndNothingIsLostOrDoubled() async throws {
      let backends = try (0..<6).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await Self.start(backends)
      let old = try await cluster.leader { _ in true }
      for backend in backends[0..<3] { await backend.behave(.refusing) }
      // In the middle of it.
      #expect(await cluster.feed.first { !$0.transitions.isEmpty })
      try await cluster.kill(old)
      for backend in backends[3..<6] { await backend.behave(.refusing) }
      let clock = ContinuousClock()
      let killed = clock.now
      _ = try await cluster.leader { $0 != old }
      #expect(clock.now - killed < .milliseconds(TestCluster.leaseMs + 2500))
      #expect(
        await cluster.feed.first { seen in backends.allSatisfy { seen.status[PeerName($0.peer)] == .down } })
      await quiet(.seconds(1))
      let seen = cluster.feed.now
      #expect(seen.isWithoutGap && seen.transitions.count == 6)
      #expect(Set(seen.transitions.map(\.peer.text)) == Set(backends.map(\.peer)))
      await cluster.end()
    }

    @Test func aLeaderThatEndsHandsOverWithinASecond() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await Self.start(backends)
      let old = try await cluster.leader { _ in true }
      let clock = ContinuousClock()
      let told = clock.now
      let process = try cluster.node(old).process
      process.signal(SIGTERM)
      _ = try await cluster.leader { $0 != old }
      #expect(clock.now - told < .seconds(1))
      #expect(await process.end() == .exit(0))
      await backends[0].behave(.refusing)
      #expect(await cluster.feed.first { $0.transitions.count == 1 })
      await cluster.end()
    }

    /// Three times, another leader each time or the same.
    @Test func aLeaderThatSleptWritesNothingStale() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await Self.start(backends)
      for round in 0..<3 {
        let old = try await cluster.leader { _ in true }
        let process = try cluster.node(old).process
        process.signal(SIGSTOP)
        let backend = backends[round]
        await backend.behave(.refusing)
        #expect(await cluster.feed.first { $0.status[PeerName(backend.peer)] == .down })
        let term = cluster.feed.now.events.last?.term ?? 0
        process.signal(SIGCONT)
        await quiet(.milliseconds(TestCluster.settlingMs + 500))
        let seen = cluster.feed.now
        #expect(seen.isWithoutGap && seen.transitions.count == round + 1)
        #expect(seen.events.last?.term ?? 0 >= term)
        #expect(zip(seen.events, seen.events.dropFirst()).allSatisfy { $0.term <= $1.term })
        #expect(try await cluster.areProbed(backends.map(\.peer), by: 3, of: Self.names))
      }
      await cluster.end()
    }

    /// The first in rank lives, and Redis does not let it touch the lease.
    @Test func whoIsDeniedTheLeaseIsPassedOver() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await TestCluster()
      let settings = TestCluster.upstream(backends.map(\.peer))
      for name in Self.names {
        _ = try await cluster.command(
          "ACL", "SETUSER", name, "on", ">secret", "~*", "&*", "+@all")
        try await cluster.start(name, settings, redis: "unix://\(name):secret@\(cluster.redis.socket)")
      }
      let first = try await cluster.leader { _ in true }
      let clock = ContinuousClock()
      let denied = clock.now
      _ = try await cluster.command(
        "ACL", "SETUSER", first, "resetkeys", "~quorate:{test}:*", "~quorate:{test:foo.com}:reports:*",
        "%R~quorate:{test:foo.com}:*")
      _ = try await cluster.leader { $0 != first }
      #expect(clock.now - denied < .milliseconds(TestCluster.leaseMs + 2500))
      await backends[0].behave(.refusing)
      #expect(await cluster.feed.first { $0.transitions.count == 1 })
      await cluster.end()
    }

    @Test func aRestartIsNotRefusedAndASecondOfItsNameIs() async throws {
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await Self.start(backends)
      let settings = TestCluster.upstream(backends.map(\.peer))
      let second = try await QuorateServer.run(["serve", "--config", try cluster.file("b", settings)])
      #expect(second.end == .exit(1))
      #expect(second.error.contains("another process runs as node b"), "\(second.error)")
      #expect(second.error.contains("--node"))

      // Killed and started again at once: its name is not free yet, and its old votes do not count.
      try await cluster.kill("b")
      try await cluster.start("b", settings)
      #expect(try await cluster.areProbed(backends.map(\.peer), by: 3, of: Self.names))
      #expect(cluster.feed.now.transitions.isEmpty)
      await cluster.end()
    }
  }
}
