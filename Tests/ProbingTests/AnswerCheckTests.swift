import Health
import Matching
import Probing
import Testing

/// What follows the status line, held against what is expected: the same however it is cut.
@Suite struct AnswerCheckTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var expected: Expectations
    /// What follows the status line.
    var answer: String
    /// `OK`, or the code of the failure.
    var code: String
    var detail = ""
    var status: UInt16 = 200
    var request = "GET / HTTP/1.1\r\n\r\n"

    var testDescription: String { name }
  }

  static let body = Expectations(bodyContains: ["ok"])
  static let matching = Expectations(bodyMatches: ["^ok$"])
  static let json = Expectations(json: [JsonExpectation(path: "$.status", value: .string("ok"))])
  static func header(_ test: HeaderExpectation.Test) -> Expectations {
    Expectations(headers: [HeaderExpectation(name: "X-Ready", test: test)])
  }
  static func small(_ expected: Expectations) -> Expectations {
    var small = expected
    small.readLimit = 8
    return small
  }

  static let cases = [
    Case(
      name: "a header is there", expected: header(.present), answer: "A: b\r\nx-ready:\r\n\r\n", code: "OK"),
    Case(
      name: "a header is not there", expected: header(.present), answer: "A: X-Ready\r\n\r\n", code: "L7HDR",
      detail: "no header X-Ready"),
    Case(
      name: "a header has its value", expected: header(.equals("yes")), answer: "X-READY: \t yes \r\n\r\n",
      code: "OK"),
    Case(
      name: "one of two headers", expected: header(.equals("yes")), answer: "X-Ready: no\nX-Ready: yes\n\n",
      code: "OK"),
    Case(
      name: "a header has another value", expected: header(.equals("yes")), answer: "X-Ready: no\r\n\r\n",
      code: "L7HDR", detail: "header X-Ready is \"no\", not \"yes\""),
    Case(
      name: "a header on two lines", expected: header(.equals("a b")), answer: "X-Ready: a\r\n  b\r\n\r\n",
      code: "OK"),
    Case(
      name: "a header matches", expected: header(.matches("^y")), answer: "X-Ready: yes\r\n\r\n", code: "OK"),
    Case(
      name: "a header does not match", expected: header(.matches("^y")), answer: "X-Ready: no\r\n\r\n",
      code: "L7HDR", detail: "header X-Ready is \"no\", which does not match \"^y\""),
    Case(
      name: "a value that gives up", expected: header(.matches("a+[bc]")),
      answer: "X-Ready: \(String(repeating: "a", count: 3000))\r\n\r\n", code: "L7LIM",
      detail: "\"a+[bc]\" on the header X-Ready: it takes too many steps"),
    Case(
      name: "no end of headers", expected: header(.present), answer: "X-Ready: a\r\n", code: "L7EOF",
      detail: "closed; status 200 came, its headers did not end"),
    Case(
      name: "headers without an end", expected: header(.present),
      answer: String(repeating: "A: \(String(repeating: "b", count: 400))\r\n", count: 50), code: "L7HDR",
      detail: "headers longer than 16 KiB"),
    Case(name: "a body until the end", expected: body, answer: "\r\nit is ok", code: "OK"),
    Case(
      name: "a body that says no", expected: body, answer: "\r\n<h1>no\u{e9}</h1>", code: "L7BODY",
      detail: #"no "ok" in the body, which begins "<h1>no\xc3\xa9</h1>""#),
    Case(
      name: "of a length", expected: body, answer: "Content-Length: 4\r\n\r\nnone ok", code: "L7BODY",
      detail: #"no "ok" in the body, which begins "none""#),
    Case(
      name: "shorter than its length", expected: body, answer: "content-length: 40\r\n\r\nnone",
      code: "L7EOF",
      detail: "closed; status 200 came, 4 bytes of its body, and it did not end"),
    Case(
      name: "decided before it is cut off", expected: body, answer: "Content-Length: 40\r\n\r\nok", code: "OK"
    ),
    Case(
      name: "an empty body", expected: body, answer: "Content-Length: 0\r\n\r\nok", code: "L7BODY",
      detail: #"no "ok" in the body, which begins """#),
    Case(
      name: "no content", expected: body, answer: "\r\nok", code: "L7BODY",
      detail: #"no "ok" in the body, which begins """#, status: 204),
    Case(
      name: "of HEAD", expected: body, answer: "Content-Length: 2\r\n\r\nok", code: "L7BODY",
      detail: #"no "ok" in the body, which begins """#, request: "HEAD / HTTP/1.1\r\n\r\n"),
    Case(
      name: "in chunks", expected: matching,
      answer: "Transfer-Encoding: Chunked\r\n\r\n1;a=b\r\no\r\n001\r\nk\r\n0\r\nTrailer: a\r\n\r\n",
      code: "OK"),
    Case(
      name: "a text over two chunks", expected: body,
      answer: "Transfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nkx", code: "OK"),
    Case(
      name: "chunks that end early", expected: matching,
      answer: "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", code: "L7EOF",
      detail: "closed; status 200 came, 2 bytes of its body, and it did not end"),
    Case(
      name: "a chunk without a size", expected: body, answer: "Transfer-Encoding: chunked\r\n\r\n\r\nok",
      code: "L7BODY", detail: "a chunk has no size"),
    Case(
      name: "a size that is none", expected: body, answer: "Transfer-Encoding: chunked\r\n\r\n-1\r\nok",
      code: "L7BODY", detail: "a chunk has a size that is none"),
    Case(
      name: "a size that is too large", expected: body,
      answer: "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nok", code: "L7BODY",
      detail: "a chunk has a size that is none"),
    Case(
      name: "a chunk longer than it says", expected: body,
      answer: "Transfer-Encoding: chunked\r\n\r\n1\r\nabok", code: "L7BODY",
      detail: "a chunk does not end where it should"),
    Case(
      name: "framing without an end", expected: small(body),
      answer: "Transfer-Encoding: chunked\r\n\r\n1;\(String(repeating: "x", count: 2000))", code: "L7BODY",
      detail: "the chunks have more framing than body"),
    Case(
      name: "two lengths", expected: body, answer: "Content-Length: 1\r\nContent-Length: 2\r\n\r\nok",
      code: "L7BODY", detail: "the length of the body is \"1, 2\""),
    Case(
      name: "compressed", expected: body, answer: "Content-Encoding: gzip\r\n\r\nok", code: "L7BODY",
      detail: "the body is compressed (\"gzip\")"),
    Case(
      name: "compressed, and nobody reads it", expected: header(.present),
      answer: "X-Ready: a\r\nContent-Encoding: gzip\r\n\r\n", code: "OK"),
    Case(
      name: "another transfer coding", expected: body, answer: "Transfer-Encoding: gzip, chunked\r\n\r\nok",
      code: "L7BODY", detail: "the body has the transfer coding \"gzip, chunked\""),
    Case(name: "matches", expected: matching, answer: "\r\nok\n", code: "OK"),
    Case(
      name: "does not match", expected: matching, answer: "\r\nok!", code: "L7BODY",
      detail: #"nothing matches "^ok$" in the body, which begins "ok!""#),
    Case(
      name: "a body that gives up", expected: Expectations(bodyMatches: ["a+[bc]"]),
      answer: "\r\n\(String(repeating: "a", count: 3000))", code: "L7LIM",
      detail: "\"a+[bc]\" on the body: it takes too many steps"),
    Case(
      name: "too late", expected: small(body), answer: "\r\n1234567ok", code: "L7BODY",
      detail: #"no "ok" in the first 8 bytes of the body, which begins "1234567o""#),
    Case(name: "just in time", expected: small(body), answer: "\r\n123456ok9", code: "OK"),
    Case(
      name: "just as long as is read", expected: small(matching), answer: "\r\n12345678", code: "L7BODY",
      detail: #"nothing matches "^ok$" in the body, which begins "12345678""#),
    Case(name: "JSON", expected: json, answer: "\r\n{\"status\": \"ok\"}\n", code: "OK"),
    Case(
      name: "JSON with another value", expected: json, answer: "\r\n{\"status\":\"starting\"}",
      code: "L7JSON",
      detail: "$.status is \"starting\", not \"ok\""),
    Case(
      name: "JSON without it", expected: json, answer: "\r\n{}", code: "L7JSON",
      detail: "$.status is not there, not \"ok\""),
    Case(
      name: "JSON with more in it", expected: json, answer: "\r\n{\"status\":{\"status\":\"ok\"}}",
      code: "L7JSON", detail: "$.status is an object, not \"ok\""),
    Case(
      name: "no JSON", expected: json, answer: "\r\n{\"status\":\"ok\"", code: "L7JSON",
      detail: "no JSON at byte 14, a comma or } should be here: \"\""),
    Case(
      name: "JSON that is cut", expected: small(json), answer: "\r\n{\"status\":\"ok\"}", code: "L7JSON",
      detail: "longer than 8 bytes"),
    Case(
      name: "JSON of 64 KiB and a byte", expected: json,
      answer: "Content-Length: 65537\r\n\r\n{\"status\":\"ok\"}" + String(repeating: " ", count: 65537 - 15),
      code: "L7JSON", detail: "longer than 64 KiB"),
    Case(
      name: "JSON of 64 KiB", expected: json,
      answer: "Content-Length: 65536\r\n\r\n{\"status\":\"ok\"}" + String(repeating: " ", count: 65536 - 15),
      code: "OK"),
    Case(
      name: "all of it",
      expected: Expectations(
        headers: [HeaderExpectation(name: "A", test: .equals("b"))], bodyContains: ["\"ok\"", "true"],
        bodyMatches: ["(?i)STATUS"],
        json: [
          JsonExpectation(path: "$.status", value: .string("ok")),
          JsonExpectation(path: "$.n[1]", value: .number("2")),
          JsonExpectation(path: "$.up", value: .bool(true)), JsonExpectation(path: "$.error", value: .null),
        ]),
      answer: "A: b\r\n\r\n{\"status\":\"ok\",\"n\":[1,2.0],\"up\":true,\"error\":null}", code: "OK"),
  ]

  /// The verdict where the answer comes in these pieces.
  static func verdict(_ expected: ExpectedAnswer, _ pieces: [ArraySlice<UInt8>], status: UInt16)
    -> AnswerVerdict
  {
    let check = AnswerCheck(expected, status: status, isOld: false)
    for piece in pieces {
      if let verdict = piece.withUnsafeBufferPointer({ check.take($0) }) { return verdict }
    }
    return check.end()
  }

  private func outcome(_ item: Case, _ pieces: [ArraySlice<UInt8>]) throws -> (code: String, detail: String) {
    let expected = try ExpectedAnswer(item.expected, request: Array(item.request.utf8))
    switch Self.verdict(expected, pieces, status: item.status) {
    case .met: return ("OK", "")
    case .failed(let failure, let detail): return (failure.code, detail)
    }
  }

  @Test(arguments: cases) func isJudged(_ item: Case) throws {
    let found = try outcome(item, [Array(item.answer.utf8)[...]])
    #expect(found.code == item.code, "\(found)")
    if !item.detail.isEmpty || item.code == "OK" { #expect(found.detail == item.detail) }
    #expect(found.detail.utf8.count <= Report.longestDetail)
  }

  /// At every place; in bytes; and, of what is short, at every two places.
  @Test(arguments: cases) func howItIsCutChangesNothing(_ item: Case) throws {
    let answer = Array(item.answer.utf8)
    let whole = try outcome(item, [answer[...]])
    let cuts =
      answer.count < 400
      ? Array(0...answer.count) : stride(from: 0, through: answer.count, by: 997).map { $0 }
    for cut in cuts {
      let found = try outcome(item, [answer[..<cut], answer[cut...]])
      #expect(found == whole, "cut at \(cut)")
    }
    let bytes = try outcome(item, answer.indices.map { answer[$0..<$0 + 1] })
    #expect(bytes == whole)
    guard answer.count < 60 else { return }
    for first in 0...answer.count {
      for second in first...answer.count {
        let found = try outcome(item, [answer[..<first], answer[first..<second], answer[second...]])
        #expect(found == whole, "cut at \(first) and \(second)")
      }
    }
  }

  /// How the peer goes on once it is decided: so the connection is left in order.
  @Test(arguments: [
    ("Content-Length: 2\r\n\r\nok", AnswerRest.nothing), ("Content-Length: 5\r\n\r\nok1", .bytes(2)),
    ("Connection: close\r\nContent-Length: 2\r\n\r\nok", .untilEnd), ("\r\nok", .untilEnd),
    ("Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", .chunks),
    ("Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", .nothing),
  ])
  func tellsWhatIsStillToCome(answer: String, rest: AnswerRest) throws {
    let check = AnswerCheck(try ExpectedAnswer(Self.body, request: []), status: 200, isOld: false)
    let verdict = Array(answer.utf8).withUnsafeBufferPointer { check.take($0) }
    #expect(verdict == .met)
    #expect(check.rest == rest)
  }
}
