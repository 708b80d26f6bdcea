import Backends
import Health
import Probing
import TestServers
import Testing

/// What probes over TLS come to, with Debian's nginx and with backends that speak no TLS, or badly.
@Suite struct TLSTests {
  static let request = Array("GET /status HTTP/1.0\r\n\r\n".utf8)

  static func checker(_ tls: TLSOptions, timeoutMs: Int = 5000) -> Checker {
    var checker = Checker(kind: .https, request: request)
    checker.tls = tls
    checker.validStatuses = [200]
    checker.timeoutMs = timeoutMs
    return checker
  }

  static func probe(_ peer: String, _ tls: TLSOptions, timeoutMs: Int = 2000) async throws -> Outcome {
    let outcomes = try await ProbeOnce.run([(checker(tls, timeoutMs: timeoutMs), [PeerName(peer)])])
    return try #require(outcomes.first?.first)
  }

  static func options(
    _ host: String?, ca: String?, _ verify: TLSOptions.Verify = .full, minimum: TLSOptions.Version = .tls12
  ) -> TLSOptions {
    var options = TLSOptions(host: host, verify: verify)
    options.ca = ca
    options.minimum = minimum
    return options
  }

  @Test func certificatesAreJudged() async throws {
    let authority = try await Authority()
    let other = try await Authority()
    let api = try await authority.issue(["DNS:api.internal", "DNS:*.shop.internal"])
    let byAddress = try await authority.issue(["IP:127.0.0.1"], key: .rsa)
    let expired = try await authority.issue(["DNS:api.internal"], until: "20200201000000Z")
    let early = try await authority.issue(["DNS:api.internal"], from: "20980101000000Z")
    let alone = try await authority.selfSigned("DNS:api.internal")
    let nginx = try await SecureNginx([
      .init(api), .init(byAddress), .init(expired), .init(early), .init(alone),
      .init(api, clients: authority.ca), .init(api, protocols: "TLSv1.2"),
    ])
    let names = ["api", "by address", "expired", "early", "alone", "clients", "old"]
    let ports = Dictionary(uniqueKeysWithValues: zip(names, nginx.ports))
    let ca = authority.ca
    var client = Self.options("api.internal", ca: ca)
    (client.certificate, client.key) = (api.certificate, api.key)
    let cases: [(server: String, options: TLSOptions, code: String, detail: String)] = [
      ("api", Self.options("api.internal", ca: ca), "OK", ""),
      ("api", Self.options("a.shop.internal", ca: ca), "OK", ""),
      (
        "api", Self.options("shop.internal", ca: ca), "L6CERT",
        "certificate is for api.internal, *.shop.internal, not shop.internal"
      ),
      (
        "api", Self.options(nil, ca: ca), "L6CERT",
        "certificate is for api.internal, *.shop.internal, not 127.0.0.1"
      ),
      ("api", Self.options(nil, ca: ca, .chain), "OK", ""),
      ("api", Self.options("api.internal", ca: other.ca), "L6CERT", "unknown issuer"),
      ("api", Self.options("api.internal", ca: other.ca, .chain), "L6CERT", "unknown issuer"),
      ("api", Self.options("api.internal", ca: nil), "L6CERT", "unknown issuer"),
      ("api", Self.options("x.internal", ca: other.ca, .none), "OK", ""),
      ("by address", Self.options(nil, ca: ca), "OK", ""),
      ("by address", Self.options("127.0.0.1", ca: ca), "OK", ""),
      (
        "by address", Self.options("api.internal", ca: ca), "L6CERT",
        "certificate is for 127.0.0.1, not api.internal"
      ),
      (
        "expired", Self.options("api.internal", ca: ca), "L6CERT",
        "certificate has expired (2020-02-01)"
      ),
      ("expired", Self.options("api.internal", ca: ca, .none), "OK", ""),
      (
        "early", Self.options("api.internal", ca: ca), "L6CERT",
        "certificate is not valid before 2098-01-01"
      ),
      ("alone", Self.options("api.internal", ca: ca), "L6CERT", "self-signed certificate"),
      ("alone", Self.options("api.internal", ca: alone.certificate), "OK", ""),
      ("clients", client, "OK", ""),
      // nginx shakes hands with everybody, and then answers so.
      ("clients", Self.options("api.internal", ca: ca), "L7STS", "400"),
      ("old", Self.options("api.internal", ca: ca), "OK", ""),
      (
        "old", Self.options("api.internal", ca: ca, minimum: .tls13), "L6RSP",
        "the peer speaks no version of TLS that may be spoken"
      ),
    ]
    for (server, options, code, detail) in cases {
      let outcome = try await Self.probe("127.0.0.1:\(try #require(ports[server]))", options)
      #expect(outcome.code == code && outcome.detail == detail, "\(server) \(options): \(outcome)")
      let phases = outcome.phases
      #expect(
        code.hasPrefix("L6") == (phases.handshake == 0) && phases.connect <= phases.total, "\(outcome)")
    }
    let seen = try await Self.probe("127.0.0.1:\(nginx.ports[0])", Self.options("api.internal", ca: ca))
    #expect(seen.certificate?.names == "api.internal, *.shop.internal")
    // The authority ends before its certificates do.
    #expect(try #require(seen.certificate?.endsS) < 4_070_908_800)
    try await nginx.stop()
  }

  /// That a chain was found good before hides no other one.
  @Test func anotherCertificateIsSeenAtOnce() async throws {
    let authority = try await Authority()
    let options = Self.options("api.internal", ca: authority.ca)
    let good = try await authority.issue(["DNS:api.internal"], file: "served")
    let rig = try EngineRig()
    let nginx = try await SecureNginx([.init(good)])
    let peer = "127.0.0.1:\(nginx.ports[0])"
    func outcome(_ index: Int) async throws -> Outcome {
      rig.engine.apply([.openGroup(UInt32(index), Self.checker(options))])
      rig.engine.apply([.once(EngineRig.target(index, peer, group: UInt32(index)))])
      return try #require(await rig.results(index + 1).last?.outcome)
    }
    for index in 0..<3 { #expect(try await outcome(index).code == "OK") }
    try await nginx.stop()
    _ = try await authority.issue(["DNS:other.internal"], file: "served")
    let again = try await SecureNginx([.init(good)], port: nginx.ports[0])
    let changed = try await outcome(3)
    #expect(
      changed.code == "L6CERT" && changed.detail == "certificate is for other.internal, not api.internal")
    try await again.stop()
    rig.engine.stop()
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let behavior: Behavior
    let code: String
    let detail: String?
  }

  /// A handshake message that goes on for ever.
  private static let endless =
    [0x16, 0x03, 0x03, 0x40, 0x00, 0x02, 0xff, 0xff, 0xff] + [UInt8](repeating: 0, count: 0x4000 - 4)

  static let cases = [
    Case(testDescription: "refuses", behavior: .refusing, code: "L4CON", detail: "connection refused"),
    Case(testDescription: "never accepts", behavior: .neverAccepting, code: "L4TOUT", detail: "timeout"),
    Case(testDescription: "says nothing", behavior: Behavior([.hold]), code: "L6TOUT", detail: "timeout"),
    Case(
      testDescription: "closes", behavior: Behavior([.pause(50), .end]), code: "L6RSP",
      detail: "closed in the handshake"),
    Case(
      testDescription: "resets", behavior: Behavior([.pause(50), .reset]), code: "L6RSP",
      detail: "connection reset by peer"),
    Case(
      testDescription: "speaks plain HTTP",
      behavior: Behavior([.send(Array("HTTP/1.1 400 Bad\r\n\r\n".utf8)), .end]),
      code: "L6RSP", detail: "no TLS: wrong version number"),
    Case(
      testDescription: "sends an alert", behavior: Behavior([.send([0x15, 3, 3, 0, 2, 2, 40]), .end]),
      code: "L6RSP",
      detail: "sslv3 alert handshake failure"),
    Case(
      testDescription: "sends garbage",
      behavior: Behavior([.send([0, 1, 2, 3] + [UInt8](repeating: 0x7f, count: 4000)), .end]),
      code: "L6RSP", detail: nil),
    Case(
      testDescription: "drips a record",
      behavior: Behavior([.send([0x16, 3, 3, 1, 0]), .send([2]), .pause(20), .goTo(1)]),
      code: "L6TOUT", detail: "timeout"),
    Case(
      testDescription: "sends a handshake without end", behavior: Behavior([.send(endless), .goTo(0)]),
      code: "L6RSP",
      detail: nil),
  ]

  @Test(arguments: cases) func whoSpeaksNoTLS(_ case: Case) async throws {
    let backend = try Backend(`case`.behavior)
    let outcome = try await Self.probe("\(backend.peer)", TLSOptions(host: "a.internal"), timeoutMs: 400)
    #expect(outcome.code == `case`.code, "\(outcome)")
    if let detail = `case`.detail { #expect(outcome.detail == detail, "\(outcome)") }
    #expect(outcome.phases.total < 800_000)
  }

  /// What is wrong on this machine is no vote on a peer.
  @Test func filesThatAreNotThereAreLocalErrors() async throws {
    let folder = try TestFolder()
    let empty = try folder.write("empty.pem", "")
    for (path, what) in [
      ("/no/ca.pem", "No such file or directory"), (empty, "it has no certificate in PEM"),
    ] {
      let outcome = try await Self.probe("127.0.0.1:1", Self.options("a", ca: path))
      #expect(outcome.verdict == .local(.other), "\(outcome)")
      #expect(outcome.detail.hasPrefix("\(path): \(what)"), "\(outcome.detail)")
    }
    var options = TLSOptions(host: "a", verify: .none)
    (options.certificate, options.key) = (empty, empty)
    let outcome = try await Self.probe("127.0.0.1:1", options)
    #expect(
      outcome.verdict == .local(.other) && outcome.detail == "\(empty) is not a certificate in PEM",
      "\(outcome)")
  }
}
