import Backends
import TestServers
import Testing

extension EndToEndTests {
  /// `type: grpc` and `http_version: 2`, with PyPI's grpcio and Debian's nginx behind them.
  @Suite(.serialized) struct GrpcTests {
    /// What the server says of itself turns the peer, in log, API, page and `explain` alike.
    @Test func aServerThatIsNotServingIsDownUntilItIs() async throws {
      let authority = try await Authority()
      let server = try await GrpcServer(try await authority.issue(["DNS:api.internal"]))
      let folder = try TestFolder()
      let (plain, secured) = ("127.0.0.1:\(server.port)", "127.0.0.1:\(server.secured)")
      let file = try folder.write(
        "quorate.yaml",
        """
        listen: 127.0.0.1:0
        defaults: {type: grpc, grpc_service: shop.Cart, interval: 50ms, fall: 2, rise: 2}
        upstreams:
          - {upstream: plain, peers: ["\(plain)"]}
          - {upstream: secured, tls: true, host: api.internal, ca: \(authority.ca), peers: ["\(secured)"]}

        """)
      let node = try await QuorateServer(["--config", file])
      func peer(_ upstream: String, _ address: String, _ wanted: String) async throws -> String {
        try await HttpClient.get(
          "/api/v1/upstreams/\(upstream)/peers/\(address)", port: node.port, within: .seconds(10)
        ) { $0.body.contains(wanted) && $0.body.contains("\"evidence\":\"confirmed\"") }.body
      }
      for (upstream, address) in [("plain", plain), ("secured", secured)] {
        let up = try await peer(upstream, address, "\"status\":\"up\"")
        #expect(up.contains("\"code\":\"OK\""), "\(up)")
      }
      try await server.set("shop.Cart", "NOT_SERVING")
      for (upstream, address) in [("plain", plain), ("secured", secured)] {
        try await node.logged("bad health status from \(address): NOT_SERVING")
        try await node.logged("peer \(address) is turned down after 2 failure(s)")
        let down = try await peer(upstream, address, "\"status\":\"down\"")
        #expect(
          down.contains("\"code\":\"L7GSRV\"") && down.contains("\"detail\":\"NOT_SERVING\""), "\(down)")
      }
      let page = try await node.get("/").body
      #expect(page.contains("L7GSRV") && page.contains("NOT_SERVING"))
      #expect(page.contains("health of shop.Cart in TLS"), "the page does not tell what is asked")
      try await server.set("shop.Cart", "SERVING")
      for (upstream, address) in [("plain", plain), ("secured", secured)] {
        try await node.logged("peer \(address) is turned up after 2 success(es)")
        _ = try await peer(upstream, address, "\"status\":\"up\"")
      }
      await node.end()
      await server.stop()
      #expect(server.log.isEmpty, "\(server.log)")
    }

    @Test func aURLIsProbedOnce() async throws {
      let authority = try await Authority()
      let own = try await authority.issue(["IP:127.0.0.1"])
      let server = try await GrpcServer(own)
      let nginx = try await StreamNginx(own, grpc: server.port)
      let ca = ["--ca", authority.ca]
      let cases: [(words: [String], end: Int32, told: [String])] = [
        (["grpc://127.0.0.1:\(server.port)"], 0, ["UP", "OK 200"]),
        (["grpc://127.0.0.1:\(server.port)/shop.Cart"], 0, ["UP"]),
        (["grpc://127.0.0.1:\(server.port)/shop.Stock"], 1, ["DOWN", "L7GSRV", "NOT_SERVING"]),
        (["grpc://127.0.0.1:\(server.bare)"], 1, ["L7GSTS", "UNIMPLEMENTED, it has no health service"]),
        (
          ca + ["grpcs://127.0.0.1:\(server.secured)/shop.Cart"], 0,
          ["HANDSHAKE", "certificate of 127.0.0.1"]
        ),
        (["grpcs://127.0.0.1:\(server.secured)"], 1, ["L6CERT", "unknown issuer"]),
        (["--insecure", "grpcs://127.0.0.1:\(server.secured)"], 0, ["UP"]),
        (["--http-version", "2", "http://127.0.0.1:\(nginx.plain)/status"], 0, ["UP", "OK 200"]),
        (
          ["--http-version", "2", "--path", "/", "--status", "404", "127.0.0.1:\(nginx.plain)"], 0,
          ["OK 404", "FIRST BYTE"]
        ),
        (
          ca + [
            "--http-version", "2", "--expect", "status=404", "--expect", "body=nginx",
            "https://127.0.0.1:\(nginx.secured)/a",
          ], 0,
          ["OK 404", "HANDSHAKE"]
        ),
        (ca + ["--http-version", "2", "https://127.0.0.1:\(nginx.oldSecured)/"], 1, ["L6ALPN", "(ALPN)"]),
        (["--http-version", "2", "http://127.0.0.1:\(nginx.old)/"], 1, ["L7H2", "HTTP/1"]),
      ]
      for (words, end, told) in cases {
        let result = try await QuorateServer.run(["probe"] + words)
        #expect(result.end == .exit(end), "\(words): \(result)")
        for text in told { #expect(result.output.contains(text), "\(words): \(result)") }
      }
      for bad in [
        ["grpc://"], ["--path", "/x", "grpc://a:1"], ["--http-version", "2", "grpc://a:1"],
        ["--http-version", "3", "http://a"],
        ["--http-version", "2", "a:1"], ["--status", "200", "grpc://a:1"], ["--ca", "/x", "grpc://a:1"],
        ["grpc://a:1/a b"],
      ] {
        let refused = try await QuorateServer.run(["probe"] + bad)
        #expect(refused.end == .exit(64) && !refused.error.isEmpty, "\(bad): \(refused)")
      }
      try await nginx.stop()
      await server.stop()
    }
  }
}
