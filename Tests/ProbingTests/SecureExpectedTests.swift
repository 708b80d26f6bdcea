import Health
import Probing
import TestServers
import Testing

/// Expectations, and what peers have of their own, over TLS.
@Suite struct SecureExpectedTests {
  @Test func answersThatWereSealedAreHeldAgainstWhatIsExpected() async throws {
    let authority = try await Authority()
    let nginx = try await SecureNginx([.init(try await authority.issue(["DNS:api.internal"]))])
    let peer = "127.0.0.1:\(nginx.ports[0])"
    let cases: [(expected: Expectations, code: String, detail: String)] = [
      (Expectations(bodyContains: ["ok"]), "OK", ""),
      (Expectations(bodyMatches: ["^ok$"]), "OK", ""),
      (Expectations(headers: [HeaderExpectation(name: "server", test: .matches("^nginx"))]), "OK", ""),
      (
        Expectations(bodyContains: ["no"]), "L7BODY", #"no "no" in the body, which begins "ok\x0a""#
      ),
      (
        Expectations(headers: [HeaderExpectation(name: "X", test: .present)]), "L7HDR", "no header X"
      ),
    ]
    for request in ["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
      for (expected, code, detail) in cases {
        var checker = TLSTests.checker(TLSTests.options("api.internal", ca: authority.ca))
        checker.request = Array(request.utf8)
        checker.expectations = expected
        let outcomes = try await ProbeOnce.run([(checker, [PeerName(peer)])])
        let outcome = try #require(outcomes.first?.first)
        #expect(outcome.code == code && outcome.detail == detail, "\(request): \(outcome)")
        #expect(outcome.status == 200)
      }
    }
    try await nginx.stop()
  }

  /// It comes in several records, and more of it than is read at once is there already.
  @Test func longAnswersAreReadToTheEnd() async throws {
    let authority = try await Authority()
    let nginx = try await SecureNginx([.init(try await authority.issue(["DNS:api.internal"]))])
    for (text, code) in [("the end", "OK"), ("another end", "L7BODY")] {
      for version in ["1.0", "1.1\r\nHost: a"] {
        var checker = TLSTests.checker(TLSTests.options("api.internal", ca: authority.ca))
        checker.request = Array("GET /long HTTP/\(version)\r\n\r\n".utf8)
        checker.expectations = Expectations(bodyContains: [text])
        let outcomes = try await ProbeOnce.run([(checker, [PeerName("127.0.0.1:\(nginx.ports[0])")])])
        #expect(outcomes.first?.first?.code == code, "\(outcomes)")
      }
    }
    try await nginx.stop()
  }

  @Test func aPeerHasItsOwnNameAndPath() async throws {
    let authority = try await Authority()
    let nginx = try await SecureNginx([
      .init(try await authority.issue(["DNS:api.internal"])),
      .init(try await authority.issue(["DNS:other.internal"])),
    ])
    var checker = TLSTests.checker(TLSTests.options("api.internal", ca: authority.ca))
    checker.parts = RequestParts(path: "/")
    checker.expectations = Expectations(bodyContains: ["ok"])
    checker = checker.composed(for: "api")
    let names = nginx.ports.map { PeerName("127.0.0.1:\($0)") }
    let own = PeerOverrides(host: "other.internal")
    let both = PeerOverrides(host: "other.internal", path: "/other")
    let peers = [
      PeerDefinition(name: names[0]), PeerDefinition(name: names[1]),
      PeerDefinition(name: names[1], overrides: own), PeerDefinition(name: names[1], overrides: both),
      PeerDefinition(name: names[0], overrides: own),
    ]
    let outcomes = try await ProbeOnce.run([(checker: checker, peers: peers)])
    #expect(outcomes.first?.map(\.code) == ["OK", "L6CERT", "OK", "OK", "L6CERT"], "\(outcomes)")
    try await nginx.stop()
  }
}
