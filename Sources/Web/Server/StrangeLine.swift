/// Bytes that the HTTP decoder did not know as the beginning of any method: a method that nobody knows, or no HTTP at
/// all.
struct StrangeLine: Sendable {
  enum Verdict: Hashable, Sendable {
    /// It may become either.
    case undecided
    /// `METHOD TARGET HTTP/1.…`
    case request
    case garbage
  }

  /// Bytes of a line that are looked at; a longer one is garbage.
  static let longest = 8 * 1024

  private var line: [UInt8] = []

  private(set) var verdict = Verdict.undecided

  /// - Parameters:
  ///   - bytes: all that came with the bytes that were not understood. Whole requests may stand in front.
  ///   - hasBegun: earlier bytes were the beginning of the line, and were understood: `G` of `G / HTTP/1.0`.
  init(_ bytes: some Collection<UInt8>, hasBegun: Bool) {
    let all = Array(bytes)
    let rest = Self.afterWholeRequests(all)
    // Whatever letters they were, they may stand in a token.
    if hasBegun, rest.count == all.count { line = [UInt8(ascii: "A")] }
    add(rest)
  }

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes where verdict == .undecided {
      if byte == UInt8(ascii: "\n") {
        verdict = Self.isRequest(line) ? .request : .garbage
      } else if line.count == Self.longest || !isPossible(byte) {
        verdict = .garbage
      } else {
        line.append(byte)
      }
    }
  }

  /// Whether the line may go on like this: a token, a space, and then anything.
  private func isPossible(_ byte: UInt8) -> Bool {
    if line.contains(UInt8(ascii: " ")) { return true }
    return byte == UInt8(ascii: " ") ? !line.isEmpty : Self.mayStandInToken(byte)
  }

  private static func isRequest(_ line: [UInt8]) -> Bool {
    let end = line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...]
    let words = end.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    return words.count == 3 && !words[1].isEmpty && words[2].starts(with: "HTTP/1.".utf8)
  }

  /// RFC 9110, section 5.6.2.
  private static func mayStandInToken(_ byte: UInt8) -> Bool {
    RequestCheck.isLetterOrDigit(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
  }

  /// What follows the last empty line that has something behind it.
  private static func afterWholeRequests(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    let blank = Array("\r\n\r\n".utf8)
    var start = bytes.startIndex
    while let end = bytes[start...].firstRange(of: blank)?.upperBound, end < bytes.endIndex { start = end }
    return bytes[start...]
  }
}
