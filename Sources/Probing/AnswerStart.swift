import Health

/// Finds the status line that counts in an answer that arrives in pieces: interim answers are passed over with their
/// headers (RFC 9110, 15.2), wherever the pieces end.
package struct AnswerStart: Sendable {
  /// Where the line begins that has not ended.
  private var lineStart: Int32 = 0
  /// Bytes before this hold no line feed of that line.
  private var scanned: Int32 = 0
  /// Whether that line is a header of an interim answer.
  private var isInterim = false
  /// Whether an interim answer came.
  package private(set) var hasPassed = false

  package init() {}

  /// - Parameter bytes: the answer so far, from its first byte: the same as before, and more.
  /// - Returns: where the line stands, without its line end; nil: it has not come yet.
  package mutating func line(in bytes: Span<UInt8>) -> Range<Int>? {
    while let feed = Self.lineFeed(in: bytes, from: Int(scanned)) {
      let start = Int(lineStart)
      let end = feed > start && bytes[feed - 1] == 0x0d ? feed - 1 : feed
      if !isInterim, !Self.isInterim(bytes.extracting(start..<end)) { return start..<end }
      // The headers end at an empty line.
      isInterim = !isInterim || end > start
      hasPassed = true
      lineStart = Int32(feed + 1)
      scanned = lineStart
    }
    scanned = Int32(bytes.count)
    return nil
  }

  private static func isInterim(_ line: Span<UInt8>) -> Bool {
    StatusLine.code(in: line).map { StatusCode.isInterim($0.status) } ?? false
  }

  private static func lineFeed(in bytes: Span<UInt8>, from start: Int) -> Int? {
    var at = start
    while at < bytes.count {
      if bytes[at] == 0x0a { return at }
      at += 1
    }
    return nil
  }
}
