import Backends
import Ledger
import RedisLedger
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// All nodes are killed, Redis loses some keys of the upstream, and all start again: nobody remembers anything.
  @Suite(.serialized) struct RebuildTests {
    @Test(arguments: [
      ["head"], ["head", "evidence"], ["status", "evidence"], ["definition", "events"],
      ["lease", "head", "definition", "status", "evidence", "overrides"],
    ])
    func aColdClusterStartsOverAPartOfItsKeys(lost: [String]) async throws {
      let names = ["a", "b", "c"]
      let backends = try (0..<3).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let peers = backends.map(\.peer)
      let cluster = try await TestCluster()
      for name in names { try await cluster.start(name, TestCluster.upstream(peers)) }
      #expect(try await cluster.areProbed(peers, by: 3, of: names))
      await backends[0].behave(.refusing)
      #expect(await cluster.feed.first { $0.transitions.count == 1 })
      let top = try await cluster.store.events(of: TestCluster.foo, after: 0, limit: 100).last?.seq ?? 0

      for name in names { try await cluster.kill(name) }
      for part in lost { _ = try await cluster.command("DEL", "quorate:{test:foo.com}:\(part)") }
      for name in names { try await cluster.start(name, TestCluster.upstream(peers)) }
      #expect(try await cluster.areProbed(peers, by: 3, of: names), "\(cluster.logs)")
      #expect(try await cluster.allShow(peers[0], "DOWN"))
      #expect(try await cluster.allShow(peers[1], "UP"))
      let snapshot = try await cluster.store.snapshot(of: TestCluster.foo)
      #expect(snapshot?.head.isWhole == true)
      #expect(cluster.feed.now.transitions.count == 1, "\(cluster.feed.now.transitions)")
      if !lost.contains("events") {
        let events = try await cluster.store.events(of: TestCluster.foo, after: top, limit: 100)
        #expect(events.map(\.change) == [.resync], "\(lost)")
      }
      await cluster.end()
    }
  }
}
