import Redis
import Testing

@Suite struct ReplyParserTests {
  struct Wire: Sendable, CustomTestStringConvertible {
    let bytes: String
    let shown: String
    var testDescription: String { shown }

    init(_ bytes: String, _ shown: String) {
      self.bytes = bytes
      self.shown = shown
    }
  }

  static let good = [
    Wire("+OK\r\n", "OK"),
    Wire("+\r\n", ""),
    Wire(":-9223372036854775808\r\n", "-9223372036854775808"),
    Wire("$0\r\n\r\n", ""),
    Wire("$4\r\na\r\nb\r\n", "a\r\nb"),
    Wire("$-1\r\n", "null"),
    Wire("*-1\r\n", "null"),
    Wire("*0\r\n", "[]"),
    Wire("*3\r\n:1\r\n*2\r\n+a\r\n*0\r\n$1\r\nb\r\n", "[1 [a []] b]"),
    Wire("*2\r\n*-1\r\n*1\r\n*1\r\n$-1\r\n", "[null [[null]]]"),
    Wire("*2\r\n-WRONGTYPE no\r\n:2\r\n", "[<wrong_type> 2]"),
    Wire("-MOVED 3999 127.0.0.1:6381\r\n", "<moved>"),
    Wire("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:8\r\n", "[[[[[[[[8]]]]]]]]"),
  ]

  @Test(arguments: good) func readsWhole(_ wire: Wire) throws {
    let parser = try #require(RedisReplyParser())
    let replies = try parser.feed(Array((wire.bytes + wire.bytes).utf8))
    #expect(replies.map(\.shown) == [wire.shown, wire.shown])
  }

