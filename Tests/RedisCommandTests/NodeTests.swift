import Backends
import Health
import Ledger
import LedgerTestKit
import RedisTestServer
import TestServers
import Testing

extension RedisCommandTests {
  /// A node that is gone for good.
  @Suite(.serialized) struct NodeTests {
    /// a lives; b and c were killed, and a has dropped them.
    private static func twoKilled() async throws -> Stage {
      let stage = try await Stage()
      _ = try await stage.begin()
      let dropping = ["b", "c"].map { Pulse(node: $0, run: "r1", beat: 3) }
      _ = try await stage.contract.ask(
        .heartbeat(
          Heartbeat(member: Member(node: "a", run: "r1", beat: 4, isWarm: true), dropping: dropping)))
      return stage
    }

    @Test func whoIsMissingIsShownAndForgotten() async throws {
      let stage = try await Self.twoKilled()
      let nodes = try await stage.run(["nodes"])
      #expect(nodes.end == .exit(0) && nodes.output.contains("b     missing  "), "\(nodes)")
      #expect(nodes.output.contains("1 of 3 nodes: its vote alone decides.\n"))
      let explained = try await stage.run(["explain", "foo.com", "127.0.0.1:80"])
      #expect(explained.output.contains("1 of 3 nodes: its vote alone decides."))
      let forgotten = try await stage.run(["node", "forget", "b"])
      #expect(forgotten.end == .exit(0) && forgotten.error == "", "\(forgotten)")
      #expect(forgotten.output.hasPrefix("forgotten: b, run r1 at 10.0.0.1:8080, last heard 20"))
      #expect(try await stage.ledger.missing().map(\.node) == ["c"])
      #expect(try await stage.run(["nodes"]).output.contains("1 of 2 nodes: its vote alone decides.\n"))
      #expect(try await stage.run(["node", "forget", "c"]).end == .exit(0))
      let whole = try await stage.run(["nodes", "--json"])
      #expect(whole.output.contains(#""missing":0"#) && whole.output.contains(#""sentence":null"#))
    }

    @Test func whoLivesIsNotForgotten() async throws {
      let stage = try await Self.twoKilled()
      let answer = try await stage.run(["node", "forget", "a"])
      #expect(answer.end == .exit(1) && answer.output == "")
      #expect(answer.error.hasPrefix("quorate: a lives: its last heartbeat was "))
      #expect(answer.error.hasSuffix(" s ago (run r1); stop it first\n"))
      #expect(try await stage.ledger.members().map(\.node) == ["a"])
    }

    /// All are dead, and nobody is left to drop them.
    @Test func whoIsSilentIsForgotten() async throws {
      let stage = try await Self.twoKilled()
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml",
        """
        redis: unix://\(stage.server.socket)
        namespace: test
        member_expiry: 1s
        heartbeat: 200ms
        upstreams: [{upstream: a, type: tcp, peers: ["127.0.0.1:1"]}]
        """)
      func forget() async throws -> (end: Child.End?, output: String, error: String) {
        try await QuorateServer.run(["node", "forget", "a", "--config", file])
      }
      var answer = try await forget()
      // It is taken for alive until it has been silent for long enough.
      while answer.error.contains("a lives") { answer = try await forget() }
      #expect(answer.end == .exit(0) && answer.output.hasPrefix("forgotten: a, run r1"), "\(answer)")
      #expect(try await stage.ledger.members().isEmpty)
    }

    @Test func aMisspeltNameIsAnsweredWithTheNearest() async throws {
      let stage = try await Self.twoKilled()
      let answer = try await stage.run(["node", "forget", "bb"])
      #expect(answer.end == .exit(1))
      #expect(answer.error.hasPrefix("quorate: there is no node bb in Redis at "))
      #expect(answer.error.hasSuffix("namespace test; there are b, a, c\n"))
      #expect(try await QuorateServer.run(["node", "forget"] + stage.place).end == .exit(64))
      #expect(
        try await QuorateServer.run(["node", "forget", "a"], environment: ["QUORATE_REDIS": ""]).end
          == .exit(64))
    }
  }
}
