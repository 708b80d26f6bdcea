import Backends
import TestServers
import Testing

extension EndToEndTests {
  /// Several checks of a peer, panic, and what probes come to, in a running node.
  @Suite(.serialized) struct ChecksTests {
    private static func settings(_ peers: [String], admin: UInt16) throws -> (TestFolder, String) {
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml",
        """
        listen: 127.0.0.1:0
        upstreams:
          - upstream: shop
            fall: 2
            rise: 1
            panic: 60%
            checks:
              - {name: port, type: tcp, interval: 100ms}
              - {name: admin, type: http, path: /healthz, port: \(admin), interval: 100ms, valid_statuses: [200]}
            peers: [\(peers.map { "\"\($0)\"" }.joined(separator: ", "))]

        """)
      return (folder, file)
    }

    @Test func aPeerPassesAllItsChecks() async throws {
      let (port, admin) = (try Backend(.ok), try Backend(.ok))
      let (folder, file) = try Self.settings([port.peer], admin: admin.port)
      let checker = try await QuorateServer(["--config", file])
      let path = "/api/v1/upstreams/shop/peers/\(port.peer)"
      _ = try await HttpClient.get(path, port: checker.port, within: .seconds(10)) {
        $0.body.contains("\"evidence\":\"confirmed\"")
      }
      var log = 0
      await admin.behave(.status(503))
      log = try await checker.logged("bad status code from \(port.peer): check admin: 503", from: log).next
      log = try await checker.logged("peer \(port.peer) is turned down after 2 failure(s)", from: log).next
      // The consensus follows in a moment.
      let down = try await HttpClient.get(path, port: checker.port, within: .seconds(10)) { $0.status == 503 }
      #expect(down.status == 503 && down.body.contains("\"reason\":\"L7STS\""), "\(down.body)")
      #expect(down.body.contains("\"detail\":\"check admin: 503\""), "\(down.body)")
      // The only peer is down: that is below 60 %.
      #expect(try await checker.get("/api/v1/upstreams/shop").body.contains("\"panic\":true"))
      let page = try await checker.get("/").body
      #expect(page.contains(">PANIC<") && page.contains("check admin: http every 100 ms"), "\(page)")
      await admin.behave(.ok)
      _ = try await checker.logged("peer \(port.peer) is turned up after 1 success(es)", from: log)
      _ = try await checker.logged("upstream shop: no panic any more: 1 of 1 peers are up", from: log)
      let once = try await QuorateServer.run(["probe", "--config", file])
      #expect(once.end == .exit(0) && once.output.contains("CHECK"), "\(once)")
      #expect(
        once.output.contains("shop      port   ") && once.output.contains("shop      admin  "),
        "\(once.output)")
      await checker.end()
      withExtendedLifetime(folder) {}
    }

    /// Prometheus' own judge has nothing to say of what is served, and finds what the probes came to.
    @Test func whatProbesComeToIsInTheMetrics() async throws {
      let backend = try Backend(.ok)
      let (folder, file) = try Self.settings([backend.peer, "127.0.0.1:1"], admin: backend.port)
      let checker = try await QuorateServer(["--config", file])
      let metrics = try await HttpClient.get("/metrics", port: checker.port, within: .seconds(10)) {
        $0.body.contains(#"quorate_probes_total{upstream="shop",check="port",type="tcp",code="L4CON"}"#)
          && $0.body.contains(#"quorate_probes_total{upstream="shop",check="admin",type="http",code="OK"}"#)
      }
      #expect(
        metrics.body.contains(#"quorate_probe_first_byte_seconds_count{upstream="shop",check="admin"}"#))
      #expect(metrics.body.contains(#"quorate_upstream_panic{upstream="shop"}"#))
      let text = try folder.write("metrics.txt", metrics.body)
      let judged = try await Shell.run(#"promtool check metrics <"$1""#, [text])
      #expect(judged.end == .exit(0) && (judged.output + judged.error).isEmpty, "\(judged)")
      await checker.end()
    }
  }
}
