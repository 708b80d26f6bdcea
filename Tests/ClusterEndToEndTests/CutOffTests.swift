import Addresses
import Backends
import Glibc
import Health
import Ledger
import Redis
import RedisLedger
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// Node b is in a network of its own, with a wire that can be cut.
  @Suite(.serialized, .enabled(if: Namespaces.areToBeHad, "network namespaces need root"))
  struct CutOffTests {
    private static let peers = (8001...8006).map { "\(Namespaces.hubAddress):\($0)" }

    private struct Net {
      let namespaces: Namespaces
      let folder: TestFolder
      let store: RedisLedger
      let feed: ClusterFeed
      let servers: [Child]
      let nodes: [String: Child]

      func isProbed(by wanted: Set<String>) async throws -> Bool {
        try await eventually {
          let members = Dictionary(uniqueKeysWithValues: try await store.members().map { ($0.node, $0.run) })
          let reportsByNode = try await store.reports(of: TestCluster.foo, by: ["a", "b", "c"]).filter {
            members[$0.key] == $0.value.run
          }
          return peers.allSatisfy { peer in
            Set(reportsByNode.filter { $0.value.reports[PeerName(peer)] != nil }.keys) == wanted
          }
        }
      }

      /// Each of the peers is reported by these nodes at least.
      func isTakenOver(by wanted: [String]) async throws -> Bool {
        try await eventually {
          let reportsByNode = try await store.reports(of: TestCluster.foo, by: wanted)
          return peers.allSatisfy { peer in
            wanted.allSatisfy { reportsByNode[$0]?.reports[PeerName(peer)] != nil }
          }
        }
      }

      func end() async throws {
        feed.end()
        for child in nodes.values { _ = await child.stop() }
        for child in servers { _ = await child.stop() }
        try await namespaces.end()
      }
    }

    private static func start(probers: Int) async throws -> Net {
      let namespaces = try await Namespaces()
      let folder = try TestFolder()
      let socket = "/tmp/quorate-\(getpid()).sock"
      let redis = try Namespaces.start(
        namespaces.hub, "redis-server",
        [
          "--port", "6379", "--bind", Namespaces.hubAddress, "--protected-mode", "no", "--unixsocket", socket,
          "--dir", folder.path, "--save", "",
        ])
      guard await redis.line(with: "eady to accept connections", on: .output) != nil else {
        throw TestServerError("redis-server did not start: \(redis.state.value.output.text)")
      }
      try folder.write("nginx.conf", nginx(folder))
      let nginx = try Namespaces.start(
        namespaces.hub, Programs.nginx,
        [
          "-p", folder.path, "-c", "\(folder.path)/nginx.conf", "-e", "stderr", "-g",
          "daemon off; master_process off;",
        ])
      guard await nginx.line(with: "event method") != nil else {
        throw TestServerError("nginx did not start: \(nginx.state.value.error.text)")
      }
      var nodes: [String: Child] = [:]
      for name in ["a", "b", "c"] {
        let file = try folder.write("\(name).yaml", settings(name, probers))
        let child = try Namespaces.start(
          name == "b" ? namespaces.node : namespaces.hub, Programs.quorate, ["serve", "--config", file])
        guard await child.line(with: "serving on", within: .seconds(20)) != nil else {
          throw TestServerError("quorate did not start: \(child.state.value.error.text)")
        }
        nodes[name] = child
      }
      let store = RedisLedger(
        RedisClient(RedisSettings(.unix(path: socket))), namespace: TestCluster.namespace
      ) { _ in }
      return Net(
        namespaces: namespaces, folder: folder, store: store, feed: ClusterFeed(store),
        servers: [nginx, redis],
        nodes: nodes)
    }

    private static func settings(_ name: String, _ probers: Int) -> String {
      """
      namespace: \(TestCluster.namespace)
      node: \(name)
      listen: 127.0.0.1:0
      redis: redis://\(Namespaces.hubAddress):6379/0
      heartbeat: 500ms
      \(TestCluster.upstream(peers, probers: probers))
      """
    }

    private static func nginx(_ folder: TestFolder) -> String {
      let servers = (8001...8006).map {
        "  server { listen \(Namespaces.hubAddress):\($0); location / { return 200 \"ok\"; } }\n"
      }
      return """
        pid \(folder.path)/nginx.pid;
        error_log stderr notice;
        events { worker_connections 256; }
        http {
          access_log off;
        \(Nginx.folders(in: folder))\(servers.joined())}

        """
    }

    @Test func aMinorityCutOffFromThePeersTurnsNothing() async throws {
      let net = try await Self.start(probers: 3)
      #expect(try await net.isProbed(by: ["a", "b", "c"]))
      try await net.namespaces.cut("8001-8006")
      // It sees them all down, and says so.
      #expect(
        try await eventually {
          let nodeReports = try await net.store.reports(of: TestCluster.foo, by: ["b"])["b"]
          return nodeReports?.reports.values.allSatisfy { $0.state == .down } == true
        })
      await quiet(.seconds(1))
      try await net.namespaces.heal()
      #expect(
        try await eventually {
          let nodeReports = try await net.store.reports(of: TestCluster.foo, by: ["b"])["b"]
          return nodeReports?.reports.values.allSatisfy { $0.state == .up } == true
        })
      #expect(net.feed.now.transitions.isEmpty)
      try await net.end()
    }

    /// With the built-in times: member_expiry is 5 s.
    @Test func thePeersOfACutOffNodeAreTakenOver() async throws {
      let net = try await Self.start(probers: 2)
      #expect(
        try await eventually {
          let reportsByNode = try await net.store.reports(of: TestCluster.foo, by: ["a", "b", "c"])
          return Self.peers.allSatisfy { peer in
            reportsByNode.values.count { $0.reports[PeerName(peer)] != nil } == 2
          }
        })
      let clock = ContinuousClock()
      let cut = clock.now
      try await net.namespaces.cut("6379")
      #expect(try await net.isTakenOver(by: ["a", "c"]))
      #expect(clock.now - cut < .seconds(6.5))
      let node = try #require(net.nodes["b"])
      #expect(await node.line(with: "no contact with the ledger", within: .seconds(20)) != nil)
      try await net.namespaces.heal()
      #expect(await node.line(with: "the ledger is reached again", within: .seconds(40)) != nil)
      #expect(net.feed.now.transitions.isEmpty)
      try await net.end()
    }
  }
}
