import Health
import Settings
import Testing

/// HTTP/2 and gRPC in settings: what becomes of it, and that it comes back.
struct StreamTests {
  private func checker(_ options: String) throws -> Checker {
    let yaml = "upstreams: [{upstream: shop, peers: [\"127.0.0.1:1\"], \(options)}]"
    let loaded = try load(yaml: yaml).get()
    let again = try load(yaml: loaded.settings.yaml(hostName: "host.example")).get()
    #expect(again.settings.upstreams == loaded.settings.upstreams, "\(loaded.settings.yaml())")
    return try #require(loaded.upstream("shop").checker).composed(for: "shop")
  }

  @Test func grpcAsksForTheWholeServerUnlessItNamesAService() throws {
    let plain = try checker("type: grpc")
    #expect(plain.kind == .grpc && plain.tls == nil && plain.grpcService.isEmpty && plain.speaksHTTP2)
    #expect(plain.parts == RequestParts.grpcHealth(hostHeader: "shop") && plain.request.isEmpty)
    #expect(!plain.usesHTTP2 && plain.expectations == nil)
    #expect(try checker("type: grpc, grpc_service: shop.Cart").grpcService == "shop.Cart")
    let named = try checker("type: grpc, host_header: \"a:1\", headers: {Authorization: b}")
    #expect(
      named.parts
        == RequestParts.grpcHealth(hostHeader: "a:1", headers: [.init(name: "Authorization", value: "b")]))
  }

  @Test func tlsOfGrpcIsThatOfHttps() throws {
    let options = "host: a.internal, ssl_verify: chain, tls_min: \"1.3\", cert_warning: 3d"
    let grpc = try checker("type: grpc, tls: true, \(options)")
    let https = try checker("type: https, path: /, \(options)")
    #expect(grpc.tls != nil && grpc.tls == https.tls)
    #expect(try checker("type: grpc, \(options)").tls == nil)
  }

  @Test func aRequestThatIsComposedCanBeInHTTP2() throws {
    let http = try checker("type: http, http_version: 2, path: /a, valid_statuses: [200]")
    #expect(http.usesHTTP2 && http.speaksHTTP2 && http.parts?.path == "/a")
    // Nodes of before HTTP/2 ask so.
    #expect(http.request.starts(with: Array("GET /a HTTP/1.1\r\nHost: shop\r\n".utf8)))
    #expect(try checker("type: https, http_version: 2, path: /").usesHTTP2)
    #expect(try !checker("type: http, http_version: 1.1, path: /").usesHTTP2)
    #expect(try !checker("type: http, path: /").usesHTTP2)
    let expected = try checker("type: http, http_version: 2, path: /, expect: {body_contains: ok}")
    #expect(expected.expectations?.bodyContains == ["ok"])
  }

  @Test func luaSaysItToo() throws {
    let loaded = try load(
      nginx: """
        upstream a { server 127.0.0.1:1; }
        init_worker_by_lua_block {
          local hc = require "resty.upstream.healthcheck"
          hc.spawn_checker{ upstream = "a", type = "grpc", grpc_service = "shop.Cart", tls = true }
        }
        """
    ).get()
    let checker = try #require(loaded.upstream("a").checker)
    #expect(checker.grpcService == "shop.Cart" && checker.tls?.verify == .chain)
  }
}
