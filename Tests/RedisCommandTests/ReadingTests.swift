import Backends
import FoundationEssentials
import Health
import Ledger
import LedgerTestKit
import RedisTestServer
import TestServers
import Testing

extension RedisCommandTests {
  /// Commands that read once.
  @Suite(.serialized) struct ReadingTests {
    @Test func statusIsThePageOfANode() async throws {
      let stage = try await Stage()
      let lease = try await stage.begin()
      try await stage.turn(lease, .down, after: 1)
      let page = """
        Upstream foo.com
            Primary Peers
                127.0.0.1:80 DOWN
            Backup Peers
                [::1]:81 UP

        """
      let text = try await stage.run(["status"])
      #expect(text.end == .exit(0) && text.output == page && text.error == "", "\(text)")
      let one = try await stage.run(["status", "--upstream", "foo.com", "--format", "prometheus"])
      #expect(
        one.output.contains(
          "name=\"foo.com\",endpoint=\"127.0.0.1:80\",status=\"DOWN\",role=\"PRIMARY\"} 1\n"))
      #expect(try await stage.run(["status", "--format", "json"]).output.hasPrefix("{\"stale\":false,"))
      // Nobody leads: the page is the same, and the remark is beside it.
      _ = try await stage.contract.ask(.release(Stage.upstream, lease.holder))
      let alone = try await stage.run(["status"])
      #expect(alone.output == page && alone.end == .exit(0))
      #expect(alone.error.contains("nobody leads foo.com now: this is its last known status, "))
      #expect(try await stage.run(["status", "--format", "json"]).output.hasPrefix("{\"stale\":true,"))
    }

    @Test func nodesShowWhoLeadsAndWhoDiffers() async throws {
      let stage = try await Stage()
      _ = try await stage.begin()
      let text = try await stage.run(["nodes"])
      #expect(text.end == .exit(0), "\(text.error)")
      let rows = text.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(rows[0].prefix(3) == ["NODE", "STATE", "HEARD"])
      #expect(
        rows[1].prefix(2) == ["a", "warm"] && rows[1].suffix(5) == ["1", "1", "0.1.0", "10.0.0.1:8080", "r1"])
      #expect(rows[3].contains("(1"))
      #expect(text.output.contains("c has other settings than those in force for foo.com."))
      let status = try await stage.run(["status", "--format", "json"])
      #expect(
        status.output.contains(#""drift":["c"]"#) && status.output.contains(#""leader":"a""#), "\(status)")
      let json = try await stage.run(["nodes", "--json"])
      for part in [#""leads":{"count":1,"names":["foo.com"]}"#, #""drift":["foo.com"]"#] {
        #expect(json.output.contains(part), "\(part) is not in \(json.output)")
      }
    }

    @Test func explainTellsEverything() async throws {
      let stage = try await Stage()
      let lease = try await stage.begin()
      try await stage.turn(lease, .down, after: 1)
      let refused = Report(
        state: .down, nok: 3, code: "L4CON", detail: "connection refused", micros: 310, atMs: 1)
      for node in ["a", "c"] { try await stage.report(node, refused) }
      try await stage.report("b", Report(state: .up, ok: 9, code: "OK", micros: 310, atMs: 1), run: "gone")
      let text = try await stage.run(["explain", "foo.com", "127.0.0.1:80"])
      #expect(text.end == .exit(0), "\(text.error)")
      for part in [
        "DOWN since ", ": 2 of 3 probers cannot connect (needed 2): ",
        "no: its run is gone", "a, term \(lease.holder.term), run r1; lease ", "event #2;",
        "tcp every 1 s, timeout 1 s, fall 3, rise 2, 3 probers, quorum majority",
        "c has others than those in force", "#2 DOWN (L4CON, 1 of 1 vote): why",
      ] {
        #expect(text.output.contains(part), "\(part) is not in\n\(text.output)")
      }
      let json = try await stage.run(["explain", "--json", "foo.com", "127.0.0.1:80"])
      #expect(json.output.contains(#""standing":"run_gone""#) && json.output.contains(#""seq":2"#))
    }

