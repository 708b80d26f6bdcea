import Backends
import Glibc
import TestServers
import Testing

extension EndToEndTests {
  /// Starting, reading settings again, ending.
  @Suite(.serialized) struct LifeTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func startsFastAndEndsCleanly(_ signal: Int32) async throws {
      let silent = try Backend(.silent)
      defer { silent.stop() }
      let clock = ContinuousClock()
      let begin = clock.now
      let checker = try await QuorateServer(["--peer", silent.peer, "--listen", "127.0.0.1:0"])
      // The promise is one second; this is a build for development on a machine with other work.
      #expect(clock.now - begin < .seconds(3))
      // A probe is under way: it must not hold up the end.
      _ = await silent.counts { $0.accepted > 0 }
      let told = clock.now
      #expect(await checker.process.stop(with: signal) == .exit(0), "\(checker.log)")
      #expect(clock.now - told < .seconds(1.5))
    }

    @Test func saysWhyItCannotStart() async throws {
      let taken = try Backend(.silent)
      defer { taken.stop() }
      let result = try await QuorateServer.run(["serve", "--peer", "127.0.0.1:1", "--listen", taken.peer])
      #expect(result.end == .exit(1))
      #expect(result.error.contains(taken.peer), "\(result.error)")
    }

    @Test func peersKeepTheirStateByName() async throws {
      let good = try Backend(.ok)
      let bad = try Backend(.refusing)
      let new = try Backend(.ok)
      defer { for backend in [good, bad, new] { backend.stop() } }
      let folder = try TestFolder()
      let file = try folder.write("quorate.yaml", settings(peers: [good.peer, bad.peer], fall: 2))
      let checker = try await QuorateServer(["--config", file])
      try await checker.logged("peer \(bad.peer) is DOWN by consensus")
      try await expectPage(checker, [(good.peer, "UP"), (bad.peer, "DOWN")])

      // Another order, one more peer, and a fall that nobody reaches during the test: who is down has stayed so.
      try folder.write("quorate.yaml", settings(peers: [new.peer, bad.peer, good.peer], fall: 1000))
      checker.readSettingsAgain()
      try await checker.logged("the settings were read again")
      try await expectPage(checker, [(new.peer, "UP"), (bad.peer, "DOWN"), (good.peer, "UP")])
      #expect(!checker.log.contains("turned up"))
      #expect(await new.counts { $0.requests > 1 } != nil)

      // And it rises as itself.
      await bad.behave(.ok)
      try await checker.logged("peer \(bad.peer) is UP by consensus")
      try await expectPage(checker, [(new.peer, "UP"), (bad.peer, "UP"), (good.peer, "UP")])
      await checker.end()
    }

    @Test func badSettingsChangeNothing() async throws {
      let good = try Backend(.ok)
      let bad = try Backend(.refusing)
      defer { for backend in [good, bad] { backend.stop() } }
      let folder = try TestFolder()
      let file = try folder.write("quorate.yaml", settings(peers: [good.peer, bad.peer], fall: 2))
      let checker = try await QuorateServer(["--config", file])
      try await checker.logged("peer \(bad.peer) is DOWN by consensus")

      try folder.write("quorate.yaml", "upstreams:\n  - upstreem: a\n    type: nonsense\n")
      checker.readSettingsAgain()
      try await checker.logged("\(file):2:5: ")
      try await checker.logged("the settings were not taken; the old ones stay in force")
      try await expectPage(checker, [(good.peer, "UP"), (bad.peer, "DOWN")])

      // It is still there to read good ones.
      try folder.write("quorate.yaml", settings(peers: [bad.peer], fall: 2))
      checker.readSettingsAgain()
      try await checker.logged("the settings were read again")
      try await expectPage(checker, [(bad.peer, "DOWN")])
      await checker.end()
    }

    private func settings(peers: [String], fall: Int) -> String {
      """
      listen: 127.0.0.1:0
      upstreams:
        - upstream: app
          type: http
          http_req: "GET /status HTTP/1.0\\r\\n\\r\\n"
          interval: 50ms
          fall: \(fall)
          rise: 2
          peers: [\(peers.map { "\"\($0)\"" }.joined(separator: ", "))]

      """
    }

    private func expectPage(_ checker: QuorateServer, _ peers: [(String, String)]) async throws {
      let lines = peers.map { "        \($0.0) \($0.1)\n" }.joined()
      let wanted = "Upstream app\n    Primary Peers\n\(lines)    Backup Peers\n"
      #expect(try await checker.page(becomes: wanted) == wanted)
    }
  }
}
