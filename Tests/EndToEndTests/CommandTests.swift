import Backends
import TestServers
import Testing

extension EndToEndTests {
  /// The commands beside `serve`: what they print, and how they end.
  @Suite(.serialized) struct CommandTests {
    @Test func probeShowsPhasesAndFailsWhenOneIsDown() async throws {
      let good = try Backend(.slow(30))
      let bad = try Backend(.refusing)
      let wrong = try Backend(.status(500))
      defer { for backend in [good, bad, wrong] { backend.stop() } }
      let one = try await QuorateServer.run(["probe", "--path", "/status", good.peer])
      #expect(one.end == .exit(0), "\(one.error)")
      let all = try await QuorateServer.run(
        ["probe", "--path", "/status", "--status", "200", good.peer, bad.peer, wrong.peer])
      #expect(all.end == .exit(1))
      let rows = all.output.split(separator: "\n").map {
        $0.split(separator: "  ").map { $0.filter { $0 != " " } }
      }
      #expect(rows.map(\.count).min() ?? 0 > 3, "\(all.output)")
      let titles = rows.first ?? []
      for title in ["PEER", "STATE", "CODE", "CONNECT", "FIRSTBYTE", "TOTAL"] {
        #expect(titles.contains(title))
      }
      #expect(
        rows.contains { $0.contains(good.peer) && $0.contains("UP") && $0.contains("OK200") }, "\(all.output)"
      )
      #expect(rows.contains { $0.contains(bad.peer) && $0.contains("DOWN") && $0.contains("L4CON") })
      #expect(rows.contains { $0.contains(wrong.peer) && $0.contains("DOWN") && $0.contains("L7STS") })
    }

