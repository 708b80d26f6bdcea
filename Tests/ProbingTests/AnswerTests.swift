import Probing
import Testing

/// What of an answer counts, and how much of it is to come, wherever its pieces end.
@Suite struct AnswerTests {
  static let starts: [(answer: String, line: String?)] = [
    ("HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK"), ("HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK"),
    ("HTTP/1.1 200 OK\r", nil), ("", nil), ("\r\nHTTP/1.1 200 OK\r\n", ""),
    ("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n", "HTTP/1.1 200 OK"),
    ("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK", nil),
    ("HTTP/1.1 100 C\n\nHTTP/1.1 200 OK\n", "HTTP/1.1 200 OK"),
    (
      "HTTP/1.1 103 E\r\nLink: <a>\r\n\r\nHTTP/1.1 103 E\r\nLink: <b>\r\n\r\nHTTP/1.1 404 No\r\n",
      "HTTP/1.1 404 No"
    ),
    // A header that looks like a status line is a header.
    ("HTTP/1.1 103 E\r\nHTTP/1.1 200 OK\r\n", nil),
    ("HTTP/1.1 103 E\r\nHTTP/1.1 200 OK\r\n\r\nHTTP/1.1 500 No\r\n", "HTTP/1.1 500 No"),
    ("HTTP/1.1 101 S\r\n\r\nHTTP/1.1 200 OK\r\n", "HTTP/1.1 101 S"),
    ("HTTP/1.1 199 X\r\n\r\nnonsense\r\n", "nonsense"), ("HTTP/1.1 99 X\r\n\r\n", "HTTP/1.1 99 X"),
    ("HTTP/2 100\r\n\r\nHTTP/1.1 200 OK\r\n", "HTTP/2 100"),
  ]

  @Test(arguments: starts)
  func theLineIsTheSameHoweverItIsCut(answer: String, line: String?) {
    let bytes = Array(answer.utf8)
    for cut in 0...bytes.count {
      for second in cut...bytes.count {
        #expect(
          Self.line(of: bytes, cuts: [cut, second, bytes.count]) == line, "cut at \(cut) and \(second)")
      }
    }
    #expect(Self.line(of: bytes, cuts: Array(0...bytes.count)) == line)
  }

  private static func line(of bytes: [UInt8], cuts: [Int]) -> String? {
    var start = AnswerStart()
    for cut in cuts {
      if let line = start.line(in: bytes.span.extracting(..<cut)) {
        return String(decoding: bytes[line], as: UTF8.self)
      }
    }
    return nil
  }

  @Test(arguments: [
    ("HTTP/1.0 200 OK\r\n\r\n", AnswerRest.untilEnd),
    ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", .untilEnd),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", .nothing),
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", .bytes(2)),
    ("HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nabcde", .nothing),
    ("HTTP/1.1 200 OK\ncontent-length:\t 5\n\nabcdef", .nothing),
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabc", .untilEnd),
    ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\nabc", .bytes(2)),
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", .untilEnd), ("HTTP/1.1 200 OK\r\n", .untilEnd),
    ("HTTP/1.1 200 OK\r\n\r\n", .untilEnd), ("HTTP/1.1 204 No\r\n\r\n", .nothing),
    ("HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", .nothing),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", .chunks),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", .nothing),
    ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", .untilEnd),
    ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", .bytes(Int.max / 20)),
    ("SSH-2.0-OpenSSH\r\n", .untilEnd),
  ])
  func theHeadersTellWhatIsToCome(answer: String, rest: AnswerRest) {
    let bytes = Array(answer.utf8)
    let status = UInt16(answer.split(separator: " ").dropFirst().first ?? "") ?? 0
    #expect(AnswerRest(of: bytes.span, status: status) == rest)
  }

  @Test func whatHasComeIsNotToCome() {
    let piece = Array("abcde".utf8)
    #expect(AnswerRest.bytes(7).after(piece.span) == .bytes(2))
    #expect(
      AnswerRest.bytes(5).after(piece.span) == .nothing && AnswerRest.bytes(1).after(piece.span) == .nothing)
    #expect(AnswerRest.chunks.after(piece.span) == .chunks)
    #expect(AnswerRest.chunks.after(Array("c\r\n0\r\n\r\n".utf8).span) == .nothing)
    #expect(AnswerRest.untilEnd.after(piece.span) == .untilEnd)
  }
}
