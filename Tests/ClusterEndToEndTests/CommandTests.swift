import Backends
import Health
import Ledger
import RedisLedger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// What an operator types, and real nodes that follow.
  @Suite(.serialized) struct CommandTests {
    private func run(
      _ cluster: TestCluster, _ words: [String]
    ) async throws -> (end: Child.End?, output: String, error: String) {
      try await QuorateServer.run(
        words + ["--redis", "unix://\(cluster.redis.socket)", "--namespace", TestCluster.namespace])
    }

    @Test func aPeerIsExplainedDrainedAndGivenBack() async throws {
      let backends = try (0..<2).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await TestCluster()
      let peers = backends.map(\.peer)
      for name in ["a", "b", "c", "d"] { try await cluster.start(name, TestCluster.upstream(peers)) }
      #expect(try await cluster.areProbed(peers, by: 3, of: ["a", "b", "c", "d"]))
      let watch = try Child(
        Programs.quorate,
        [
          "watch", "--json", "--redis", "unix://\(cluster.redis.socket)", "--namespace",
          TestCluster.namespace,
        ])
      #expect(await watch.line(with: "watching foo.com", within: .seconds(40)) != nil)

      await backends[0].behave(.refusing)
      #expect(try await cluster.allShow(peers[0], "DOWN"))
      // Those who probe it are the ones that the rule names: the command says of nobody that it has not told.
      let explained = try await run(cluster, ["explain", "foo.com", peers[0]])
      #expect(explained.output.contains(" of 3 probers cannot connect (needed 2): "), "\(explained)")
      #expect(!explained.output.contains("told yet") && !explained.output.contains("not its peer"))

      let drain = try await run(
        cluster, ["peer", "drain", "foo.com", peers[1], "--by", "anna", "--why", "new disk", "--wait", "60"])
      #expect(drain.end == .exit(0) && drain.output.contains("applied by "), "\(drain)")
      #expect(try await cluster.allShow(peers[1], "DOWN"))
      let status = try await run(cluster, ["status"])
      #expect(status.output == (try await cluster.node("a").get("/status")).body && status.error == "")
      let back = try await run(cluster, ["peer", "auto", "foo.com", peers[1], "--by", "bob", "--wait", "60"])
      #expect(back.end == .exit(0), "\(back)")
      #expect(try await cluster.allShow(peers[1], "UP"))

      let stored = try await cluster.store.events(of: TestCluster.foo, after: 0, limit: 100)
      let last = try #require(stored.last)
      #expect(await watch.line(with: "\"seq\":\(last.seq),", on: .output, within: .seconds(40)) != nil)
      let told = watch.state.value.output.whole
      #expect(told == stored.suffix(told.count).map { JsonText.encode($0) })
      await watch.stop()
      let nodes = try await run(cluster, ["nodes"])
      #expect(
        nodes.output.split(separator: "\n").count == 5 && !nodes.output.contains("differ"), "\(nodes.output)")
      await cluster.end()
    }
  }
}