    @Test func whatThereIsNotIsSaidWithWhatThereIs() async throws {
      let stage = try await Stage()
      _ = try await stage.begin()
      let upstream = try await stage.run(["explain", "fo.com", "127.0.0.1:80"])
      #expect(upstream.end == .exit(1))
      #expect(upstream.error.hasPrefix("quorate: there is no upstream fo.com in Redis at "))
      #expect(upstream.error.hasSuffix("namespace test; there is foo.com\n"))
      let peer = try await stage.run(["explain", "foo.com", "[::1]:80"])
      #expect(peer.end == .exit(1))
      // The nearest first.
      #expect(
        peer.error == "quorate: there is no peer [::1]:80 in foo.com; there are [::1]:81, 127.0.0.1:80\n")
    }

    /// Whoever is told that there is no server is told which, and never the password.
    @Test func noServerIsOneLine() async throws {
      let port = try FreePort.find()
      let url = "redis://me:tops3cret@127.0.0.1:\(port)"
      for command in [
        ["watch"], ["status"], ["nodes"], ["explain", "u", "p"], ["peer", "auto", "u", "p", "--by", "x"],
      ] {
        let answer = try await QuorateServer.run(command + ["--redis", url])
        #expect(answer.end == .exit(1), "\(command)")
        #expect(
          answer.error
            == "quorate: cannot reach Redis: 127.0.0.1:\(port): connection refused; is redis-server running there? --redis names another server\n"
        )
        #expect(answer.output == "")
      }
    }

    @Test func aWrongPasswordIsSaid() async throws {
      let stage = try await Stage(["--requirepass", "right"])
      let answer = try await QuorateServer.run([
        "nodes", "--redis", "unix://:tops3cret@\(stage.server.socket)",
      ])
      #expect(answer.end == .exit(1))
      #expect(answer.error.hasPrefix("quorate: no login to Redis at \(stage.server.socket): "))
      #expect(!answer.error.contains("tops3cret"))
    }

    @Test func theServerComesFromAFileOrTheEnvironment() async throws {
      let stage = try await Stage()
      _ = try await stage.begin()
      let url = "unix://\(stage.server.socket)"
      let named = try await QuorateServer.run(
        ["nodes"], environment: ["QUORATE_REDIS": url, "QUORATE_NAMESPACE": "test"])
      #expect(named.end == .exit(0) && named.output.contains("warm"), "\(named.error)")
      let other = try await QuorateServer.run(
        ["nodes", "--namespace", "other"], environment: ["QUORATE_REDIS": url, "QUORATE_NAMESPACE": "test"])
      #expect(other.output == "There are no nodes.\n")
      let port = try FreePort.find()
      let folder = try TestFolder()
      let upstream = "upstreams: [{upstream: a, type: tcp, peers: [\"127.0.0.1:1\"]}]"
      let file = try folder.write("quorate.yaml", "redis: redis://127.0.0.1:\(port)/3\n\(upstream)\n")
      let fromFile = try await QuorateServer.run(
        ["nodes", "--config", file], environment: ["QUORATE_REDIS": url])
      #expect(fromFile.error.contains("127.0.0.1:\(port)"))
      let bad = try folder.write("bad.yaml", "redis: nowhere\n\(upstream)\n")
      #expect(try await QuorateServer.run(["nodes", "--config", bad]).end == .exit(2))
      let none = try await QuorateServer.run(["nodes"], environment: ["QUORATE_REDIS": ""])
      #expect(none.end == .exit(64) && none.error.contains("QUORATE_REDIS"))
      #expect(try await QuorateServer.run(["nodes", "--redis", "http://x"]).end == .exit(64))
      #expect(
        try await QuorateServer.run(["status", "--url", "http://127.0.0.1:1", "--redis", url]).end
          == .exit(64))
    }
  }
}
