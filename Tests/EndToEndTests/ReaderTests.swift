import Backends
import RedisTestServer
import TestServers
import Testing

extension EndToEndTests {
  /// Who may read, and what nobody may.
  @Suite(.serialized) struct ReaderTests {
    @Test func othersAreRefused() async throws {
      let folder = try TestFolder()
      let file = try folder.write("quorate.yaml", settings(allow: "127.0.0.2/32"))
      let checker = try await QuorateServer(["--config", file])
      for path in ["/", "/status", "/status?format=prometheus", "/api/v1/upstreams", "/livez", "/nothing"] {
        #expect(try await checker.get(path).status == 403, "\(path)")
      }
      #expect(try await checker.get("/status", from: "127.0.0.2").status == 200)

      // The list is read again with the rest.
      try folder.write("quorate.yaml", settings(allow: "127.0.0.1/32"))
      checker.readSettingsAgain()
      try await checker.logged("the settings were read again")
      #expect(try await checker.get("/status").status == 200)
      #expect(try await checker.get("/status", from: "127.0.0.2").status == 403)
      await checker.end()
    }

    private func settings(allow: String) -> String {
      """
      listen: 127.0.0.1:0
      allow: [\(allow)]
      upstreams: [{upstream: a, type: tcp, peers: ["127.0.0.1:1"]}]

      """
    }

    /// Secrets that are planted in the settings come out nowhere, in good times and bad.
    @Test func secretsStayInside() async throws {
      let secret = "planted-\(UInt64.random(in: 0...UInt64.max))"
      let bad = try Backend(.status(500))
      defer { bad.stop() }
      let redis = try await RedisServer(["--user", "user", "on", ">\(secret)", "~*", "&*", "+@all"])
      let folder = try TestFolder()
      let good = """
        listen: 127.0.0.1:0
        redis: unix://user:${REDIS_SECRET}@\(redis.socket)
        heartbeat: 100ms
        member_expiry: 1s
        upstreams:
          - upstream: a
            type: http
            http_req: "GET /status HTTP/1.0\\r\\nAuthorization: Bearer ${REDIS_SECRET}\\r\\n\\r\\n"
            valid_statuses: [200]
            interval: 50ms
            fall: 2
            peers: ["\(bad.peer)"]

        """
      let environment = ["REDIS_SECRET": secret]
      let file = try folder.write("quorate.yaml", good)
      let checker = try await QuorateServer(
        ["--config", file, "--log-level", "debug", "--log-format", "json"], environment: environment)
      try await checker.logged("is DOWN by consensus")
      #expect(String(decoding: bad.lastRequest, as: UTF8.self).contains("Bearer \(secret)"))
      var outputs: [(String, String)] = []
      for path in [
        "/", "/status", "/status?format=prometheus", "/status?format=json", "/api/v1/upstreams",
        "/api/v1/upstreams/a", "/api/v1/upstreams/a/events", "/readyz",
      ] {
        let answer = try await checker.get(path)
        outputs.append((path, answer.body + answer.headers.joined()))
      }
      // Settings that are wrong in every line with a secret.
      try folder.write(
        "quorate.yaml",
        """
        redis: redis://user:${REDIS_SECRET}@127.0.0.1:port/0
        node: "${REDIS_SECRET} with spaces ${REDIS_SECRET}"
        upstreams:
          - {upstream: a, type: http, http_request: "GET /${REDIS_SECRET}", peers: ["127.0.0.1:1"]}

        """)
      checker.readSettingsAgain()
      try await checker.logged("the old ones stay in force")
      outputs.append(("log", checker.log))
      for command in [["config", "check", file], ["serve", "--config", file]] {
        let result = try await QuorateServer.run(command, environment: environment)
        #expect(result.end == .exit(2))
        outputs.append((command[0], result.output + result.error))
      }
      await checker.end()
      for (name, text) in outputs {
        #expect(!text.isEmpty, "\(name)")
        #expect(!text.contains(secret), "\(name): \(text)")
      }
    }

    @Test func logLinesMayBeJson() async throws {
      let bad = try Backend(.refusing)
      defer { bad.stop() }
      let checker = try await QuorateServer(
        ["--peer", bad.peer, "--listen", "127.0.0.1:0", "--log-format", "json"])
      let line = try await checker.logged("failed to connect to \(bad.peer)").text
      #expect(line.hasPrefix("{") && line.hasSuffix("}"))
      #expect(line.contains("\"level\":\"error\""))
      #expect(line.contains("\"peer\":\"\(bad.peer)\""))
      await checker.end()
    }
  }
}
