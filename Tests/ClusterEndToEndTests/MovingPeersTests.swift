import Backends
import Health
import Ledger
import RedisLedger
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// Nodes that are told different addresses of one name.
  @Suite(.serialized) struct MovingPeersTests {
    private let nodes = ["a", "b", "c"]

    private func settings(_ names: Dnsmasq, _ port: UInt16) -> String {
      "resolver: \(names.address)\ndefaults: {resolve_interval: 1s}\n"
        + TestCluster.upstream(["app.test:\(port)"])
    }

    /// A node that alone sees another address drifts, and nothing changes, however its answers turn; what most see comes into
    /// force, once.
    @Test func whatMostNodesAreToldIsInForce() async throws {
      let old = try Backend(.ok)
      let new = try Backend(.ok, at: .ipv4(port: old.port, host: "127.0.0.2"))
      defer { for backend in [old, new] { backend.stop() } }
      let cluster = try await TestCluster()
      var servers: [Dnsmasq] = []
      for name in nodes {
        let server = try await Dnsmasq(hosts: "127.0.0.1 app.test\n")
        servers.append(server)
        try await cluster.start(name, settings(server, old.port))
      }
      #expect(try await cluster.areProbed([old.peer], by: 3, of: nodes))
      #expect(try await cluster.allShow(old.peer, "UP"))
      let before = try await cluster.store.snapshot(of: TestCluster.foo)?.head.seq ?? 0

      // One node's name server turns to and fro.
      let a = try cluster.node("a")
      for round in 0..<5 {
        try await servers[0].tell(
          hosts: round.isMultiple(of: 2) ? "127.0.0.2 app.test\n" : "127.0.0.1 app.test\n")
        if round == 0 { try await a.logged("foo.com: \(new.peer) comes") }
        await quiet(.milliseconds(1500))
      }
      let drifting = try await HttpClient.get(
        "/api/v1/upstreams/foo.com", port: try cluster.node("b").port, within: .seconds(20)
      ) { $0.body.contains("\"drift\":[\"a\"]") }
      #expect(drifting.body.contains("\"drift\":[\"a\"]"), "\(drifting.body)")
      let meanwhile = try #require(try await cluster.store.snapshot(of: TestCluster.foo))
      #expect(meanwhile.head.seq == before, "\(cluster.logs)")
      #expect(meanwhile.definition?.peers.map(\.name.text) == [old.peer])

      // All see it: the old address goes in the end, by two definitions, one for what comes and one for what goes.
      for server in servers { try await server.tell(hosts: "127.0.0.2 app.test\n") }
      let isFollowed = try await eventually {
        let snapshot = try await cluster.store.snapshot(of: TestCluster.foo)
        return snapshot?.definition?.peers.map(\.name.text) == [new.peer]
      }
      #expect(isFollowed, "\(cluster.logs)")
      #expect(try await cluster.allShow(new.peer, "UP"))
      let after = try #require(try await cluster.store.snapshot(of: TestCluster.foo))
      let events = try await cluster.store.events(of: TestCluster.foo, after: before, limit: 100)
      let definitions = events.count { if case .definition = $0.change { true } else { false } }
      #expect((1...2).contains(definitions) && events.count == definitions, "\(events)")
      #expect(after.definition?.peers.first?.source == "name app.test:\(old.port)")

      // And what one node cannot look up any more it tells to whoever asks why.
      await servers[0].stop()
      let source = "name app.test:\(old.port)"
      let isTold = try await eventually {
        let explained = try await QuorateServer.run([
          "explain", "--json", "foo.com", new.peer, "--redis", "unix://\(cluster.redis.socket)",
          "--namespace",
          TestCluster.namespace,
        ])
        return explained.output.contains("Its address comes from \(source).")
          && explained.output.contains("a keeps what it found before: \(source): ")
      }
      #expect(isTold, "\(cluster.logs)")
      #expect(try await cluster.allShow(new.peer, "UP"))
      await cluster.end()
      for server in servers { await server.stop() }
    }
  }
}
