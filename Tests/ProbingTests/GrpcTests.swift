import Backends
import Health
import Probing
import TestServers
import Testing

/// What probes of gRPC come to, with PyPI's grpcio and with Debian's nginx before it.
@Suite struct GrpcTests {
  static func checker(
    _ service: String = "", host: String = "a", headers: [RequestParts.Header] = [], tls: TLSOptions? = nil,
    timeoutMs: Int = 5000
  ) -> Checker {
    var checker = Checker(kind: .grpc)
    checker.parts = .grpcHealth(hostHeader: host, headers: headers)
    checker.grpcService = service
    checker.tls = tls
    checker.timeoutMs = timeoutMs
    return checker
  }

  static func probe(_ checker: Checker, _ port: UInt16) async throws -> Outcome {
    let outcomes = try await ProbeOnce.run([(checker, [PeerName("127.0.0.1:\(port)")])])
    return try #require(outcomes.first?.first)
  }

  @Test func theHealthServiceIsAsked() async throws {
    let authority = try await Authority()
    let own = try await authority.issue(["DNS:api.internal"])
    let server = try await GrpcServer(own)
    let tls = TLSTests.options("api.internal", ca: authority.ca)
    let token = RequestParts.Header(name: "Authorization", value: "Bearer let-me-in")
    let cases: [(checker: Checker, code: String, detail: String)] = [
      (Self.checker(), "OK", ""),
      (Self.checker("shop.Cart"), "OK", ""),
      (Self.checker("shop.Stock"), "L7GSRV", "NOT_SERVING"),
      (Self.checker("shop.Odd"), "L7GSRV", "UNKNOWN"),
      (Self.checker("shop.None"), "L7GSTS", #"NOT_FOUND, it does not know the service "shop.None""#),
      (Self.checker("shop.Secret"), "L7GSTS", #"PERMISSION_DENIED: "no token: 100% sure""#),
      (Self.checker("shop.Secret", headers: [token]), "OK", ""),
    ]
    for (checker, code, detail) in cases {
      var checker = checker
      for isSecured in [false, true] {
        checker.tls = isSecured ? tls : nil
        let outcome = try await Self.probe(checker, isSecured ? server.secured : server.port)
        #expect(outcome.code == code && outcome.detail == detail, "\(checker.grpcService): \(outcome)")
        let phases = outcome.phases
        #expect(outcome.status == 200 && (phases.handshake > 0) == isSecured, "\(outcome)")
        #expect(0 < phases.connect && phases.connect <= phases.firstByte && phases.firstByte <= phases.total)
        #expect((outcome.certificate?.names == "api.internal") == isSecured)
      }
    }
    let bare = try await Self.probe(Self.checker(), server.bare)
    #expect(bare.code == "L7GSTS", "\(bare)")
    #expect(
      bare.detail == #"UNIMPLEMENTED, it has no health service: "Method not found!""#, "\(bare.detail)")
    await server.stop()
    let gone = try await Self.probe(Self.checker(), server.port)
    #expect(gone.code == "L4CON")
  }

  /// What it says now counts, and not what it said before.
  @Test func everyProbeAsksAnew() async throws {
    let server = try await GrpcServer()
    for (status, code) in [("NOT_SERVING", "L7GSRV"), ("SERVING", "OK"), ("SERVICE_UNKNOWN", "L7GSRV")] {
      try await server.set("", status)
      let outcome = try await Self.probe(Self.checker(), server.port)
      #expect(outcome.code == code && outcome.detail == (code == "OK" ? "" : status), "\(outcome)")
    }
    await server.stop()
    #expect(server.log.isEmpty, "\(server.log)")
  }

  /// Another one's certificate, TLS where there is none, and none where there is TLS.
  @Test func tlsIsThatOfHttps() async throws {
    let authority = try await Authority()
    let server = try await GrpcServer(try await authority.issue(["DNS:api.internal"]))
    let other = TLSTests.options("other.internal", ca: authority.ca)
    let wrong = try await Self.probe(Self.checker(tls: other), server.secured)
    #expect(
      wrong.code == "L6CERT" && wrong.detail == "certificate is for api.internal, not other.internal",
      "\(wrong)")
    let plain = try await Self.probe(Self.checker(tls: other), server.port)
    #expect(plain.code == "L6RSP", "\(plain)")
    let secured = try await Self.probe(Self.checker(), server.secured)
    #expect(["L7EOF", "L7RST", "L7H2"].contains(secured.code), "\(secured)")
    await server.stop()
  }

  /// Pages of nginx for gRPC, its own, and a server behind it.
  @Test func whatStandsBeforeItIsTold() async throws {
    let authority = try await Authority()
    let server = try await GrpcServer()
    let nginx = try await StreamNginx(try await authority.issue(["DNS:api.internal"]), grpc: server.port)
    let page = #"HTTP status 502, content-type "text/html""#
    let cases: [(host: String, service: String, code: String, detail: String, status: UInt16)] = [
      ("up", "", "OK", "", 200), ("up", "shop.Stock", "L7GSRV", "NOT_SERVING", 200),
      ("up", "shop.None", "L7GSTS", #"NOT_FOUND, it does not know the service "shop.None""#, 200),
      ("gone", "", "L7GSTS", #"UNAVAILABLE: "nobody is there""#, 204), ("page", "", "L7GRSP", page, 502),
      ("web", "", "L7GRSP", #"HTTP status 404, content-type "text/html""#, 404),
    ]
    for (host, service, code, detail, status) in cases {
      for isSecured in [false, true] {
        let tls = isSecured ? TLSTests.options("api.internal", ca: authority.ca) : nil
        let outcome = try await Self.probe(
          Self.checker(service, host: host, tls: tls), isSecured ? nginx.secured : nginx.plain)
        #expect(outcome.code == code && outcome.detail == detail, "\(host): \(outcome)")
        #expect(outcome.status == status, "\(host): \(outcome)")
      }
    }
    try await nginx.stop()
    await server.stop()
  }

  /// Each peer has its own name for gRPC, and for TLS.
  @Test func aPeerHasItsOwnNames() async throws {
    let authority = try await Authority()
    let nginx = try await StreamNginx(try await authority.issue(["DNS:api.internal"]))
    let own = PeerOverrides(port: nginx.secured, host: "api.internal", hostHeader: "gone", path: "/none")
    let peers = [
      PeerDefinition(name: PeerName("127.0.0.1:\(nginx.secured)")),
      PeerDefinition(name: PeerName("127.0.0.1:1"), overrides: own),
    ]
    let checker = Self.checker(host: "page", tls: TLSTests.options("other.internal", ca: authority.ca))
    let outcomes = try await ProbeOnce.run([(checker: checker, peers: peers)])
    #expect(outcomes.first?.map(\.code) == ["L6CERT", "L7GSTS"], "\(outcomes)")
    #expect(outcomes.first?.last?.detail == #"UNAVAILABLE: "nobody is there""#)
    try await nginx.stop()
  }
}
