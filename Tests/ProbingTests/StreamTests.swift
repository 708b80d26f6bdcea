import Backends
import Health
import Probing
import TestServers
import Testing

/// Requests of HTTP that are sent in HTTP/2, with Debian's nginx.
@Suite struct StreamTests {
  static func checker(
    _ parts: RequestParts, _ expectations: Expectations? = nil, tls: TLSOptions? = nil
  ) -> Checker {
    var checker = Checker(kind: tls == nil ? .http : .https)
    checker.usesHTTP2 = true
    checker.tls = tls
    checker.parts = parts
    checker.validStatuses = [200]
    checker.timeoutMs = 5000
    checker.expectations = expectations
    return checker.composed(for: "web")
  }

  private static func status(_ path: String) -> RequestParts { RequestParts(path: path) }

  static let cases: [(parts: RequestParts, expected: Expectations?, code: String, detail: String)] = [
    (status("/status"), nil, "OK", ""),
    (status("/busy"), nil, "L7STS", "503"),
    (status("/none?a=b"), nil, "L7STS", "404"),
    (status("/status"), Expectations(bodyContains: ["ok"]), "OK", ""),
    (status("/status"), Expectations(bodyMatches: ["^ok$"]), "OK", ""),
    (
      status("/status"), Expectations(bodyContains: ["no"]), "L7BODY",
      #"no "no" in the body, which begins "ok\x0a""#
    ),
    (
      status("/status"),
      Expectations(headers: [HeaderExpectation(name: "X-Ready", test: .equals("yes"))]), "OK", ""
    ),
    (
      status("/status"),
      Expectations(headers: [HeaderExpectation(name: "Server", test: .matches("^Apache"))]),
      "L7HDR", #"header Server is "nginx"#
    ),
    (
      status("/json"), Expectations(json: [JsonExpectation(path: "$.status", value: .string("ok"))]), "OK", ""
    ),
    (
      RequestParts(
        method: "POST", path: "/method", headers: [.init(name: "A", value: "b")], body: Array("four".utf8)),
      Expectations(bodyContains: ["POST b web 4 HTTP/2.0"]), "OK", ""
    ),
    (
      RequestParts(method: "HEAD", path: "/status"),
      Expectations(headers: [HeaderExpectation(name: "X-Ready", test: .present)]), "OK", ""
    ),
    // More of a request than a window.
    (
      RequestParts(method: "POST", path: "/method", body: [UInt8](repeating: 7, count: 100_000)),
      Expectations(bodyContains: ["POST  web 100000 HTTP/2.0"]), "OK", ""
    ),
    // More than a window of it, and more than is read.
    (status("/long"), Expectations(bodyContains: ["the end"], readLimit: 1 << 20), "OK", ""),
    (
      status("/long"), Expectations(bodyContains: ["the end"]), "L7BODY",
      #"no "the end" in the first 64 KiB of the body, which begins "\#(String(repeating: "x", count: 40))…""#
    ),
    (status("/long"), nil, "OK", ""),
  ]

  @Test func answersAreHeldAgainstWhatIsExpected() async throws {
    let authority = try await Authority()
    let nginx = try await StreamNginx(try await authority.issue(["DNS:api.internal"]))
    let tls = TLSTests.options("api.internal", ca: authority.ca)
    var isLong = false
    for (parts, expected, code, detail) in Self.cases {
      // Nobody is left in anger. Of the 200 kB not all are read, and that nginx tells.
      if parts.path == "/long", !isLong {
        isLong = true
        Self.expectPeace(in: nginx.log)
      }
      for isSecured in [false, true] {
        let checker = Self.checker(parts, expected, tls: isSecured ? tls : nil)
        let outcome = try await GrpcTests.probe(checker, isSecured ? nginx.secured : nginx.plain)
        let text = "\(parts.path) \(String(describing: expected)): \(outcome)"
        #expect(outcome.code == code && outcome.detail.hasPrefix(detail), "\(text)")
        let phases = outcome.phases
        #expect((phases.handshake > 0) == isSecured && phases.firstByte <= phases.total, "\(text)")
        #expect(phases.firstByte > 0, "\(text)")
      }
    }
    try await nginx.stop()
  }

