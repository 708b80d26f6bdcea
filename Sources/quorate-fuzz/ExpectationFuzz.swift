import Health
import Matching
import Probing

/// What is promised of expectations: how an answer is cut changes nothing, and what is told of it is short.
struct ExpectationFuzz {
  private let answers: [ExpectedAnswer]
  private let dialogs: [ExpectedDialog]

  init() throws {
    let header = HeaderExpectation(name: "Content-Length", test: .matches("^[0-9]+$"))
    let json = JsonExpectation(path: "$.a[1]", value: .number("1"))
    let expectations = [
      Expectations(headers: [header, HeaderExpectation(name: "X", test: .equals("y"))]),
      Expectations(bodyContains: ["aab", "\r\n"], readLimit: 40),
      Expectations(bodyMatches: ["^a.*b$", "(?i)OK"], readLimit: 60),
      Expectations(json: [json, JsonExpectation(path: "$", value: .null)]),
      Expectations(
        headers: [HeaderExpectation(name: "Connection", test: .present)], bodyContains: ["a"],
        bodyMatches: ["b"], json: [json], readLimit: 100),
    ]
    let requests = ["GET / HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\n\r\n"]
    answers = try expectations.flatMap { expected in
      try requests.map { try ExpectedAnswer(expected, request: Array($0.utf8)) }
    }
    dialogs = try [
      [
        DialogStep(expect: .contains(Array("aab".utf8))), DialogStep(send: [1], expect: .matches("^[ab]+\n")),
      ],
      [DialogStep(expect: .matches("ok$")), DialogStep(send: [1]), DialogStep(expect: .contains([0x0d]))],
    ]
    .map { try ExpectedDialog($0) }
  }

  /// Nil: it was kept.
  func fault(_ chance: inout Answers) -> String? {
    let answer = chance.expected()
    let expected = answers[chance.below(answers.count)]
    let status = [UInt16(200), 204, 304, 500][chance.below(4)]
    let pieces = Self.cut(answer, &chance)
    let whole = Self.verdict(expected, status, [answer[...]])
    let cut = Self.verdict(expected, status, pieces)
    if whole != cut { return "\(answer): cut in pieces \(pieces.map(\.count)) it is \(cut), not \(whole)" }
    let steps = dialogs[chance.below(dialogs.count)]
    let said = Self.verdict(steps, [answer[...]])
    let saidInPieces = Self.verdict(steps, pieces)
    if said != saidInPieces {
      return "\(answer): said in pieces \(pieces.map(\.count)) it is \(saidInPieces), not \(said)"
    }
    return Self.length(whole) ?? Self.length(said)
  }

  private static func length(_ verdict: AnswerVerdict) -> String? {
    guard case .failed(_, let detail) = verdict else { return nil }
    return detail.isEmpty || detail.utf8.count > Report.longestDetail ? "this is told: \(detail)" : nil
  }

  private static func cut(_ answer: [UInt8], _ chance: inout Answers) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = 0
    while start < answer.count {
      let end = start + 1 + chance.below(min(answer.count - start, 1 + chance.below(40)))
      pieces.append(answer[start..<end])
      start = end
    }
    return pieces
  }

  private static func verdict(
    _ expected: ExpectedAnswer, _ status: UInt16, _ pieces: [ArraySlice<UInt8>]
  ) -> AnswerVerdict {
    let check = AnswerCheck(expected, status: status, isOld: false)
    for piece in pieces {
      if let verdict = piece.withUnsafeBufferPointer({ check.take($0) }) { return verdict }
    }
    return check.end()
  }

  private static func verdict(_ expected: ExpectedDialog, _ pieces: [ArraySlice<UInt8>]) -> AnswerVerdict {
    let dialog = Dialog(expected)
    var next = dialog.begin()
    for piece in [[]] + pieces {
      if next == .wait, !piece.isEmpty { next = piece.withUnsafeBufferPointer { dialog.take($0) } }
      while case .send = next { next = dialog.sent() }
      if case .over(let verdict) = next { return verdict }
    }
    return dialog.end()
  }
}

extension Answers {
  /// Headers good and bad, and a body in some framing.
  mutating func expected() -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<below(6) {
      bytes += below(5) == 0 ? next() : Self.headers[below(Self.headers.count)]
      bytes += below(4) == 0 ? [0x0a] : [0x0d, 0x0a]
    }
    if below(8) > 0 { bytes += [0x0d, 0x0a] }
    for _ in 0..<below(6) {
      bytes += below(6) == 0 ? next() : Self.bodies[below(Self.bodies.count)]
    }
    return bytes
  }

  private static let headers = [
    "Content-Length: 7", "Content-Length: 30", "Content-Length: 0", "content-length: 99999999999999999999",
    "Transfer-Encoding: chunked", "Transfer-Encoding: gzip", "Connection: close", "X: y", "X:", " more",
    "Content-Encoding: gzip", "Content-Encoding: identity", ":", "no header",
  ].map { Array($0.utf8) }

  private static let bodies = [
    "aab", "aaaaaaaab", "ok", "OK\r\n", "b\n", "7\r\n", "1\r\na\r\n", "0\r\n\r\n", "3;x=y\r\naab\r\n",
    "ffffffff\r\n",
    "{\"a\":[0,1]}", "{\"a\":[0,1.0]", "null", "[[[[", "\"\\ud83d\\ude00\"", "\u{0}", "é", " ", "-", "1e5",
  ].map { Array($0.utf8) }
}
