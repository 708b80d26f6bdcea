import Backends
import Health
import Probing
import Testing

/// Expectations on real connections.
@Suite struct ExpectedEngineTests {
  static func http(_ expectations: Expectations, timeoutMs: Int = 400) -> Checker {
    var checker = Checker(kind: .http, request: Array("GET /status HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    checker.expectations = expectations
    checker.validStatuses = [200]
    checker.timeoutMs = timeoutMs
    return checker
  }

  static func tcp(_ steps: [DialogStep], timeoutMs: Int = 1000) -> Checker {
    var checker = Checker(kind: .tcp)
    checker.steps = steps
    checker.timeoutMs = timeoutMs
    return checker
  }

  static func probe(_ checker: Checker, _ peer: String) async throws -> Outcome {
    let outcomes = try await ProbeOnce.run([(checker, [PeerName(peer)])])
    return try #require(outcomes.first?.first)
  }

  static let ok = Expectations(bodyContains: ["ok"])
  static let json = Expectations(json: [JsonExpectation(path: "$.status", value: .string("ok"))])
  private static let start = "HTTP/1.1 200 OK\r\n"

  @Test(arguments: [
    ("meets it", Behavior.answering(start + "\r\nit is ok"), ok, "OK", ""),
    ("drips it", .drip(start + "\r\nit is ok", everyMs: 2), ok, "OK", ""),
    (
      "after interim answers", .answering("HTTP/1.1 103 Early\r\nA: b\r\n\r\n" + start + "\r\nok"), ok, "OK",
      ""
    ),
    ("in chunks", .answering(start + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"), ok, "OK", ""),
    (
      "another body", .answering(start + "Content-Length: 2\r\n\r\nno"), ok, "L7BODY",
      #"no "ok" in the body, which begins "no""#
    ),
    (
      "another value", .answering(start + "\r\n{\"status\":\"no\"}"), json, "L7JSON",
      #"$.status is "no", not "ok""#
    ),
    ("a bad code first", .answering("HTTP/1.1 503 Busy\r\n\r\nok"), ok, "L7STS", "503"),
    ("no HTTP", .answering("it is ok\n"), ok, "L7RSP", "it is ok"),
    (
      "a body that never ends",
      Behavior([.request, .send(Array((start + "Content-Length: 9\r\n\r\nn").utf8)), .hold]),
      ok, "L7TOUT", "timeout; status 200 came, 1 bytes of its body, and it did not end"
    ),
    (
      "a body without an end",
      Behavior([
        .request, .send(Array((start + "\r\n").utf8)),
        .send([UInt8](repeating: UInt8(ascii: "n"), count: 4096)),
        .goTo(2),
      ]), ok, "L7BODY",
      #"no "ok" in the first 64 KiB of the body, which begins "\#(String(repeating: "n", count: 40))…""#
    ),
    ("headers without an end", .endlessHeaders, ok, "L7HDR", "headers longer than 16 KiB"),
    (
      "a reset in the body",
      Behavior([.request, .send(Array((start + "\r\nn").utf8)), .pause(20), .reset]), ok, "L7RST",
      "connection reset by peer; status 200 came, 1 bytes of its body, and it did not end"
    ),
    (
      "closes early", .answering(start + "Content-Length: 9\r\n\r\nn"), ok, "L7EOF",
      "closed; status 200 came, 1 bytes of its body, and it did not end"
    ),
  ])
  func anAnswerIsReadUntilItIsDecided(
    name: String, behavior: Behavior, expected: Expectations, code: String, detail: String
  ) async throws {
    let backend = try Backend(behavior)
    defer { backend.stop() }
    let outcome = try await Self.probe(Self.http(expected), backend.peer)
    #expect(outcome.code == code, "\(name): \(outcome)")
    #expect(outcome.detail == detail, "\(name)")
    #expect(outcome.phases.total < 750_000)
  }

  /// Without expectations nothing but the status line is read, as ever.
  @Test func withoutExpectationsTheStatusLineIsAll() async throws {
    let backend = try Backend(Behavior([.request, .send(Array(Self.start.utf8)), .hold]))
    defer { backend.stop() }
    var checker = Self.http(Self.ok)
    checker.expectations = nil
    let outcome = try await Self.probe(checker, backend.peer)
    #expect(outcome.code == "OK" && outcome.status == 200)
  }

  // MARK: Over plain TCP

  @Test func whoSpeaksFirstIsHeardAtOnce() async throws {
    let backend = try Backend(Behavior([.send(Array("220 hello\r\n".utf8)), .hold]))
    defer { backend.stop() }
    // The system would keep the end of the handshake back for 200 ms, each time; a busy machine is late once.
    var best = UInt32.max
    for _ in 0..<10 where best >= 150_000 {
      let outcome = try await Self.probe(
        Self.tcp([DialogStep(expect: .matches("^220 "))]), backend.peer)
      #expect(outcome.code == "OK", "\(outcome)")
      best = min(best, outcome.phases.total)
    }
    #expect(best < 150_000)
  }

  @Test func stepsFollowEachOther() async throws {
    let backend = try Backend(
      Behavior([.send(Array("220 a\r\n".utf8)), .request, .send(Array("250 b\r\n".utf8)), .hold]))
    defer { backend.stop() }
    let steps = [
      DialogStep(expect: .matches("^220 ")),
      DialogStep(send: Array("EHLO q\r\n\r\n".utf8), expect: .contains(Array("250".utf8))),
    ]
    let outcome = try await Self.probe(Self.tcp(steps), backend.peer)
    #expect(outcome.code == "OK", "\(outcome)")
    #expect(backend.lastRequest == Array("EHLO q\r\n\r\n".utf8))
    // It is left in order: a reset would be an error to many servers.
    let counts = await backend.counts { $0.closed + $0.reset > 0 }
    #expect(counts?.closed == 1)
  }

  @Test func silenceTellsWhatWasExpected() async throws {
    let backend = try Backend(Behavior([.send(Array("421 busy\r\n".utf8)), .hold]))
    defer { backend.stop() }
    let outcome = try await Self.probe(
      Self.tcp([DialogStep(expect: .matches("^220 "))], timeoutMs: 200), backend.peer)
    #expect(outcome.code == "L7TOUT")
    #expect(outcome.detail == #"timeout; a match of "^220 " was expected, "421 busy\x0d\x0a" came"#)
  }

  /// As it may come from a node with another version of the library.
  @Test func whatCannotBeComparedHereIsNoVote() async throws {
    let backend = try Backend(.ok)
    defer { backend.stop() }
    let outcome = try await Self.probe(
      Self.http(Expectations(bodyMatches: ["a(b"])), backend.peer)
    #expect(outcome.verdict == .local(.other))
    #expect(outcome.detail.contains("missing closing parenthesis"), "\(outcome.detail)")
  }

  // MARK: Peers with something of their own

  @Test func aPeerHasItsOwnPathHostAndPort() async throws {
    let common = try Backend(.ok)
    let own = try Backend(.ok)
    defer {
      common.stop()
      own.stop()
    }
    var checker = Checker(kind: .http)
    checker.parts = RequestParts(path: "/status", headers: [.init(name: "X-A", value: "b")])
    checker = checker.composed(for: "shop")
    let overrides = PeerOverrides(port: own.port, hostHeader: "other.example", path: "/own")
    let outcomes = try await ProbeOnce.run([
      (
        checker,
        [
          PeerDefinition(name: PeerName(common.peer)),
          PeerDefinition(name: PeerName("127.0.0.1:1"), overrides: overrides),
        ]
      )
    ])
    #expect(outcomes.first?.map(\.code) == ["OK", "OK"])
    let end = "User-Agent: quorate\r\nAccept: */*\r\nX-A: b\r\nConnection: close\r\n\r\n"
    #expect(
      String(decoding: common.lastRequest, as: UTF8.self) == "GET /status HTTP/1.1\r\nHost: shop\r\n" + end)
    #expect(
      String(decoding: own.lastRequest, as: UTF8.self) == "GET /own HTTP/1.1\r\nHost: other.example\r\n" + end
    )
  }
}
