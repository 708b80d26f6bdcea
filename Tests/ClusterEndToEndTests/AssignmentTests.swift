import Backends
import Health
import Ledger
import RedisLedger
import TestServers
import Testing

/// Real nodes on a real redis-server. One at a time: they measure time.
@Suite(.serialized) struct ClusterEndToEndTests {}

extension ClusterEndToEndTests {
  @Suite(.serialized) struct AssignmentTests {
    @Test(arguments: [2, 3]) func eachPeerIsProbedByAsManyAsItShould(probers: Int) async throws {
      let backends = try (0..<30).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await TestCluster()
      let peers = backends.map(\.peer)
      for name in ["a", "b", "c"] {
        try await cluster.start(name, TestCluster.upstream(peers, probers: probers))
      }
      #expect(try await cluster.areProbed(peers, by: probers, of: ["a", "b", "c"]))
      // A node that leaves is made up for by the others, and one that joins takes its part.
      try await cluster.kill("b")
      #expect(try await cluster.areProbed(peers, by: 2, of: ["a", "c"]))
      try await cluster.start("b", TestCluster.upstream(peers, probers: probers))
      #expect(try await cluster.areProbed(peers, by: probers, of: ["a", "b", "c"]))
      #expect(cluster.feed.now.transitions.isEmpty)
      await cluster.end()
    }

    @Test func aStoppedBackendIsOneTransitionEverywhere() async throws {
      let backends = try (0..<30).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await TestCluster()
      let peers = backends.map(\.peer)
      for name in ["a", "b", "c"] { try await cluster.start(name, TestCluster.upstream(peers)) }
      #expect(try await cluster.areProbed(peers, by: 3, of: ["a", "b", "c"]))
      await backends[7].behave(.refusing)
      let peer = peers[7]
      #expect(await cluster.feed.first { $0.status[PeerName(peer)] == .down && !$0.transitions.isEmpty })
      #expect(try await cluster.allShow(peer, "DOWN"))
      await quiet(.seconds(2))
      let seen = cluster.feed.now
      #expect(seen.transitions.map(\.peer.text) == [peer] && seen.isWithoutGap)
      let stored = try await cluster.store.events(of: TestCluster.foo, after: 0, limit: 100)
      #expect(stored.map(\.seq) == Array(1...UInt64(stored.count)))
      #expect(stored.count { if case .transition = $0.change { true } else { false } } == 1)
      let snapshot = try #require(try await cluster.store.snapshot(of: TestCluster.foo))
      #expect(snapshot.status.filter { $0.value == .down }.map(\.key.text) == [peer])
      await cluster.end()
    }

    /// 12 of 100 accept and say nothing: they go down in time, and nobody else.
    @Test func whoSaysNothingHoldsUpNobody() async throws {
      let good = try (0..<88).map { _ in try Backend(.ok) }
      let silent = try (0..<12).map { _ in try Backend(.silent) }
      defer { for backend in good + silent { backend.stop() } }
      let cluster = try await TestCluster()
      let peers = (good + silent).map(\.peer)
      for name in ["a", "b", "c"] {
        try await cluster.start(name, TestCluster.upstream(peers, interval: "500ms"))
      }
      let dead = Set(silent.map { PeerName($0.peer) })
      #expect(await cluster.feed.first { seen in dead.allSatisfy { seen.status[$0] == .down } })
      let before = good.map(\.counts.requests)
      await quiet(.seconds(3))
      #expect(Set(cluster.feed.now.transitions.map(\.peer)) == dead)
      #expect(cluster.feed.now.transitions.count == 12)
      // Six rounds of three nodes, less what a busy machine takes.
      for (backend, count) in zip(good, before) { #expect(backend.counts.requests - count >= 9) }
      await cluster.end()
    }
  }
}