  /// However the network cuts it.
  @Test(arguments: good) func readsInPieces(_ wire: Wire) throws {
    let bytes = Array(wire.bytes.utf8)
    for size in 1...max(1, bytes.count - 1) {
      let parser = try #require(RedisReplyParser())
      var replies: [RedisReply] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        replies += try parser.feed(Array(bytes[start..<min(start + size, bytes.count)]))
      }
      #expect(replies.map(\.shown) == [wire.shown], "in pieces of \(size)")
    }
  }

  @Test(arguments: [
    Wire("!oops\r\n", "protocol_violation"),
    Wire("$-2\r\n", "protocol_violation"),
    Wire("$x\r\n", "protocol_violation"),
    Wire("$3\r\nabcdef\r\n", "protocol_violation"),
    Wire("$3\r\nabc\rX+OK\r\n", "protocol_violation"),
    Wire("$3\r\nabcX\n+OK\r\n", "protocol_violation"),
    Wire("*-2\r\n", "protocol_violation"),
    Wire("*2147483648\r\n", "protocol_violation"),
    Wire("*99999999999999999999\r\n", "protocol_violation"),
    Wire(":1x\r\n", "protocol_violation"),
    Wire(":9223372036854775808\r\n", "protocol_violation"),
    Wire("*2\r\n:1\r\n?\r\n", "protocol_violation"),
    Wire("%1\r\n+a\r\n+b\r\n", "protocol_violation"),
    Wire("_\r\n", "protocol_violation"),
    Wire("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:9\r\n", "protocol_violation"),
    Wire("*1048577\r\n", "reply_too_large"),
    Wire("*2147483647\r\n", "reply_too_large"),
    Wire("*600000\r\n*600000\r\n", "reply_too_large"),
  ]) func refuses(_ wire: Wire) throws {
    let parser = try #require(RedisReplyParser())
    let error = #expect(throws: RedisError.self) { try parser.feed(Array(wire.bytes.utf8)) }
    #expect(error?.name == wire.shown)
    #expect(error?.isOutcomeUnknown == true)
    #expect(throws: RedisError.self) { try parser.feed(Array("+OK\r\n".utf8)) }
  }

  @Test func refusesMoreBytesThanAllowed() throws {
    var limits = ReplyLimits()
    limits.bytes = 1_000
    let exact = "$992\r\n" + String(repeating: "x", count: 992) + "\r\n"
    #expect(exact.utf8.count == 1_000)
    let parser = try #require(RedisReplyParser(limits: limits))
    // The limit is on each reply, not on what came together.
    #expect(try parser.feed(Array((exact + exact + "+OK\r\n").utf8)).count == 3)
    let longer = "$993\r\n" + String(repeating: "x", count: 993) + "\r\n"
    let replies = try parser.feed(Array(("+1\r\n" + longer + "+2\r\n").utf8))
    #expect(replies.map(\.shown) == ["1", "<reply_too_large>", "2"])
    #expect(replies[1].error == .replyTooLarge("it has more than 1000 bytes"))
    limits.skippedBytes = 2_000
    let impatient = try #require(RedisReplyParser(limits: limits))
    let endless = "$1995\r\n" + String(repeating: "x", count: 1_995) + "\r\n"
    #expect(throws: RedisError.replyTooLarge("it has more than 1000 bytes")) {
      try impatient.feed(Array(endless.utf8))
    }
  }

  /// Whatever it is made of, and however it is cut: what comes behind it is read.
  @Test(arguments: [1, 7, 4096]) func skipsWhatIsTooLarge(piece: Int) throws {
    var limits = ReplyLimits()
    limits.bytes = 1_000
    let parser = try #require(RedisReplyParser(limits: limits))
    let element = "*3\r\n$5\r\nhello\r\n:17\r\n*2\r\n$-1\r\n+x\r\n"
    let large = "*100\r\n" + String(repeating: element, count: 100)
    let text = "$5000\r\n" + String(repeating: "y", count: 5_000) + "\r\n"
    let bytes = Array((element + large + element + text + text + "+end\r\n").utf8)
    var shown: [String] = []
    for start in stride(from: 0, to: bytes.count, by: piece) {
      shown += try parser.feed(Array(bytes[start..<min(start + piece, bytes.count)])).map(\.shown)
    }
    let whole = "[hello, 17, [null, x]]"
    #expect(shown.filter { $0 != "<reply_too_large>" }.count == 3 && shown.count == 6, "\(shown) \(whole)")
    #expect(shown.last == "end" && shown[0] == shown[2])
  }

  @Test func refusesBeforeAllOfItCame() throws {
    let parser = try #require(RedisReplyParser())
    _ = try parser.feed(Array("$1000000000\r\n".utf8))
    let block = [UInt8](repeating: 120, count: 1 << 20)
    for _ in 0..<63 { _ = try parser.feed(block) }
    #expect(throws: RedisError.self) { for _ in 0..<2 { _ = try parser.feed(block) } }
  }

  @Test func refusesDeeperThanAllowed() throws {
    var limits = ReplyLimits()
    limits.depth = 3
    let parser = try #require(RedisReplyParser(limits: limits))
    #expect(try parser.feed(Array("*1\r\n*1\r\n*1\r\n:3\r\n".utf8)).map(\.shown) == ["[[[3]]]"])
    #expect(throws: RedisError.replyTooLarge("arrays are nested deeper than 3")) {
      try parser.feed(Array("*1\r\n*1\r\n*1\r\n*1\r\n:4\r\n".utf8))
    }
  }

  /// A line without an end is searched again with each piece that comes: it must not go on up to 16 MiB.
  @Test(arguments: ["+", "-", ":", "*", "$", "*2\r\n+", "$1\r"]) func refusesAnEndlessLine(_ start: String)
    throws
  {
    let parser = try #require(RedisReplyParser())
    let block = [UInt8](repeating: UInt8(ascii: "1"), count: 16 << 10)
    #expect(throws: RedisError.self) {
      _ = try parser.feed(Array(start.utf8))
      for _ in 0..<6 { _ = try parser.feed(block) }
    }
  }

  @Test func givesAccessWithoutAWalk() throws {
    let parser = try #require(RedisReplyParser())
    let wire = "*5\r\n$4\r\nname\r\n$2\r\n42\r\n$1\r\nn\r\n:-7\r\n+odd\r\n"
    let reply = try #require(try parser.feed(Array(wire.utf8)).first)
    #expect(reply.elements.count == 5)
    #expect(reply.elements[1].number == 42)
    #expect(reply.elements[1].integer == nil)
    #expect(reply.elements[3].integer == -7)
    #expect(reply.elements[0].bytes == Array("name".utf8))
    #expect(reply.elements[0].byteCount == 4)
    #expect(reply.pairs.map { $0.name.string ?? "" } == ["name", "n"])
    #expect(reply.pairs.map { $0.value.number ?? 0 } == [42, -7])
    #expect(reply.string == nil && reply.number == nil && reply.integer == nil)
    #expect(reply.elements[0].elements.isEmpty)
    #expect("\(reply) \(reply.elements[0])" == "array of 5 string of 4 bytes")
  }

  @Test(arguments: [
    ("0", 0), ("-0", 0), ("17", 17), ("-9223372036854775808", Int.min), ("9223372036854775807", Int.max),
    ("9223372036854775808", nil), ("-9223372036854775809", nil), ("", nil), ("-", nil), ("1.5", nil),
    ("+1", nil),
    (" 1", nil),
  ]) func readsNumbersInTexts(_ text: String, _ number: Int?) throws {
    let parser = try #require(RedisReplyParser())
    let reply = try parser.feed(Array("$\(text.utf8.count)\r\n\(text)\r\n".utf8)).first
    #expect(reply?.number == number)
  }
}
