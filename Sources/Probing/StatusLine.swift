import Health

/// Judges the first line of an answer, as lua-resty-upstream-healthcheck does (`lua-resty.md`, "One probe").
package enum StatusLine {
  /// Bytes of an answer that are read for its status line and headers; a line that does not end in them is bad.
  package static let longest = 16 * 1024

  package enum Judgement: Equatable, Sendable {
    /// `status` is 0 where the line holds no code and none was asked for.
    case valid(status: UInt16)
    case badLine
    /// The line holds this code, and it is not in the list.
    case badCode(CodeDigits)
  }

  /// Where the digits of the code stand in the line; `status` is their value, 65535 when it is larger.
  package struct CodeDigits: Equatable, Sendable {
    package var range: Range<Int>
    package var status: UInt16
  }

  /// - Parameters:
  ///   - line: the line without its line feed; a carriage return at its end is dropped.
  ///   - valid: the codes that count as a success; empty: any line does.
  package static func judge(_ line: Span<UInt8>, valid: StatusSet) -> Judgement {
    guard let digits = code(in: line) else { return valid.isEmpty ? .valid(status: 0) : .badLine }
    if valid.isEmpty || valid.contains(digits.status) { return .valid(status: digits.status) }
    return .badCode(digits)
  }

  /// The code of a line that matches `^HTTP/\d+\.\d+\s+(\d+)`, case-insensitively.
  package static func code(in line: Span<UInt8>) -> CodeDigits? {
    var at = 0
    guard skip(prefix: "http/", in: line, &at), digits(in: line, &at) != nil else { return nil }
    guard at < line.count, line[at] == UInt8(ascii: ".") else { return nil }
    at += 1
    guard digits(in: line, &at) != nil else { return nil }
    let gap = at
    while at < line.count, isSpace(line[at]) { at += 1 }
    guard at > gap else { return nil }
    let start = at
    guard let status = digits(in: line, &at) else { return nil }
    return CodeDigits(range: start..<at, status: status)
  }

  private static func skip(prefix: StaticString, in line: Span<UInt8>, _ at: inout Int) -> Bool {
    let length = prefix.utf8CodeUnitCount
    guard line.count - at >= length else { return false }
    for offset in 0..<length where lowercase(line[at + offset]) != prefix.utf8Start[offset] { return false }
    at += length
    return true
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }

  private static func digits(in line: Span<UInt8>, _ at: inout Int) -> UInt16? {
    let start = at
    var value: UInt32 = 0
    while at < line.count, line[at] >= UInt8(ascii: "0"), line[at] <= UInt8(ascii: "9") {
      value = min(value * 10 + UInt32(line[at] - UInt8(ascii: "0")), 65535)
      at += 1
    }
    return at > start ? UInt16(value) : nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0d)
  }
}

/// The status codes that count as a success, as bits.
package struct StatusSet: Sendable {
  private var words: [UInt64]

  /// - Parameter codes: 0 to 999 each; others are ignored, since no answer is accepted for them.
  package init(_ codes: [UInt16]) {
    words = codes.isEmpty ? [] : Array(repeating: 0, count: 16)
    for code in codes where code < 1000 { words[Int(code) / 64] |= 1 << UInt64(code % 64) }
  }

  package var isEmpty: Bool { words.isEmpty }

  package func contains(_ code: UInt16) -> Bool {
    code < 1000 && !words.isEmpty && words[Int(code) / 64] & (1 << UInt64(code % 64)) != 0
  }
}
