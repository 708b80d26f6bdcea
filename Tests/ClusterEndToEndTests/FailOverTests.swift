import Backends
import Health
import Ledger
import RedisLedger
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// A real replica that is behind takes over, and for a while some nodes talk to the old primary, which answers them.
  @Suite(.serialized) struct FailOverTests {
    private static let names = ["a", "b", "c"]

    @Test(arguments: [true, false]) func twoPrimariesAreSurvived(leaderStays: Bool) async throws {
      let backends = try (0..<4).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let peers = backends.map(\.peer)
      let cluster = try await TestCluster()
      let replica = try await Replica(beside: cluster)
      for name in Self.names {
        try await cluster.start(
          name, TestCluster.upstream(peers), redis: try await replica.address(of: name))
      }
      #expect(try await cluster.areProbed(peers, by: 3, of: Self.names))
      await backends[0].behave(.refusing)
      #expect(await cluster.feed.first { $0.status[PeerName(peers[0])] == .down })
      try await replica.follow()
      try await replica.fallBehind()
      // This is acknowledged, and lost.
      await backends[1].behave(.refusing)
      #expect(await cluster.feed.first { $0.status[PeerName(peers[1])] == .down })

      let leader = try await cluster.leader { _ in true }
      let stays = try #require(Self.names.first { ($0 == leader) == leaderStays })
      try await replica.takeOver()
      let feed = ClusterFeed(replica.store)
      defer { feed.end() }
      try await replica.take(Self.names.filter { $0 != stays })
      // Both decide, each for those who talk to it.
      await backends[2].behave(.refusing)
      for store in [cluster.store, replica.store] {
        #expect(try await Self.holds(store, down: peers.prefix(3)), "\(cluster.logs)")
      }
      let gone = try #require(try await Self.head(cluster.store))
      let kept = try #require(try await Self.head(replica.store))
      #expect(gone.leader == stays && kept.leader != stays && gone.position != kept.position)

      try await replica.depose()
      try await replica.take([stays])
      #expect(
        try await eventually { try await Self.allStand(cluster, with: replica.store, above: gone) },
        "\(cluster.logs)")
      for (place, peer) in peers.enumerated() {
        #expect(try await cluster.allShow(peer, place < 3 ? "DOWN" : "UP"))
      }
      // It still decides, by the votes of all.
      #expect(
        try await eventually {
          let lease = try await replica.store.headReadings(of: [TestCluster.foo])[TestCluster.foo]?.lease
          let members = try await replica.store.members()
          return lease != nil && members.count == 3
        })
      await backends[3].behave(.refusing)
      #expect(await feed.first { $0.status[PeerName(peers[3])] == .down }, "\(cluster.logs)")
      #expect(try await cluster.allShow(peers[3], "DOWN"))
      // Nobody came back up for it, and each went down once.
      let turned = feed.now.transitions.map { "\($0.peer) \($0.to)" }
      #expect(
        Set(turned).count == turned.count && feed.now.transitions.allSatisfy { $0.to == .down }, "\(turned)")
      #expect(feed.now.isWithoutGap, "\(feed.now.events.map(\.seq))")
      await cluster.end()
    }

    private static func head(_ store: RedisLedger) async throws -> Head? {
      try await store.head(of: TestCluster.foo)
    }

    private static func holds(_ store: RedisLedger, down peers: ArraySlice<String>) async throws -> Bool {
      try await eventually {
        let status = try await store.snapshot(of: TestCluster.foo)?.status ?? [:]
        return peers.allSatisfy { status[PeerName($0)] == .down }
      }
    }

    /// Every node shows where the ledger stands, and that is under a higher term than what is gone, or a higher number.
    private static func allStand(
      _ cluster: TestCluster, with store: RedisLedger, above gone: Head
    ) async throws -> Bool {
      guard let head = try await head(store), gone.position.relation(of: head.position) == .ahead else {
        return false
      }
      for node in cluster.nodes {
        let answer = try await node.get("/api/v1/upstreams/foo.com")
        let told = "\"run\":\"\(head.run)\",\"seq\":\(head.seq),\"term\":\(head.term),\"whole\":true}"
        guard answer.body.contains(told), answer.body.contains("\"stale\":false") else { return false }
      }
      return true
    }
  }
}
