import Health
import Probing
import Testing

@Suite struct StatusLineTests {
  @Test(arguments: [
    ("HTTP/1.1 200 OK", 200), ("http/1.0 302", 302), ("HTTP/11.22 \t 404", 404), ("HTTP/1.1 200OK", 200),
    ("HTTP/1.1 0200 OK", 200), ("HTTP/1.1\u{b}204", 204), ("HTTP/1.1 99999999999999999999", 65535),
  ])
  func readsTheCode(line: String, status: UInt16) {
    #expect(code(line) == status)
  }

  @Test(arguments: [
    "", "HTTP/2 200", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 x200", " HTTP/1.1 200", "HTTP/.1 200", "HTTP/1. 200",
    "HTTP/1,1 200",
    "HTTP/1.1200", "HTTQ/1.1 200", "H", "HTTP/", "SSH-2.0-OpenSSH", "HTTP/1.1 -200",
  ])
  func refusesWhatIsNoStatusLine(line: String) {
    #expect(code(line) == nil)
    #expect(judge(line, [200]) == .badLine)
    #expect(judge(line, []) == .valid(status: 0))
  }

  @Test func comparesTheCodeWithTheList() {
    #expect(judge("HTTP/1.1 200 OK", [200, 302]) == .valid(status: 200))
    #expect(judge("HTTP/1.1 302 Found", [200, 302]) == .valid(status: 302))
    #expect(judge("HTTP/1.1 503 No", []) == .valid(status: 503))
    guard case .badCode(let digits) = judge("HTTP/1.1 503 No", [200]) else {
      Issue.record("a code outside the list was taken")
      return
    }
    #expect(digits.range == 9..<12 && digits.status == 503)
  }

  @Test func aSetHoldsWhatItWasGiven() {
    let set = StatusSet([0, 63, 64, 200, 999, 1000])
    #expect([0, 63, 64, 200, 999].allSatisfy(set.contains))
    #expect(![1, 62, 65, 201, 998, 1000, 65535].contains(where: set.contains))
    #expect(StatusSet([]).isEmpty && !StatusSet([]).contains(0))
  }

  /// Random bytes, and good lines with bytes changed: the parser agrees with a plain reading of the pattern.
  @Test func agreesWithThePatternOnManyLines() throws {
    let pattern = try Regex(
      #"^[Hh][Tt][Tt][Pp]/[0-9]+\.[0-9]+[ \t\n\u{b}\u{c}\r]+([0-9]+)"#, as: (Substring, Substring).self
    )
    .matchingSemantics(.unicodeScalar)
    var random = SplitMix(state: 42)
    for _ in 0..<20_000 {
      let line = random.line()
      let expected = try pattern.prefixMatch(in: line).map { UInt16(clamping: Int($0.output.1) ?? Int.max) }
      #expect(code(line) == expected, "\(line.debugDescription)")
    }
  }

  private func code(_ line: String) -> UInt16? {
    StatusLine.code(in: Array(line.utf8).span)?.status
  }

  private func judge(_ line: String, _ valid: [UInt16]) -> StatusLine.Judgement {
    StatusLine.judge(Array(line.utf8).span, valid: StatusSet(valid))
  }
}

/// A small generator, so that a failing line can be had again.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// A good status line with up to four of its characters changed, dropped or doubled.
  mutating func line() -> String {
    var line = Array("HTTP/1.\(below(3)) \(below(1000)) Reason".unicodeScalars)
    for _ in 0..<below(5) where !line.isEmpty {
      let place = below(line.count)
      switch below(3) {
      case 0: line[place] = Unicode.Scalar(UInt8(below(128)))
      case 1: line.remove(at: place)
      default: line.insert(line[place], at: place)
      }
    }
    return String(String.UnicodeScalarView(line))
  }
}
