import Health
import Probing
import Testing

/// Conversations over plain TCP: the same however what comes is cut.
@Suite struct DialogTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var steps: [DialogStep]
    /// All that the peer sends before it closes.
    var received: String
    /// What is sent to it.
    var sent = ""
    var code: String
    var detail = ""

    var testDescription: String { name }
  }

  static func says(_ send: String, _ expect: String) -> DialogStep {
    DialogStep(send: Array(send.utf8), expect: .contains(Array(expect.utf8)))
  }
  static func matches(_ pattern: String, _ send: String = "") -> DialogStep {
    DialogStep(send: Array(send.utf8), expect: .matches(pattern))
  }
  static let smtp = [matches("^220 "), matches("^250 ", "EHLO a\r\n"), says("QUIT\r\n", "221")]

  static let cases = [
    Case(
      name: "PING", steps: [says("PING\r\n", "+PONG\r\n")], received: "+PONG\r\n", sent: "PING\r\n",
      code: "OK"),
    Case(
      name: "another answer", steps: [says("PING\r\n", "+PONG")], received: "-NOAUTH no\r\n",
      sent: "PING\r\n",
      code: "L7EXP", detail: #""+PONG" was expected before it closed, and "-NOAUTH no\x0d\x0a" came"#),
    Case(
      name: "no answer", steps: [says("PING\r\n", "+PONG")], received: "", sent: "PING\r\n", code: "L7EOF",
      detail: #"closed; "+PONG" was expected, nothing came"#),
    Case(name: "a banner", steps: [matches("^SSH-2")], received: "hello\nSSH-2.0-x\r\n", code: "OK"),
    Case(
      name: "a banner in the middle", steps: [matches("^SSH-2")], received: "no SSH-2.0-x\r\n", code: "L7EXP"),
    Case(
      name: "SMTP", steps: smtp,
      received: "220-a\r\n220 b\r\n250-x\r\n250 y\r\n221 bye\r\n", sent: "EHLO a\r\nQUIT\r\n", code: "OK"),
    Case(
      name: "SMTP that refuses", steps: smtp, received: "220 b\r\n550 no\r\n", sent: "EHLO a\r\n",
      code: "L7EXP",
      detail: #"step 2: a match of "^250 " was expected before it closed, and "b\x0d\x0a550 no\x0d\x0a" came"#
    ),
    Case(name: "an end of a line", steps: [matches("ok$")], received: "ok\r\nmore", code: "OK"),
    Case(name: "the end", steps: [matches("ok$")], received: "ok", code: "OK"),
    Case(name: "no end of a line", steps: [matches("ok$")], received: "okay", code: "L7EXP"),
    Case(
      name: "what was met is met once", steps: [says("", "a"), says("", "a")], received: "a", code: "L7EOF",
      detail: #"closed; step 2: "a" was expected, nothing came"#),
    Case(name: "twice", steps: [says("", "a"), says("", "a")], received: "aa", code: "OK"),
    Case(
      name: "nothing expected in between", steps: [DialogStep(send: Array("a".utf8)), says("b", "c")],
      received: "c", sent: "ab", code: "OK"),
    Case(
      name: "too many steps of a search", steps: [matches("a+[bc]")],
      received: String(repeating: "a", count: 3000), code: "L7LIM",
      detail: #""a+[bc]": it takes too many steps"#),
    Case(
      name: "bytes without an end", steps: [says("", "no")], received: String(repeating: "n", count: 70_000),
      code: "L7EXP",
      detail: "\"no\" was expected in 64 KiB, and \"\(String(repeating: "n", count: 40))…\" came"),
  ]

  private func outcome(_ item: Case, _ pieces: [ArraySlice<UInt8>]) throws -> (
    code: String, detail: String, sent: String
  ) {
    let dialog = Dialog(try ExpectedDialog(item.steps))
    var sent: [UInt8] = []
    func follow(_ start: Dialog.Next) -> AnswerVerdict? {
      var next = start
      while true {
        switch next {
        case .wait: return nil
        case .over(let verdict): return verdict
        case .send(let bytes):
          sent += bytes
          next = dialog.sent()
        }
      }
    }
    var verdict = follow(dialog.begin())
    for piece in pieces where verdict == nil && !piece.isEmpty {
      verdict = follow(piece.withUnsafeBufferPointer { dialog.take($0) })
    }
    switch verdict ?? dialog.end() {
    case .met: return ("OK", "", String(decoding: sent, as: UTF8.self))
    case .failed(let failure, let detail):
      return (failure.code, detail, String(decoding: sent, as: UTF8.self))
    }
  }

  @Test(arguments: cases) func isJudged(_ item: Case) throws {
    let found = try outcome(item, [Array(item.received.utf8)[...]])
    #expect(found.code == item.code, "\(found)")
    #expect(found.sent == item.sent)
    if !item.detail.isEmpty { #expect(found.detail == item.detail) }
  }

  @Test(arguments: cases) func howItIsCutChangesNothing(_ item: Case) throws {
    let bytes = Array(item.received.utf8)
    let whole = try outcome(item, [bytes[...]])
    let cuts =
      bytes.count < 400 ? Array(0...bytes.count) : stride(from: 0, through: bytes.count, by: 997).map { $0 }
    for cut in cuts {
      let found = try outcome(item, [bytes[..<cut], bytes[cut...]])
      #expect(found == whole, "cut at \(cut)")
    }
    guard bytes.count < 400 else { return }
    let single = try outcome(item, bytes.indices.map { bytes[$0..<$0 + 1] })
    #expect(single == whole)
  }
}
