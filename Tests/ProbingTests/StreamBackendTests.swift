import Backends
import Health
import Probing
import TestServers
import Testing

/// Peers that answer in HTTP/2, good and bad. Every probe ends within its deadline, with the right code, and its
/// connection with it.
@Suite struct StreamBackendTests {
  static let timeoutMs = 400
  private static let asked = 24 + 9 + 12 + 9

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let behavior: Behavior
    let code: String
    let detail: String?

    init(_ name: String, _ behavior: Behavior, _ code: String, _ detail: String? = nil) {
      testDescription = name
      self.behavior = behavior
      self.code = code
      self.detail = detail
    }

    /// Says this once it was asked, and waits.
    init(_ name: String, says bytes: [UInt8], _ code: String, _ detail: String? = nil) {
      let behavior = Behavior([.receive(asked), .send(Frames.settings() + bytes), .hold])
      self.init(name, behavior, code, detail)
    }

    /// Says this for ever.
    init(_ name: String, after bytes: [UInt8] = [], again: [UInt8], _ code: String, _ detail: String? = nil) {
      let behavior = Behavior([.receive(asked), .send(Frames.settings() + bytes), .send(again), .goTo(2)])
      self.init(name, behavior, code, detail)
    }
  }

  private static let head = Frames.headers([":status": "200", "content-type": "application/grpc"])
  private static let serving: [UInt8] = [0, 0, 0, 0, 2, 8, 1]
  private static func many(_ bytes: [UInt8], _ times: Int) -> [UInt8] {
    Array(repeatElement(bytes, count: times).joined())
  }

  static let cases = [
    Case("is serving", says: Frames.health(1), "OK", ""),
    Case("is not", says: Frames.health(2), "L7GSRV", "NOT_SERVING"),
    Case("says nothing of it", says: Frames.health(0), "L7GSRV", "UNKNOWN"),
    Case("knows no such service", says: Frames.health(3), "L7GSRV", "SERVICE_UNKNOWN"),
    Case("says what nobody knows", says: Frames.health(99), "L7GSRV", "status 99"),
    Case(
      "is serving, byte by byte",
      Behavior((Frames.settings() + Frames.health(1)).flatMap { [.send([$0]), .pause(1)] } + [.hold]), "OK",
      ""),
    Case(
      "is serving, and closes",
      Behavior([.receive(asked), .send(Frames.settings() + Frames.health(1)), .end]), "OK", ""),
    Case(
      "says it in trailers alone",
      says: Frames.headers(
        [":status": "200", "content-type": "application/grpc", "grpc-status": "12"], isLast: true),
      "L7GSTS", "UNIMPLEMENTED, it has no health service"),
    Case(
      "fails after a message",
      says: head + Frames.data(serving)
        + Frames.headers(["grpc-status": "13", "grpc-message": "a%0Ab"], isLast: true),
      "L7GSTS", #"INTERNAL: "a\x0ab""#),
    Case(
      "has a long reason",
      says: Frames.headers(
        [":status": "200", "grpc-status": "14", "grpc-message": String(repeating: "y", count: 2000)],
        isLast: true),
      "L7GSTS", "UNAVAILABLE: \"\(String(repeating: "y", count: 40))…\""),
    Case(
      "has a status of its own", says: Frames.headers([":status": "200", "grpc-status": "77"], isLast: true),
      "L7GSTS", "grpc-status 77"),
    Case(
      "has a status that is none",
      says: Frames.headers([":status": "200", "grpc-status": "x"], isLast: true), "L7GRSP",
      #"grpc-status is "x""#),
    Case(
      "ends without a status", says: head + Frames.data(serving, isLast: true), "L7GRSP",
      "no grpc-status at the end of the answer"),
    Case(
      "has no message", says: head + Frames.headers(["grpc-status": "0"], isLast: true), "L7GRSP",
      "no message"),
    Case(
      "has half a message",
      says: head + Frames.data([0, 0, 0, 0, 9, 8]) + Frames.headers(["grpc-status": "0"], isLast: true),
      "L7GRSP", "a message of 9 bytes in 1"),
    Case(
      "compresses",
      says: head + Frames.data([1, 0, 0, 0, 2, 8, 1]) + Frames.headers(["grpc-status": "0"], isLast: true),
      "L7GRSP", "a message that is compressed"),
    Case(
      "says something else",
      says: head + Frames.data([0, 0, 0, 0, 2, 0xff, 0xff])
        + Frames.headers(["grpc-status": "0"], isLast: true), "L7GRSP", "a message that is no health status"),
    Case(
      "talks and talks", says: head + Frames.data([UInt8](repeating: 0, count: 2000)), "L7GRSP",
      "a message longer than 1024 bytes"),
    Case(
      "is no gRPC", says: Frames.headers([":status": "200", "content-type": "text/html"]), "L7GRSP",
      #"HTTP status 200, content-type "text/html""#),
    Case(
      "is no gRPC, and says not what", says: Frames.headers([":status": "503"]), "L7GRSP",
      "HTTP status 503, no content-type"),
    // HTTP/2 itself.
    Case("refuses", says: Frames.reset(7), "L7H2REF", "RST_STREAM REFUSED_STREAM"),
    Case("cancels", says: Frames.reset(8), "L7H2", "RST_STREAM CANCEL"),
    Case("goes", says: Frames.goAway(0, "shutting down"), "L7H2REF", "GOAWAY NO_ERROR: shutting down"),
    Case(
      "goes in anger", says: Frames.goAway(11, last: 1, "too_many_pings\u{1b}"), "L7H2",
      "GOAWAY ENHANCE_YOUR_CALM: too_many_pings\\x1b"),
    Case("goes, and answers before", says: Frames.goAway(0, last: 1) + Frames.health(1), "OK", ""),
    Case(
      "speaks HTTP/1", .atOnce("HTTP/1.1 505 No\r\n\r\n"), "L7H2",
      #"the peer answers in HTTP/1: what came begins "HTTP/1.1 505 No\x0d\x0a\x0d\x0a""#),
    Case(
      "speaks SMTP", .atOnce("220 mail.example\r\n"), "L7H2",
      #"no HTTP/2: what came begins "220 mail.example\x0d\x0a""#),
    Case(
      "speaks little", Behavior([.send(Array("220\r\n".utf8)), .end]), "L7H2",
      #"no HTTP/2: what came begins "220\x0d\x0a""#),
    Case(
      "speaks little, and holds", Behavior([.send(Array("220\r\n".utf8)), .hold]), "L7TOUT",
      "timeout; nothing came, no answer"),
    Case("refuses connections", .refusing, "L4CON", "connection refused"),
    Case("never accepts", .neverAccepting, "L4TOUT", "timeout"),
    Case("says nothing", .silent, "L7TOUT", "timeout; nothing came, no answer"),
    Case("says nothing but settings", says: [], "L7TOUT", "timeout; the peer speaks HTTP/2, no answer"),
    Case(
      "says nothing behind the head", says: head, "L7TOUT", "timeout; status 200 came, and no status of gRPC"),
    Case("closes", Behavior([.receive(asked), .end]), "L7EOF", "closed; nothing came, no answer"),
    Case(
      "closes behind settings", Behavior([.receive(asked), .send(Frames.settings()), .end]), "L7EOF",
      "closed; the peer speaks HTTP/2, no answer"),
    Case(
      "resets", Behavior([.receive(asked), .send(Frames.settings() + head), .pause(20), .reset]), "L7RST",
      "connection reset by peer; status 200 came, and no status of gRPC"),
    // For ever.
    Case(
      "floods with settings", again: many(Frames.settings(), 100), "L7H2",
      "more than 256 frames that are no body"),
    Case(
      "floods with pings", again: many(Frames.frame(.ping, [UInt8](1...8)), 100), "L7H2",
      "more than 256 frames that are no body"),
    Case(
      "floods with interim answers", again: many(Frames.headers([":status": "103", "a": "b"]), 10), "L7HDR",
      "headers longer than 16 KiB"),
    Case(
      "floods with headers", after: Frames.frame(.headers, stream: 1, Frames.block([":status": "200"])),
      again: many(Frames.frame(.continuation, stream: 1, Frames.block(["a": "b"])), 10), "L7H2",
      "too many CONTINUATION frames following a HEADER frame"),
    Case(
      "floods with nothing", after: head, again: many(Frames.data([]), 1000), "L7H2", "more than 131072 bytes"
    ),
    Case(
      "floods with what nobody knows",
      again: many(Frames.frame(0xee, [UInt8](repeating: 0, count: 1000)), 10), "L7H2",
      "more than 131072 bytes"),
    Case(
      "never opens a window", Behavior([.receive(asked), .send(Frames.settings([(4, 0)])), .hold]), "L7TOUT",
      "timeout; the peer speaks HTTP/2, no answer"),
  ]

  @Test(arguments: cases) func endsInTimeWithTheRightCode(test: Case) async throws {
    let backend = try Backend(test.behavior)
    defer { backend.stop() }
    let outcome = try await GrpcTests.probe(GrpcTests.checker(timeoutMs: Self.timeoutMs), backend.port)
    #expect(outcome.code == test.code, "\(outcome)")
    if let detail = test.detail { #expect(outcome.detail == detail) }
    #expect(outcome.detail.utf8.count <= Report.longestDetail)
    #expect(outcome.phases.total < 800_000)
    let counts = await backend.counts { $0.open == 0 }
    #expect(counts != nil, "\(backend.counts)")
  }

  /// Answers that nobody expects, in HTTP/2 without gRPC.
  @Test func anAnswerIsReadUntilItIsDecided() async throws {
    let endless = Behavior([
      .receive(Self.asked), .send(Frames.settings() + Frames.headers([":status": "200", "a": "b"])),
      .send(Frames.data([UInt8](repeating: UInt8(ascii: "n"), count: 1000))), .pause(1), .goTo(2),
    ])
    let drip = Behavior([
      .receive(Self.asked),
      .send(Frames.settings() + Frames.headers([":status": "200", "content-encoding": "gzip"])), .hold,
    ])
    // What the frames say is the body, whatever length is told: this one has not ended.
    let short = Behavior([
      .receive(Self.asked),
      .send(
        Frames.settings() + Frames.headers([":status": "200", "content-length": "3"])
          + Frames.data([110, 110, 110])),
      .hold,
    ])
    let header = Expectations(headers: [HeaderExpectation(name: "A", test: .equals("b"))])
    let cases: [(Behavior, Expectations?, String, String)] = [
      (endless, nil, "OK", ""), (endless, header, "OK", ""),
      (endless, Expectations(bodyContains: ["nn"]), "OK", ""),
      (
        endless, Expectations(bodyContains: ["no"], readLimit: 9000), "L7BODY",
        #"no "no" in the first 9000 bytes of the body, which begins "\#(String(repeating: "n", count: 40))…""#
      ),
      (
        short, Expectations(bodyMatches: ["^nnn$"]), "L7TOUT",
        "timeout; status 200 came, 3 bytes of its body, and it did not end"
      ),
      (drip, Expectations(bodyContains: ["a"]), "L7BODY", #"the body is compressed ("gzip")"#),
    ]
    for (behavior, expected, code, detail) in cases {
      let backend = try Backend(behavior)
      var checker = StreamTests.checker(RequestParts(), expected)
      checker.timeoutMs = 800
      let outcome = try await GrpcTests.probe(checker, backend.port)
      #expect(outcome.code == code && outcome.detail == detail, "\(outcome)")
      // It was told that nobody listens any more, and saw an end, not a reset.
      let counts = await backend.counts { $0.open == 0 }
      #expect(counts?.accepted == 1, "\(backend.counts)")
      backend.stop()
    }
  }

  /// A request that is larger than the peer's window waits until that opens.
  @Test func aLongRequestWaitsForTheWindow() async throws {
    var checker = StreamTests.checker(
      RequestParts(method: "POST", body: [UInt8](repeating: 7, count: 100_000)))
    checker.timeoutMs = 400
    let stuck = try Backend(Behavior([.receive(65_000), .send(Frames.settings()), .hold]))
    let outcome = try await GrpcTests.probe(checker, stuck.port)
    #expect(outcome.code == "L7TOUT" && outcome.detail == "timeout; the peer speaks HTTP/2, no answer")
    stuck.stop()
  }
}
