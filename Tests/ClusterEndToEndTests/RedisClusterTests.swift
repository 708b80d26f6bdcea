import Backends
import Glibc
import Health
import Ledger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// Three primaries with a third of the upstreams each, and a replica of each.
  @Suite(.serialized) struct RedisClusterTests {
    private static let names = ["a", "b", "c"]
    private static let more = (1...5).map { "u\($0)" }

    private static func start(_ set: RedisClusterSet, _ backends: [Backend]) async throws -> TestCluster {
      let peers = backends.map(\.peer)
      let seeds = set.members.prefix(3).map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
      let cluster = try TestCluster(set.members[0].server, url: "redis+cluster://\(seeds)")
      let others = more.map { name in
        """
          - upstream: \(name)
            type: tcp
            interval: 200ms
            timeout: 500ms
            fall: 3
            rise: 2
            peers: [\(peers.map { "\"\($0)\"" }.joined(separator: ", "))]

        """
      }.joined()
      for name in names { try await cluster.start(name, TestCluster.upstream(peers, more: others)) }
      #expect(try await cluster.areProbed(peers, by: 3, of: names), "\(cluster.logs)")
      return cluster
    }

    private static func slot(of upstream: String, in set: RedisClusterSet) throws -> Int {
      try set.slot(of: "{\(TestCluster.namespace):\(upstream)}")
    }

    /// What each upstream has been told, and whether its numbers go on by one.
    private static func told(_ cluster: TestCluster) -> [String: [String]] {
      var told: [String: [String]] = [:]
      for event in cluster.feed.now.events {
        guard case .transition(let transition) = event.change else { continue }
        told[event.upstream.text, default: []].append("\(transition.peer) \(transition.to)")
      }
      return told
    }

    private static func isWithoutGap(_ cluster: TestCluster) -> Bool {
      Dictionary(grouping: cluster.feed.now.events, by: \.upstream).values.allSatisfy { events in
        zip(events, events.dropFirst()).allSatisfy { $1.seq == $0.seq + 1 }
      }
    }

    /// All six upstreams have told this many transitions.
    private static func allTold(_ cluster: TestCluster, _ count: Int) async -> Bool {
      await cluster.feed.first { seen in
        let counts = Dictionary(grouping: seen.events) { $0.upstream }.mapValues { events in
          events.count { if case .transition = $0.change { true } else { false } }
        }
        return counts.count == 6 && counts.values.allSatisfy { $0 >= count }
      }
    }

    @Test func slotsMoveServersEndAndNothingIsLost() async throws {
      let backends = try (0..<2).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let set = try await RedisClusterSet()
      let cluster = try await Self.start(set, backends)
      let all = ["foo.com"] + Self.more
      let owners = Set(try all.map { set.owner(of: try Self.slot(of: $0, in: set)) })
      #expect(owners.count > 1, "upstreams are spread over the servers")
      await backends[0].behave(.refusing)
      #expect(await Self.allTold(cluster, 1), "\(cluster.logs)")

      // A slot with live keys, under load.
      let slot = try Self.slot(of: "foo.com", in: set)
      let owner = try #require(set.owner(of: slot))
      let target = (owner + 1) % 3
      try set.beginMoving(slot: slot, to: target)
      await backends[0].behave(.ok)
      while try set.moveKeys(slot: slot, to: target, limit: 1) > 0 { await quiet(.milliseconds(50)) }
      try set.finishMoving(slot: slot, to: target)
      #expect(await Self.allTold(cluster, 2), "\(cluster.logs)")

      // Its new server ends, and what it had is its replica's.
      set.members[target].server.stop()
      await backends[0].behave(.refusing)
      _ = try await set.owner(of: slot, after: target)
      #expect(await Self.allTold(cluster, 3), "\(cluster.logs)")

      // A replica that is promoted by hand.
      let promoted = (0..<3).first { $0 != target }.map { $0 + 3 } ?? 3
      try set.ask(promoted, "CLUSTER", "FAILOVER")
      try await TestQuestion.until("the replica is a primary") {
        try set.ask(promoted, "ROLE").list.first?.text == "master"
      }
      await backends[0].behave(.ok)
      #expect(await Self.allTold(cluster, 4), "\(cluster.logs)")
      try await Self.isAsCaused(cluster, ["down", "up", "down", "up"].map { "\(backends[0].peer) \($0)" })
      await cluster.end()
    }

    /// Most servers stand still, so that the cluster calls itself down.
    @Test func aClusterThatIsDownTurnsNobody() async throws {
      let backends = try (0..<2).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let set = try await RedisClusterSet()
      let cluster = try await Self.start(set, backends)
      await backends[0].behave(.refusing)
      #expect(await Self.allTold(cluster, 1), "\(cluster.logs)")
      for member in 1..<6 { set.members[member].server.pause() }
      for node in cluster.nodes { try await node.logged("the ledger") }
      await quiet(.seconds(8))
      for member in 1..<6 { set.members[member].server.resume() }
      for node in cluster.nodes {
        let answer = try await HttpClient.get("/readyz", port: node.port, within: .seconds(60)) {
          $0.body.contains("\"stale\":false") && $0.body.contains("\"trouble\":[]")
        }
        #expect(answer.body.contains("\"trouble\":[]"), "\(answer.body)")
      }
      await backends[1].behave(.refusing)
      #expect(await Self.allTold(cluster, 2), "\(cluster.logs)")
      try await Self.isAsCaused(cluster, backends.map { "\($0.peer) down" })
      await cluster.end()
    }

    private static func isAsCaused(_ cluster: TestCluster, _ caused: [String]) async throws {
      let told = told(cluster)
      #expect(told.values.allSatisfy { $0 == caused } && told.count == 6, "\(told)")
      #expect(isWithoutGap(cluster), "\(cluster.feed.now.events.map { "\($0.upstream) \($0.seq)" })")
      for node in cluster.nodes { #expect(!node.log.contains("CROSSSLOT"), "\(node.log)") }
    }
  }
}