  private static func expectPeace(in log: String) {
    for word in ["[error]", "[warn]", "[alert]", "reset by peer", "prematurely"] {
      #expect(!log.contains(word), "\(log)")
    }
  }

  /// Who speaks HTTP/1 is told so: without TLS by what it answers, with TLS by what it does not agree on.
  @Test func whoSpeaksNoHTTP2() async throws {
    let authority = try await Authority()
    let nginx = try await StreamNginx(try await authority.issue(["DNS:api.internal"]))
    let tls = TLSTests.options("api.internal", ca: authority.ca)
    let plain = try await GrpcTests.probe(Self.checker(RequestParts(path: "/status")), nginx.old)
    #expect(plain.code == "L7H2", "\(plain)")
    #expect(
      plain.detail.hasPrefix(#"the peer answers in HTTP/1: what came begins "HTTP/1.1 400 Bad Request"#),
      "\(plain)")
    let secured = try await GrpcTests.probe(
      Self.checker(RequestParts(path: "/status"), tls: tls), nginx.oldSecured)
    #expect(secured.code == "L6ALPN", "\(secured)")
    #expect(secured.detail == "the peer speaks none of the protocols offered in TLS (ALPN)", "\(secured)")
    // HTTP/1.1 is not offered h2, and gets what it asks for.
    var old = Self.checker(RequestParts(path: "/method"), Expectations(bodyContains: ["HTTP/1.1"]), tls: tls)
    old.usesHTTP2 = false
    #expect(try await GrpcTests.probe(old, nginx.secured).code == "OK")
    try await nginx.stop()
  }

  /// A server that knows nothing of ALPN shakes hands all the same, and is not asked.
  @Test func whoAgreesOnNothing() async throws {
    let authority = try await Authority()
    let own = try await authority.issue(["DNS:api.internal"])
    let reserved = try ReservedPort()
    let server = try Child(
      "openssl",
      ["s_server", "-accept", "127.0.0.1:\(reserved.port)", "-cert", own.certificate, "-key", own.key])
    guard await server.line(with: "ACCEPT", on: .output) != nil else {
      throw TestServerError("openssl did not start: \(server.state.value.error.text)")
    }
    let checker = Self.checker(
      RequestParts(path: "/status"), tls: TLSTests.options("api.internal", ca: authority.ca))
    let outcome = try await GrpcTests.probe(checker, reserved.port)
    #expect(outcome.code == "L6ALPN" && outcome.phases.handshake > 0, "\(outcome)")
    #expect(outcome.detail == "the peer agrees on no protocol in TLS (ALPN): it does not offer h2")
    #expect(outcome.certificate?.names == "api.internal")
    await server.stop()
    #expect(!server.state.value.output.text.contains("PRI * HTTP/2.0"))
  }

  /// As `closes in order` has it for HTTP/1: engines that go on probing leave nothing behind.
  @Test func manyProbesUseTheirSocketsAgain() async throws {
    let authority = try await Authority()
    let nginx = try await StreamNginx(try await authority.issue(["DNS:api.internal"]))
    let rig = try EngineRig()
    var checker = Self.checker(RequestParts(path: "/status"))
    checker.intervalMs = 5
    rig.engine.apply([.openGroup(0, checker)])
    rig.engine.apply(
      (0..<4).map { .watch(EngineRig.target($0, "127.0.0.1:\(nginx.plain)", phaseMs: $0)) })
    let results = await rig.results(400)
    let statistics = await rig.engine.statistics()
    rig.engine.stop()
    #expect(
      results.allSatisfy { $0.outcome.code == "OK" && $0.outcome.status == 200 }, "\(results.prefix(3))")
    #expect(statistics.socketsMade <= 8, "\(statistics.socketsMade)")
    try await nginx.stop()
  }
}
