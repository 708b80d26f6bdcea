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

    @Test func tellsItsVersionAndUse() async throws {
      let version = try await QuorateServer.run(["--version"])
      #expect(version.end == .exit(0))
      #expect(version.output.contains("0."))
      for command in [
        [], ["serve"], ["probe"], ["status"], ["watch"], ["nodes"], ["explain"], ["peer"], ["config"],
        ["config", "check"], ["config", "import"],
      ] {
        let help = try await QuorateServer.run(command + ["--help"])
        #expect(help.end == .exit(0))
        #expect(help.output.contains("USAGE: quorate"))
      }
      for command in [
        ["serve"], ["probe"], ["status"], ["watch"], ["nodes"], ["explain"], ["peer"], ["config", "check"],
        ["config", "import"],
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
