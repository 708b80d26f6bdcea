import Backends
import Health
import Ledger
import TestServers
import Testing

extension RedisCommandTests {
  /// `quorate redis acl`, and what the commands may do as those users.
  @Suite(.serialized) struct AclTests {
    private static let nowhere = ["QUORATE_REDIS": "", "QUORATE_NAMESPACE": ""]

    private func line(_ arguments: [String]) async throws -> String {
      let told = try await QuorateServer.run(["redis", "acl"] + arguments, environment: Self.nowhere)
      #expect(told.end == .exit(0), "\(told)")
      return String(told.output.dropLast())
    }

    /// The line is taken as it is printed, with a password in its place.
    private func make(_ stage: Stage, _ arguments: [String]) async throws {
      let words = try await line(arguments).replacing(">PASSWORD", with: ">pw").split(separator: " ")
      let command = words.map(String.init)
      _ = try await stage.redis(command)
    }

    @Test func aReaderReads() async throws {
      var stage = try await Stage()
      let lease = try await stage.begin()
      try await stage.turn(lease, .down, after: 1)
      try await make(stage, ["--role", "reader", "--namespace", "test"])
      stage.login = "quorate-reader:pw@"
      for command in [
        ["status"], ["nodes"], ["explain", "foo.com", Stage.peer.text],
        ["status", "--upstream", "foo.com", "--format", "json"],
      ] {
        let told = try await stage.run(command)
        #expect(told.end == .exit(0) && told.error.isEmpty, "\(command): \(told)")
      }
      let watch = try stage.start(["watch", "--upstream", "foo.com", "--after", "1", "--json"])
      #expect(try await watch.lines(1)[0].contains("\"seq\":2"))
      try await watch.says("watching foo.com")
      #expect(watch.state.value.error.text == "quorate: watching foo.com\n")
      await watch.stop()
      let drain = ["peer", "drain", "foo.com", Stage.peer.text, "--by", "a", "--why", "w", "--wait", "0"]
      let refused = try await stage.run(drain)
      #expect(refused.end == .exit(1) && refused.error.contains("HSET"), "\(refused)")
    }

    @Test(arguments: ["6.2", "7.0"]) func anOperatorOverrides(version: String) async throws {
      var stage = try await Stage()
      _ = try await stage.begin()
      try await make(
        stage, ["--role", "operator", "--namespace", "test", "--user", "anna", "--redis-version", version])
      stage.login = "anna:pw@"
      let drain = ["peer", "drain", "foo.com", Stage.peer.text, "--by", "a", "--why", "w", "--wait", "0"]
      let done = try await stage.run(drain)
      #expect(done.end == .exit(0), "\(done)")
      let snapshot = try #require(try await stage.ledger.snapshot(of: Stage.upstream))
      #expect(snapshot.overrides[Stage.peer]?.state == .drain)
    }

    /// Names and channels are those of the settings; no server is asked, and no secret is repeated.
    @Test func theLineIsOfTheSettings() async throws {
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml", "namespace: shop\nredis: redis://web:hunter2@127.0.0.1:1/4\nupstreams: []\n")
      let node = try await line(["--role", "node", "--config", file])
      #expect(
        node.hasPrefix(
          "ACL SETUSER web reset on >PASSWORD ~quorate:{shop}:* ~quorate:{shop:* resetchannels "
            + "&quorate:shop:db4:events &quorate:shop:db4:control &quorate:shop:db4:reports:* +"), "\(node)")
      #expect(!node.contains("hunter2") && !node.contains("@") && !node.contains("allkeys"))
      let sentinel = try await line(
        ["--role", "sentinel", "--redis", "redis+sentinel://h/m?sentinel-user=s&sentinel-password-env=P"])
      #expect(sentinel.hasPrefix("ACL SETUSER s reset on >PASSWORD resetchannels &+switch-master +"))
      let reader = try await line(["--role", "reader"])
      #expect(reader.hasPrefix("ACL SETUSER quorate-reader reset on >PASSWORD ~quorate:{default}:* "))
      let old = try await QuorateServer.run(
        ["redis", "acl", "--role", "operator", "--redis-version", "6.2"], environment: Self.nowhere)
      #expect(!old.output.contains("(") && old.error.contains("before 7.0"), "\(old)")
      for words in [
        ["--role", "king"], ["--role", "node", "--user", "a b"], ["--role", "node", "--namespace", "{"],
        ["--role", "node", "--redis-version", "5"], [],
      ] {
        let refused = try await QuorateServer.run(["redis", "acl"] + words, environment: Self.nowhere)
        #expect(refused.end == .exit(64) && refused.output.isEmpty, "\(refused)")
      }
    }
  }
}
