import Backends
import Health
import Ledger
import Redis
import RedisTestServer
import TestServers
import Testing

extension ClusterEndToEndTests {
  /// Nodes whose Redis user may not listen to all of the channels, or to none.
  @Suite(.serialized) struct DeafTests {
    struct Rules: Sendable, CustomTestStringConvertible {
      var testDescription: String
      var rules: [String]
      /// What the line in the log names.
      var named: String
    }

    static let rules = [
      // As it was documented once.
      Rules(
        testDescription: "the pattern by other letters", rules: ["resetchannels", "&quorate:*"],
        named: "&quorate:test:reports:*"),
      Rules(testDescription: "no channel", rules: ["resetchannels"], named: "&quorate:test:control"),
      Rules(
        testDescription: "some of them", rules: ["resetchannels", "&quorate:test:events"],
        named: "&quorate:test:control &quorate:test:reports:*"),
      Rules(testDescription: "no pub/sub", rules: ["&*", "-@pubsub"], named: "quorate:test:reports:*"),
    ]

    /// Two nodes, which is more than one: none may decide by its own probes alone.
    @Test(arguments: rules) func allIsDecidedAndToldAllTheSame(_ sample: Rules) async throws {
      let backends = try (0..<2).map { _ in try Backend(.ok) }
      defer { for backend in backends { backend.stop() } }
      let cluster = try await TestCluster()
      let user = [
        "SETUSER", "u", "on", ">s3", "~quorate:*", "+@read", "+@write", "+@scripting", "+@pubsub",
        "+@connection", "+time",
      ]
      _ = try await cluster.client.send(RedisCommand("ACL", arguments: user + sample.rules))
      let peers = backends.map(\.peer)
      let url = "unix://u:s3@\(cluster.redis.socket)"
      for name in ["a", "b"] { try await cluster.start(name, TestCluster.upstream(peers), redis: url) }
      #expect(try await cluster.areProbed(peers, by: 2, of: ["a", "b"]))
      for node in cluster.nodes { try await expectTold(node, sample.named) }

      await backends[0].behave(.refusing)
      #expect(try await cluster.allShow(peers[0], "DOWN"))
      let drained = try await QuorateServer.run([
        "peer", "drain", "foo.com", peers[1], "--by", "anna", "--why", "w", "--wait", "30", "--redis", url,
        "--namespace", TestCluster.namespace,
      ])
      #expect(drained.end == .exit(0) && drained.output.contains("applied"), "\(drained)")
      #expect(try await cluster.allShow(peers[1], "DOWN"))
      // The leader ends, and the other one leads at once.
      let leader = try await cluster.leader { _ in true }
      await (try cluster.node(leader)).end()
      _ = try await cluster.leader { $0 != leader }

      // Granted while they run: it is heard again, and nothing is left of it.
      let other = leader == "a" ? "b" : "a"
      _ = try await cluster.command("ACL", "SETUSER", "u", "allchannels", "+@pubsub")
      try await (try cluster.node(other)).logged("hears all that the others announce again")
      #expect(try await (try cluster.node(other)).get("/readyz").body.contains("\"trouble\":[]"))
      await cluster.end()
    }

    private func expectTold(_ node: QuorateServer, _ named: String) async throws {
      let line = try await node.logged("does not hear all that the others announce").text
      #expect(line.contains("NOPERM") && line.contains(named), "\(line)")
      let ready = try await HttpClient.get("/readyz", port: node.port, within: .seconds(20)) {
        $0.status == 200 && $0.body.contains("\"area\":\"channels\"")
      }
      #expect(ready.status == 200 && ready.body.contains("\"kind\":\"no_permission\""), "\(ready.body)")
      #expect(ready.body.contains("\"stale\":false") && ready.body.contains("reports:*"))
      let metrics = try await node.get("/metrics").body
      #expect(metrics.contains("quorate_ledger_trouble{area=\"channels\",kind=\"no_permission\"} 1\n"))
      #expect(try await node.get("/").body.contains("data-s=\"channels\""))
      let lines = node.log.split(separator: "\n").count { $0.contains("does not hear all") }
      #expect(lines == 1, "\(node.log)")
    }
  }
}
