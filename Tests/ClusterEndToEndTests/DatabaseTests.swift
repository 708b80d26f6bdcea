import Addresses
import Backends
import Glibc
import Health
import Ledger
import Redis
import RedisLedger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// Two clusters of one namespace, in two databases of one Redis.
  @Suite(.serialized) struct DatabaseTests {
    @Test func clustersInTwoDatabasesDoNotHearEachOther() async throws {
      let backend = try Backend(.ok)
      defer { backend.stop() }
      let cluster = try await TestCluster()
      var settings = RedisSettings(.unix(path: cluster.redis.socket))
      settings.database = 1
      let other = RedisLedger(RedisClient(settings), namespace: TestCluster.namespace) { _ in }
      let upstream = TestCluster.upstream([backend.peer])
      let url = "unix://\(cluster.redis.socket)?database=1"
      for name in ["a", "b"] { try await cluster.start(name, upstream) }
      for name in ["c", "d"] { try await cluster.start(name, upstream, redis: url) }
      #expect(try await cluster.areProbed([backend.peer], by: 2, of: ["a", "b"]))
      #expect(
        try await eventually { try await other.reports(of: TestCluster.foo, by: ["c", "d"]).count == 2 })

      // An override is the one's alone; what ends is decided by both, once.
      let order = OverrideRequest(
        upstream: TestCluster.foo, peer: PeerName(backend.peer), state: .drain, by: "anna", why: "new disk")
      _ = await other.perform([.override(order)])
      #expect(
        try await eventually {
          try await other.snapshot(of: TestCluster.foo)?.status.values.first == .down
        })
      #expect(cluster.feed.now.status[PeerName(backend.peer)] == .up)
      await backend.behave(.refusing)
      #expect(await cluster.feed.first { $0.status[PeerName(backend.peer)] == .down })
      #expect(
        try await eventually {
          try await other.snapshot(of: TestCluster.foo)?.records.values.first?.decided == .down
        })
      for (store, count) in [(cluster.store, 2), (other, 2)] {
        let events = try await store.events(of: TestCluster.foo, after: 0, limit: 100)
        #expect(events.count == count && !events.contains { $0.change == .resync }, "\(events.map(\.change))")
      }
      await cluster.end()
    }
  }
}
