import Backends
import Health
import Probing
import Testing

/// What real connections to backends of every kind come to. Every probe ends within its deadline, with the right code.
@Suite struct HostileBackendTests {
  static let timeoutMs = 400
  /// More than a good machine needs, and less than a second time-out would add.
  static let graceMs = 350

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let behavior: Behavior
    let code: String
    var statuses: [UInt16] = [200]
    var status: UInt16 = 0
    var detail: String?

    init(
      name: String, behavior: Behavior, code: String, statuses: [UInt16] = [200], status: UInt16 = 0,
      detail: String? = nil
    ) {
      self.name = name
      self.behavior = behavior
      self.code = code
      self.statuses = statuses
      self.status = status
      self.detail = detail
    }

    /// The same, the bytes last, where they are long.
    init(
      name: String, code: String, statuses: [UInt16] = [200], status: UInt16 = 0, detail: String? = nil,
      behavior: Behavior
    ) {
      self.init(
        name: name, behavior: behavior, code: code, statuses: statuses, status: status, detail: detail)
    }

    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "answers 200", behavior: .ok, code: "OK", status: 200),
    Case(name: "refuses", behavior: .refusing, code: "L4CON", detail: "connection refused"),
    Case(name: "never accepts", behavior: .neverAccepting, code: "L4TOUT", detail: "timeout"),
    Case(name: "accepts and says nothing", behavior: .silent, code: "L7TOUT", detail: "timeout"),
    Case(name: "drips a byte a second", behavior: .drip(), code: "L7TOUT", detail: "timeout"),
    Case(name: "drips a byte in 5 ms", behavior: .drip(everyMs: 5), code: "OK", status: 200),
    Case(name: "answers HTTP/2 200", behavior: .http2, code: "L7RSP", detail: "HTTP/2 200"),
    Case(name: "HTTP/2 200 when any line will do", behavior: .http2, code: "OK", statuses: []),
    Case(name: "garbage", behavior: .garbage, code: "L7RSP"),
    Case(name: "a 1 MB line", behavior: .longLine(), code: "L7RSP", detail: "longer than 16384 bytes"),
    Case(name: "a 1 MB line when any line will do", behavior: .longLine(), code: "L7RSP", statuses: []),
    Case(
      name: "a line of 16383 bytes", behavior: .answering(String(repeating: "y", count: 16383) + "\n"),
      code: "OK", statuses: []),
    Case(
      name: "reset in the middle", behavior: .resetInTheMiddle, code: "L7RST",
      detail: "connection reset by peer"),
    Case(name: "closes at once", behavior: .closeAtOnce, code: "L7EOF", detail: "closed"),
    Case(name: "closes in the middle", behavior: .closeInTheMiddle, code: "L7EOF", detail: "closed"),
    Case(name: "503", behavior: .status(503), code: "L7STS", status: 503, detail: "503"),
    Case(name: "503 when any status will do", behavior: .status(503), code: "OK", statuses: [], status: 503),
    Case(name: "302 of a list", behavior: .status(302), code: "OK", statuses: [200, 302], status: 302),
    Case(name: "100 before the answer", behavior: .informational(1), code: "OK", status: 200),
    Case(name: "many 100 before the answer", behavior: .informational(600), code: "OK", status: 200),
    Case(
      name: "100 before a bad answer", behavior: .informational(2, then: "HTTP/1.1 503 No\r\n\r\n"),
      code: "L7STS",
      status: 503, detail: "503"),
    Case(
      name: "103 with headers", code: "OK", status: 200,
      behavior: .answering("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")),
    Case(
      name: "100, 102 and 103 when any status will do", code: "OK", statuses: [], status: 204,
      behavior: .answering(
        "HTTP/1.1 100 A\r\n\r\nHTTP/1.1 102 B\r\n\r\nHTTP/1.1 103 C\nL: m\n\nHTTP/1.1 204 No\r\n\r\n")),
    Case(
      name: "101 is the last of HTTP", code: "L7STS", status: 101, detail: "101",
      behavior: .answering("HTTP/1.1 101 Switching\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")),
    Case(
      name: "103, byte by byte",
      behavior: .drip("HTTP/1.1 103 E\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", everyMs: 2),
      code: "OK", status: 200),
    Case(
      name: "a flood of 1xx", behavior: .informational(1000), code: "L7RSP",
      detail: "only interim answers (1xx) in 16384 bytes"),
    Case(
      name: "1xx without an answer", behavior: .informational(3, then: ""), code: "L7EOF", detail: "closed"),
    Case(
      name: "100 and then nothing",
      behavior: Behavior([.request, .send(Array("HTTP/1.1 100 C\r\n\r\n".utf8)), .hold]),
      code: "L7TOUT", detail: "timeout"),
    Case(
      name: "103 whose headers do not end", code: "L7TOUT", detail: "timeout",
      behavior: Behavior([.request, .send(Array("HTTP/1.1 103 E\r\nLink: </a>\r\n".utf8)), .hold])),
    Case(
      name: "103 with headers without end", code: "L7RSP",
      detail: "only interim answers (1xx) in 16384 bytes",
      behavior: Behavior([
        .request, .send(Array("HTTP/1.1 103 E\r\n".utf8)), .send(Array("Link: </of/the/same>\r\n".utf8)),
        .goTo(2),
      ])),
    Case(
      name: "garbage after 100", behavior: .informational(1, then: "what?\r\n"), code: "L7RSP",
      detail: "what?"),
    Case(name: "headers without end", behavior: .endlessHeaders, code: "OK", status: 200),
    Case(
      name: "answers before it is asked", behavior: .atOnce("HTTP/1.1 200 OK\r\n\r\n"), code: "OK",
      status: 200),
    Case(name: "slow but in time", behavior: .slow(100), code: "OK", status: 200),
  ]

  @Test(arguments: cases)
  func endsInTimeWithTheRightCode(test: Case) async throws {
    try await expect(test, at: .ipv4())
  }

  @Test(
    arguments: cases.filter {
      ["answers 200", "refuses", "never accepts", "reset in the middle"].contains($0.name)
    })
  func theSameOverIPv6(test: Case) async throws {
    try await expect(test, at: .ipv6())
  }

  private func expect(_ test: Case, at address: LoopbackAddress) async throws {
    let backend = try Backend(test.behavior, at: address)
    defer { backend.stop() }
    let outcome = try await probe(backend.peer, statuses: test.statuses)
    #expect(outcome.code == test.code, "\(outcome)")
    #expect(outcome.status == test.status)
    if let detail = test.detail { #expect(outcome.detail == detail) }
    if outcome.verdict == .success { #expect(outcome.detail.isEmpty) }
    #expect(outcome.phases.total <= UInt32((Self.timeoutMs + Self.graceMs) * 1000))
    if ["L4TOUT", "L7TOUT"].contains(test.code) {
      #expect(outcome.phases.total >= UInt32(Self.timeoutMs * 1000))
    }
    #expect((outcome.phases.connect > 0) == !test.code.hasPrefix("L4"))
    #expect(outcome.phases.connect <= max(outcome.phases.firstByte, outcome.phases.total))
  }

  private func probe(_ peer: String, kind: Checker.Kind = .http, statuses: [UInt16] = [200]) async throws
    -> Outcome
  {
    var checker = Checker(kind: kind)
    if kind == .http { checker.request = Array("GET /status HTTP/1.0\r\nHost: foo.com\r\n\r\n".utf8) }
    checker.validStatuses = statuses
    checker.timeoutMs = Self.timeoutMs
    let outcomes = try await ProbeOnce.run([(checker, [PeerName(peer)])])
    return try #require(outcomes.first?.first)
  }

  @Test func aConnectionIsASuccessForTcp() async throws {
    let backend = try Backend(.silent)
    defer { backend.stop() }
    #expect(try await probe(backend.peer, kind: .tcp).code == "OK")
    await backend.behave(.refusing)
    #expect(try await probe(backend.peer, kind: .tcp).code == "L4CON")
    await backend.behave(.neverAccepting)
    #expect(try await probe(backend.peer, kind: .tcp).code == "L4TOUT")
  }

  @Test func theRequestIsSentVerbatim() async throws {
    let backend = try Backend(.ok)
    defer { backend.stop() }
    _ = try await probe(backend.peer)
    #expect(
      String(decoding: backend.lastRequest, as: UTF8.self) == "GET /status HTTP/1.0\r\nHost: foo.com\r\n\r\n")
  }

  /// One that does not fit the socket's buffers goes out in pieces.
  @Test func aLongRequestIsSentWhole() async throws {
    let backend = try Backend(.ok)
    defer { backend.stop() }
    var checker = Checker(kind: .http)
    let padding = String(repeating: "p", count: 8 << 20)
    checker.request = Array("GET / HTTP/1.0\r\nX-Padding: \(padding)\r\n\r\n".utf8)
    checker.timeoutMs = 10_000
    let outcomes = try await ProbeOnce.run([(checker, [PeerName(backend.peer)])])
    #expect(outcomes.first?.first?.code == "OK")
  }

  @Test func whatAPeerSendsIsMadePrintable() async throws {
    let backend = try Backend(.answering("\u{1b}[2J<script>\\\n"))
    defer { backend.stop() }
    #expect(try await probe(backend.peer).detail == "\\x1b[2J<script>\\x5c")
  }

  @Test(arguments: ["nonsense", "127.0.0.1", "127.0.0.1:99999", "[::1:80", "unix:", "::1:80"])
  func whatIsNoAddressIsALocalError(peer: String) async throws {
    let outcome = try await probe(peer)
    #expect(outcome.code == "LOCERR")
    #expect(outcome.detail.contains("not an address"))
  }
}
