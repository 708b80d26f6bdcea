import Backends
import HTTP2
import Testing

/// The codec alone, fed with hand-made frames.
@Suite struct HTTP2SessionTests {
  private static let request = HTTP2Request(fields: [
    HTTP2Field(":method", "GET"), HTTP2Field(":scheme", "http"), HTTP2Field(":authority", "a"),
    HTTP2Field(":path", "/status"),
  ])

  private static func session(
    _ request: HTTP2Request = request, mostBytes: Int = 100_000
  ) throws -> HTTP2Session {
    try #require(HTTP2Session(request, mostBytes: mostBytes, of: HTTP2Library()))
  }

  private static func feed(_ session: HTTP2Session, _ bytes: [UInt8], by size: Int = .max) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(size))
      piece.withUnsafeBufferPointer { session.receive($0) }
      rest = rest.dropFirst(size)
    }
  }

  private static let ok = Frames.headers([":status": "200", "a": "b"])
  private static let head = HTTP2Event.head(status: 200, [HTTP2Field("a", "b")])

  /// Preface, settings and the request are one piece; there is nothing more to say before the peer answers.
  @Test func whatIsAskedIsSaidAtOnce() throws {
    let session = try Self.session()
    let bytes = session.takeOutbound()
    #expect(bytes.starts(with: Frames.preface))
    let settings = Frames.settings([(2, 0), (6, 16_384)])
    #expect(bytes.dropFirst(24).starts(with: settings), "\(bytes)")
    let request = bytes.dropFirst(24 + settings.count)
    #expect(request.dropFirst(3).starts(with: [1, 5, 0, 0, 0, 1]), "\(request)")
    #expect(!session.hasOutbound && session.takeEvents().isEmpty && session.failure == nil)
  }

  /// A body that is longer than the peer's window goes on when that opens.
  @Test func aBodyWaitsForTheWindow() throws {
    var request = Self.request
    request.body = [UInt8](repeating: 7, count: 70_000)
    let session = try Self.session(request)
    let sent = session.takeOutbound().count
    #expect((65_535..<66_000).contains(sent), "\(sent)")
    Self.feed(
      session,
      Frames.settings() + Frames.frame(.window, [0, 1, 0, 0])
        + Frames.frame(.window, stream: 1, [0, 1, 0, 0]))
    let rest = session.takeOutbound().count
    #expect((4465..<4600).contains(rest), "\(rest)")
  }

  @Test(arguments: [Int.max, 1, 7])
  func anAnswerIsToldInItsOrder(size: Int) throws {
    let session = try Self.session()
    Self.feed(
      session,
      Frames.settings([(3, 100)]) + Frames.headers([":status": "103", "link": "x"]) + Self.ok
        + Frames.data([1, 2])
        + Frames.data([3]) + Frames.headers(["t": "u"], isLast: true), by: size)
    var body: [UInt8] = []
    let events = session.takeEvents().filter { event in
      if case .body(let bytes) = event { body += bytes } else { return true }
      return false
    }
    #expect(events == [Self.head, .trailers([HTTP2Field("t", "u")]), .end])
    #expect(body == [1, 2, 3])
    #expect(session.hasEnded && session.isSettled && session.failure == nil)
  }

  /// Settings and pings are answered, and nothing else is said.
  @Test func whatThePeerWantsIsAcknowledged() throws {
    let session = try Self.session()
    _ = session.takeOutbound()
    let ping = [UInt8](1...8)
    Self.feed(session, Frames.settings() + Frames.frame(.ping, ping))
    let expected =
      Frames.frame(.settings, flags: Frames.acknowledged)
      + Frames.frame(.ping, flags: Frames.acknowledged, ping)
    #expect(session.takeOutbound() == expected)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let failure: HTTP2Failure

    init(_ name: String, _ bytes: [UInt8], _ failure: HTTP2Failure) {
      testDescription = name
      self.bytes = bytes
      self.failure = failure
    }
  }

  static let wrong = [
    Case(
      "HTTP/1.1", Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8),
      .foreign(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))),
    Case(
      "garbage", Array("220 mail.example ESMTP\r\n".utf8), .foreign(Array("220 mail.example ESMTP\r\n".utf8))),
    Case(
      "no settings first", Frames.frame(.ping, [UInt8](1...8)), .foreign(Frames.frame(.ping, [UInt8](1...8)))),
    Case("refuses the stream", Frames.settings() + Frames.reset(7), .refused("RST_STREAM REFUSED_STREAM")),
    Case("resets the stream", Frames.settings() + Frames.reset(8), .broken("RST_STREAM CANCEL")),
    Case(
      "resets with a code of its own", Frames.settings() + Frames.reset(999), .broken("RST_STREAM unknown")),
    Case(
      "resets in the body", Frames.settings() + ok + Frames.reset(2), .broken("RST_STREAM INTERNAL_ERROR")),
    Case(
      "goes away before it answers", Frames.settings() + Frames.goAway(0, "bye"),
      .refused("GOAWAY NO_ERROR: bye")),
    Case(
      "goes away in anger", Frames.settings() + Frames.goAway(11, last: 1, "too_many_pings"),
      .broken("GOAWAY ENHANCE_YOUR_CALM: too_many_pings")),
    Case(
      "a frame too large", Frames.settings() + Frames.frame(0, stream: 1, length: 20_000, []),
      .broken("too large frame size")),
    Case(
      "headers without a status", Frames.settings() + Frames.headers(["a": "b"]),
      .broken("violation in HTTP messaging rule")),
    Case(
      "a status that is none", Frames.settings() + Frames.headers([":status": "2x0"]),
      .broken("invalid HTTP header field was received")),
    Case(
      "headers that are of HTTP/1.1",
      Frames.settings() + Frames.headers([":status": "200", "connection": "close"]),
      .broken("invalid HTTP header field was received")
    ),
    Case("a body before headers", Frames.settings() + Frames.data([1]), .broken("DATA: stream not opened")),
    Case(
      "another length than it tells",
      Frames.settings() + Frames.headers([":status": "200", "content-length": "3"])
        + Frames.data([1], isLast: true), .broken("PROTOCOL_ERROR")),
    Case(
      "an answer to nobody", Frames.settings() + Frames.headers([":status": "200"], stream: 3),
      .broken("protocol error")),
    Case(
      "a block that is none",
      Frames.settings()
        + Frames.frame(
          .headers, flags: Frames.endHeaders, stream: 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
      .broken("COMPRESSION_ERROR")),
    Case(
      "a window of more than there is", Frames.settings() + Frames.frame(.window, [0x7f, 0xff, 0xff, 0xff]),
      .broken("flow control error")),
  ]

  @Test(arguments: wrong) func whatIsWrongIsTold(test: Case) throws {
    for size in [Int.max, 1] {
      let session = try Self.session()
      Self.feed(session, test.bytes, by: size)
      #expect(session.failure.map(Self.shown) == Self.shown(test.failure), "\(size)")
    }
  }

  /// What came first is cut where it was read; whatever the library calls a fault of its own is of one kind.
  private static func shown(_ failure: HTTP2Failure) -> String {
    switch failure {
    case .foreign(let start): "foreign \(start.prefix(9))"
    case .broken, .refused, .headersTooLong, .tooMuch: "\(failure)"
    }
  }

  struct Flood: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var before: [UInt8] = []
    let again: [UInt8]
    let failure: HTTP2Failure

    init(_ name: String, after before: [UInt8] = [], _ again: [UInt8], _ failure: HTTP2Failure) {
      testDescription = name
      self.before = before
      self.again = again
      self.failure = failure
    }
  }

  private static let frames = HTTP2Failure.tooMuch("more than 256 frames that are no body")
  private static let bytes = HTTP2Failure.tooMuch("more than 100000 bytes")

  static let floods = [
    Flood("settings", Frames.settings(), frames),
    Flood("settings that are long", Frames.settings((0..<32).map { (UInt16($0 + 100), 1) }), frames),
    Flood(
      "settings that are too long", Frames.settings((0..<33).map { (UInt16($0 + 100), 1) }),
      .broken("SETTINGS: too many setting entries")),
    Flood("pings", Frames.frame(.ping, [UInt8](1...8)), frames),
    Flood("windows", Frames.frame(.window, [0, 0, 0, 1]), frames),
    Flood("priorities", Frames.frame(.priority, stream: 5, [0, 0, 0, 3, 9]), frames),
    Flood("unknown frames", Frames.frame(0xbe, []), bytes),
    Flood("interim answers", Frames.headers([":status": "103", "a": "b"]), .headersTooLong),
    Flood("trailers", after: ok, Frames.headers(["a": "b"]), .broken("violation in HTTP messaging rule")),
    Flood("empty frames of a body", after: ok, Frames.data([]), bytes),
    Flood("a body", after: ok, Frames.data([UInt8](repeating: 0, count: 1000)), bytes),
    Flood(
      "a body that nobody sees, of padding", after: ok,
      Frames.frame(.data, flags: 8, stream: 1, [255] + [UInt8](repeating: 0, count: 255)), bytes),
    Flood(
      "headers that go on", after: Frames.frame(.headers, stream: 1, Frames.block([":status": "200"])),
      Frames.frame(.continuation, stream: 1, Frames.block(["a": "b"])),
      .broken("too many CONTINUATION frames following a HEADER frame")),
    Flood(
      "empty headers that go on", after: Frames.frame(.headers, stream: 1, Frames.block([":status": "200"])),
      Frames.frame(.continuation, stream: 1, []),
      .broken("too many CONTINUATION frames following a HEADER frame")),
  ]

  /// Whatever is sent for ever has an end, and costs no more than it may: with each frame read by itself, and all at once.
  @Test(arguments: floods) func floodsEnd(flood: Flood) throws {
    for times in [1, 4000] {
      let session = try Self.session()
      Self.feed(session, Frames.settings() + flood.before)
      let piece = Array(repeatElement(flood.again, count: min(times, 99_000 / flood.again.count)).joined())
      var rounds = 0
      var most = 0
      while session.failure == nil, rounds < 100_000 {
        Self.feed(session, piece)
        _ = session.takeEvents()
        rounds += 1
        most = max(most, session.memoryTaken)
      }
      #expect(session.failure == flood.failure, "\(times) at once: after \(rounds) rounds")
      #expect(most < 80_000, "\(most) bytes of memory")
    }
  }

  /// The last of all limits: what the library itself takes.
  @Test func memoryHasAnEnd() throws {
    let library = HTTP2Library()
    #expect(HTTP2Session(Self.request, mostBytes: 100_000, mostMemory: 10_000, of: library) == nil)
    let usual = try Self.session().memoryTaken
    let session = try #require(
      HTTP2Session(Self.request, mostBytes: 100_000, mostMemory: usual + 500, of: library))
    // It remembers fields of up to 4096 bytes.
    let remembered = [0x40] + Frames.block(["x": String(repeating: "y", count: 2000)]).dropFirst()
    let block = Frames.block([":status": "200"]) + remembered
    Self.feed(session, Frames.settings() + Frames.frame(.headers, flags: Frames.endHeaders, stream: 1, block))
    #expect(session.failure == .tooMuch("more than \(usual + 500) bytes of memory"))
    #expect(session.memoryTaken <= usual + 500)
  }

  /// The library counts a frame that goes on each time that it gets a part of its first nine bytes: it gets them whole.
  @Test func headersMayGoOnByteByByte() throws {
    let session = try Self.session()
    let parts = Frames.block([":status": "200", "a": "b"])
    Self.feed(
      session,
      Frames.settings() + Frames.frame(.headers, stream: 1, Array(parts.prefix(5)))
        + Frames.frame(.continuation, stream: 1, Array(parts.dropFirst(5).prefix(5)))
        + Frames.frame(.continuation, flags: Frames.endHeaders, stream: 1, Array(parts.dropFirst(10))), by: 1)
    #expect(session.failure == nil && session.takeEvents() == [Self.head])
  }

  /// What is told is what went wrong first, however much is read at once.
  @Test func theFirstFaultIsTold() throws {
    let bytes =
      Frames.settings() + Frames.headers([":status": "103", "a": "b"]) + Frames.data([1])
      + Frames.frame(.window, stream: 1, [0x7f, 0xff, 0xff, 0xff]) + Frames.goAway(2, last: 1)
    for size in [Int.max, 30, 1] {
      let session = try Self.session()
      Self.feed(session, bytes, by: size)
      #expect(session.failure == .broken("PROTOCOL_ERROR"), "\(size)")
    }
  }

  /// Nobody has asked for it, and the answer comes all the same.
  @Test func whatIsPushedIsLeft() throws {
    let session = try Self.session()
    _ = session.takeOutbound()
    let promise = Frames.frame(
      .push, flags: Frames.endHeaders, stream: 1,
      [0, 0, 0, 2] + Frames.block([":method": "GET", ":path": "/x", ":scheme": "http", ":authority": "a"]))
    Self.feed(
      session, Frames.settings() + promise + Frames.headers([":status": "200", "a": "b"], isLast: true))
    #expect(session.failure == nil && session.takeEvents() == [Self.head, .end])
    // It was told so before: from then on it is a fault.
    let later = try Self.session()
    Self.feed(later, Frames.settings() + Frames.frame(.settings, flags: Frames.acknowledged) + promise)
    #expect(later.failure == .broken("protocol error"), "\(String(describing: later.failure))")
  }

  /// A block of headers that is small and means much.
  @Test func headersHaveAnEnd() throws {
    let bomb = try Self.session()
    // 3000 bytes that the table remembers, and then a byte for each time that they are meant.
    let remembered: [UInt8] =
      [0x40, 1, UInt8(ascii: "a")] + [127, 0xb9, 0x16] + [UInt8](repeating: UInt8(ascii: "x"), count: 3000)
    Self.feed(
      bomb,
      Frames.settings()
        + Frames.frame(
          .headers, flags: Frames.endHeaders, stream: 1,
          Frames.block([":status": "200"]) + remembered + [UInt8](repeating: 0xbe, count: 1000)))
    #expect(bomb.failure == .headersTooLong)
  }

  /// What is over is over: later bytes change nothing.
  @Test func behindTheEndNothingCounts() throws {
    let session = try Self.session()
    Self.feed(
      session, Frames.settings() + Frames.headers([":status": "200"], isLast: true) + Frames.goAway(2))
    #expect(session.hasEnded && session.failure == nil)
    Self.feed(session, [UInt8](repeating: 0xff, count: 1000))
    #expect(session.failure == nil && session.takeEvents().last == .end)
  }

  /// Whoever still answers is told that nobody listens; whoever has answered is not.
  @Test func whoStillAnswersIsTold() throws {
    let session = try Self.session()
    Self.feed(session, Frames.settings() + Self.ok)
    _ = session.takeOutbound()
    session.leave()
    #expect(session.takeOutbound() == Frames.reset(8) + Frames.goAway(0))
    #expect(session.failure == nil)
    let over = try Self.session()
    Self.feed(over, Frames.settings() + Frames.headers([":status": "200"], isLast: true))
    _ = over.takeOutbound()
    over.leave()
    #expect(!over.hasOutbound)
  }

  @Test func whatIsNotHTTP2IsKeptForTheEnd() throws {
    let session = try Self.session()
    Self.feed(session, Array("220 x".utf8))
    #expect(session.failure == nil)
    #expect(session.end() == .foreign(Array("220 x".utf8)))
    let silent = try Self.session()
    #expect(silent.end() == nil)
  }
}
