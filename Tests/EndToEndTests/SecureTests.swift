import Backends
import TestServers
import Testing

extension EndToEndTests {
  /// `type: https` with Debian's nginx behind it.
  @Suite(.serialized) struct SecureTests {
    private func lua(_ port: UInt16, _ more: String) -> String {
      """
      upstream api { server 127.0.0.1:\(port); }
      init_worker_by_lua_block {
        local hc = require "resty.upstream.healthcheck"
        hc.spawn_checker{ shm = "h", upstream = "api", type = "https", \(more),
          http_req = "GET /status HTTP/1.0\\r\\n\\r\\n", interval = 100, fall = 2, rise = 1, valid_statuses = {200} }
      }

      """
    }

    /// Settings of lua-resty work as they are: without a name only who has signed counts.
    @Test func settingsOfLuaRestyWork() async throws {
      let authority = try await Authority()
      let nginx = try await SecureNginx([.init(try await authority.issue(["DNS:other.internal"]))])
      let folder = try TestFolder()
      let conf = try folder.write(
        "nginx.conf", lua(nginx.ports[0], "ssl_verify = true, ca = \"\(authority.ca)\""))
      let checker = try await QuorateServer(["--nginx", conf, "--listen", "127.0.0.1:0"])
      // What nobody has voted on yet stands as up, too.
      let peer = "/api/v1/upstreams/api/peers/127.0.0.1:\(nginx.ports[0])"
      let voted = try await HttpClient.get(peer, port: checker.port, within: .seconds(10)) {
        $0.body.contains("\"evidence\":\"confirmed\"")
      }
      #expect(
        voted.body.contains("\"status\":\"up\"") && voted.body.contains("\"code\":\"OK\""), "\(voted.body)")
      let named = try folder.write(
        "nginx.conf", lua(nginx.ports[0], "host = \"api.internal\", ca = \"\(authority.ca)\""))
      #expect(named == conf)
      checker.readSettingsAgain()
      try await checker.logged(
        "failed to ssl handshake to 127.0.0.1:\(nginx.ports[0]): certificate is for other.internal, not api.internal"
      )
      try await checker.logged("peer 127.0.0.1:\(nginx.ports[0]) is turned down after 2 failure(s)")
      await checker.end()
      try await nginx.stop()
    }

    /// The end of a certificate is told in log, API, metrics and page, and takes nobody down.
    @Test func theEndOfACertificateIsTold() async throws {
      let authority = try await Authority()
      let nginx = try await SecureNginx([
        .init(try await authority.issue(["IP:127.0.0.1"], until: "20980101000000Z"))
      ])
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml",
        """
        listen: 127.0.0.1:0
        upstreams:
          - {upstream: api, type: https, path: /status, interval: 100ms, ca: \(authority.ca), cert_warning: 3650d,
             peers: ["127.0.0.1:\(nginx.ports[0])"]}

        """)
      let checker = try await QuorateServer(["--config", file])
      try await checker.logged(
        "upstream api: the certificate of peer 127.0.0.1:\(nginx.ports[0]) ends in 3649 days")
      let peer = "/api/v1/upstreams/api/peers/127.0.0.1:\(nginx.ports[0])"
      let told = try await HttpClient.get(peer, port: checker.port, within: .seconds(10)) {
        $0.body.contains("\"certificate_ends\"") && $0.body.contains("\"status\":\"up\"")
      }
      #expect(told.body.contains("\"certificate_ends\":\"20"), "\(told.body)")
      let metrics = try await checker.get("/metrics").body
      #expect(
        metrics.contains(
          "quorate_peer_certificate_end_timestamp_seconds{upstream=\"api\",peer=\"127.0.0.1:\(nginx.ports[0])\"} 2"
        ))
      #expect(try await checker.get("/").body.contains("Its certificate ends in 3,649 days"))
      await checker.end()
      try await nginx.stop()
    }

    @Test func aURLIsProbedOnce() async throws {
      let authority = try await Authority()
      let nginx = try await SecureNginx([.init(try await authority.issue(["IP:127.0.0.1"]))])
      let url = "https://127.0.0.1:\(nginx.ports[0])/status"
      let good = try await QuorateServer.run(["probe", "--ca", authority.ca, "--status", "200", url])
      #expect(good.end == .exit(0), "\(good)")
      #expect(
        good.output.contains("HANDSHAKE") && good.output.contains("certificate of 127.0.0.1, until 20"),
        "\(good)")
      let strange = try await QuorateServer.run(["probe", url])
      #expect(
        strange.end == .exit(1) && strange.output.contains("L6CERT")
          && strange.output.contains("unknown issuer"), "\(strange)")
      let blind = try await QuorateServer.run(["probe", "--insecure", url])
      #expect(blind.end == .exit(0), "\(blind)")
      for bad in [
        ["ftp://a"], ["https://"], ["https://a:b@c"], ["--ca", "/x", "http://a"], ["https://a", "b:1"],
      ] {
        let refused = try await QuorateServer.run(["probe"] + bad)
        #expect(refused.end == .exit(64) && !refused.error.isEmpty, "\(bad): \(refused)")
      }
      try await nginx.stop()
    }
  }
}
