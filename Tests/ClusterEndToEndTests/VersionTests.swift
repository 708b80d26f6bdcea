import Backends
import Health
import Ledger
import RedisLedger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// The main story of a cluster on each server that is supported: three nodes, a peer that goes and comes back, a leader that
  /// is killed.
  @Suite(.serialized) struct VersionTests {
    private static let names = ["a", "b", "c"]

    @Test(arguments: RedisRelease.allCases) func theStoryIsTheSame(release: RedisRelease) async throws {
      let backends = try (0..<2).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let peers = backends.map(\.peer)
      let cluster = try await TestCluster(release: release)
      for name in Self.names { try await cluster.start(name, TestCluster.upstream(peers)) }
      #expect(try await cluster.areProbed(peers, by: 3, of: Self.names), "\(cluster.logs)")
      await backends[0].behave(.refusing)
      #expect(await cluster.feed.first { $0.status[PeerName(peers[0])] == .down }, "\(cluster.logs)")
      #expect(try await cluster.allShow(peers[0], "DOWN"))
      await backends[0].behave(.ok)
      #expect(await cluster.feed.first { $0.status[PeerName(peers[0])] == .up }, "\(cluster.logs)")
      let old = try await cluster.leader { _ in true }
      try await cluster.kill(old)
      await backends[1].behave(.refusing)
      _ = try await cluster.leader { $0 != old }
      #expect(await cluster.feed.first { $0.status[PeerName(peers[1])] == .down }, "\(cluster.logs)")
      #expect(try await cluster.allShow(peers[1], "DOWN"))
      #expect(try await cluster.allShow(peers[0], "UP"))
      let seen = cluster.feed.now
      #expect(seen.isWithoutGap && seen.transitions.count == 3, "\(seen.events.map(\.seq))")
      // Once in each log, where there is something to say.
      for node in cluster.nodes {
        let said = node.log.split(separator: "\n").count { $0.contains("older than Redis 7.0") }
        #expect(said == (release == .redis62 ? 1 : 0), "\(node.log)")
      }
      await cluster.end()
    }
  }
}