    @Test func probeTakesPeersFromSettings() async throws {
      let good = try Backend(.ok)
      defer { good.stop() }
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml", "upstreams: [{upstream: a, type: tcp, peers: [\"\(good.peer)\"]}]\n")
      let result = try await QuorateServer.run(["probe", "--config", file])
      #expect(result.end == .exit(0), "\(result.error)")
      #expect(result.output.contains(good.peer))
    }

    /// Flags that would not be heeded, or could not mean anything, are refused with the reason.
    @Test(arguments: [
      (["probe", "--path", "/", "--status", "1000", "127.0.0.1:1"], "--status is 0 to 999, not 1000"),
      (["probe", "--path", "/", "--status", "65535", "127.0.0.1:1"], "--status is 0 to 999, not 65535"),
      (["probe", "--path", "/", "--status", "100", "127.0.0.1:1"], "--status 100 never counts"),
      (
        ["probe", "--path", "/", "--status", "200", "--status", "103", "127.0.0.1:1"],
        "--status 103 never counts"
      ),
      (["probe", "--path", "/", "--status", "-1", "127.0.0.1:1"], "--status"),
      (["probe", "--status", "200", "127.0.0.1:1"], "--status wants --path"),
      (["probe", "--status", "200", "--config", "a.yaml"], "--status wants --path"),
      (["probe", "--path", "/", "--config", "a.yaml"], "--path is for peers that are named here"),
      (["probe", "--path", "/", "--nginx", "a.conf"], "--path is for peers that are named here"),
      (
        ["probe", "--path", "/", "--nginx", "a.conf", "127.0.0.1:1"],
        "--path is for peers that are named here"
      ),
      (["probe", "--timeout", "5", "--config", "a.yaml"], "--timeout is for peers that are named here"),
      (["probe", "--path", "a", "127.0.0.1:1"], "--path begins with /"),
      (["probe", "--path", "/ b", "127.0.0.1:1"], "--path begins with /"),
      (["probe", "--path", "/\u{1}", "127.0.0.1:1"], "--path begins with /"),
      (["probe"], "name at least one peer"),
      (["probe", "--timeout", "0", "127.0.0.1:1"], "--timeout is 1 to"),
      (["status", "--upstream", "a"], "--upstream wants --redis"),
      (["status", "--namespace", "a"], "--namespace wants --redis"),
      (["status", "--url", "http://127.0.0.1:1", "--namespace", "a"], "give one or the other"),
      (["status", "--url", "http://127.0.0.1:1", "--upstream", "a"], "give one or the other"),
      (["status", "--url", "http://127.0.0.1:1/?a", "--upstream", "a"], "--url is the address of a node"),
      (["status", "--url", "http://u:p@127.0.0.1:1"], "--url is the address of a node"),
      (["serve", "--peer", "127.0.0.1:1", "--namespace", "a"], "--namespace keeps clusters apart"),
      (
        ["watch", "--redis", "redis://127.0.0.1:1", "--after", "3"],
        "--after counts the events of one upstream"
      ),
    ])
    func whatIsNotHeededIsRefused(words: [String], sentence: String) async throws {
      let environment = ["QUORATE_REDIS": "", "QUORATE_NAMESPACE": ""]
      let answer = try await QuorateServer.run(words, environment: environment)
      #expect(answer.end == .exit(64) && answer.error.contains(sentence), "\(answer)")
    }

    /// 0 is in range as it is in settings; a code that the peer has is a success.
    @Test func statusesOfTheProbe() async throws {
      let odd = try Backend(.status(999))
      defer { odd.stop() }
      let words = ["probe", "--path", "/", "--status", "0", "--status", "101", odd.peer]
      #expect(try await QuorateServer.run(words).end == .exit(1))
      #expect(try await QuorateServer.run(words + ["--status", "999"]).end == .exit(0))
    }

    @Test func tellsItsVersionAndUse() async throws {
      let version = try await QuorateServer.run(["--version"])
      #expect(version.end == .exit(0))
      #expect(version.output.contains("0."))
      for command in [
        [], ["serve"], ["probe"], ["status"], ["watch"], ["nodes"], ["explain"], ["peer"], ["config"],
        ["config", "check"], ["config", "import"], ["redis"], ["redis", "acl"],
      ] {
        let help = try await QuorateServer.run(command + ["--help"])
        #expect(help.end == .exit(0))
        #expect(help.output.contains("USAGE: quorate"))
      }
      for command in [
        ["serve"], ["probe"], ["status"], ["watch"], ["nodes"], ["explain"], ["peer"], ["config", "check"],
        ["config", "import"], ["redis", "acl"],
      ] {
        #expect(try await QuorateServer.run(command + ["--help"]).output.contains("Example"), "\(command)")
      }
    }

    @Test func configCheckSaysEverythingAtOnce() async throws {
      let folder = try TestFolder()
      let file = try folder.write(
        "bad.yaml",
        """
        lisen: 127.0.0.1:8080
        upstreams:
          - upstream: a
            type: http
            intervall: 2s
            fall: 0
            peers: [127.0.0.1:1, 127.0.0.1:1]
        """)
      let result = try await QuorateServer.run(["config", "check", file])
      #expect(result.end == .exit(2))
      let lines = (result.output + result.error).split(separator: "\n")
      for place in ["1:1", "5:5", "6:11"] {
        #expect(
          lines.contains { $0.hasPrefix("\(file):\(place): ") && $0.contains("; ") }, "\(place) of \(lines)")
      }
      #expect(lines.contains { $0.contains("lisen") && $0.contains("listen") })
      #expect(lines.contains { $0.contains("intervall") && $0.contains("interval") })
      #expect(lines.contains { $0.contains("\"http_req\" option required") })
      #expect(lines.contains { $0.hasPrefix("\(file):7:") && $0.contains("127.0.0.1:1") })
      let serve = try await QuorateServer.run(["serve", "--config", file])
      #expect(serve.end == .exit(2))
    }

    @Test func statusShowsTheServedPage() async throws {
      let good = try Backend(.ok)
      defer { good.stop() }
      let checker = try await QuorateServer(["--peer", good.peer, "--listen", "127.0.0.1:0"])
      let url = "http://127.0.0.1:\(checker.port)"
      let text = try await QuorateServer.run(["status", "--url", url])
      #expect(text.end == .exit(0), "\(text.error)")
      #expect(
        text.output == "Upstream default\n    Primary Peers\n        \(good.peer) UP\n    Backup Peers\n")
      let metrics = try await QuorateServer.run(["status", "--url", url, "--format", "prometheus"])
      #expect(metrics.output == (try await checker.get("/status?format=prometheus")).body)
      await checker.end()
      let gone = try await QuorateServer.run(["status", "--url", url])
      // What nobody serves is said once and plainly; asking again until the time was over repeated the system's words.
      #expect(
        gone.error
          == "quorate: cannot read \(url)/status: connection refused; is `quorate serve` running there?\n")
      #expect(gone.end == .exit(1))
      #expect(gone.error.contains(url))
    }
  }
}
