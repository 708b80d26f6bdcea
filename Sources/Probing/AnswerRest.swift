/// What is still to come of an answer whose status line was read, as far as its headers tell; so that its connection can
/// be closed in order.
package enum AnswerRest: Hashable, Sendable {
  /// It is here whole, and the peer waits for another request on this connection.
  case nothing
  /// So many bytes, 1 or more; then the peer waits for another request.
  case bytes(Int)
  /// Chunks until an empty one; then the peer waits for another request.
  case chunks
  /// Whatever comes until the peer closes. Also where the headers did not come with the status line: they are not worth
  /// being kept.
  case untilEnd

  /// - Parameters:
  ///   - answer: the bytes so far, from the status line on.
  ///   - status: the code of that line.
  package init(of answer: Span<UInt8>, status: UInt16) {
    var head = HeadReader()
    guard head.readAll(answer) else {
      self = .untilEnd
      return
    }
    let body = answer.count - head.end
    if !head.isPersistent {
      self = .untilEnd
    } else if status == 204 || status == 304 {
      self = .nothing
    } else if head.isChunked {
      self = Self.endsChunks(answer.extracting(head.end...)) ? .nothing : .chunks
    } else if let length = head.length {
      self = length > body ? .bytes(length - body) : .nothing
    } else {
      self = .untilEnd
    }
  }

  /// What is still to come after `piece`, the next bytes of the answer.
  package func after(_ piece: Span<UInt8>) -> AnswerRest {
    switch self {
    case .nothing, .untilEnd: self
    case .bytes(let count): count > piece.count ? .bytes(count - piece.count) : .nothing
    case .chunks: Self.endsChunks(piece) ? .nothing : .chunks
    }
  }

  /// An empty chunk in two pieces is not seen: the connection is then kept until its time is over, and that is all.
  private static func endsChunks(_ piece: Span<UInt8>) -> Bool {
    let last: StaticString = "0\r\n\r\n"
    let start = piece.count - last.utf8CodeUnitCount
    guard start >= 0 else { return false }
    for offset in 0..<last.utf8CodeUnitCount where piece[start + offset] != last.utf8Start[offset] {
      return false
    }
    return true
  }
}

/// Reads the few headers that say how an answer ends.
private struct HeadReader {
  /// Where the body begins.
  private(set) var end = 0
  private(set) var length: Int?
  private(set) var isChunked = false
  private(set) var isPersistent = true

  /// False: the headers are not here whole.
  mutating func readAll(_ bytes: Span<UInt8>) -> Bool {
    isPersistent = !Self.holds(bytes, at: 0, "http/1.0")
    var start = 0
    for at in bytes.indices where bytes[at] == 0x0a {
      let last = at > start && bytes[at - 1] == 0x0d ? at - 1 : at
      end = at + 1
      if start > 0 {
        if last == start { return true }
        read(bytes, start, last)
      }
      start = end
    }
    return false
  }

  private mutating func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
    if let value = Self.value(of: "content-length:", bytes, start, end) {
      length = Self.number(bytes, value, end)
    } else if let value = Self.value(of: "transfer-encoding:", bytes, start, end) {
      isChunked = Self.holds(bytes, at: value, "chunked")
    } else if let value = Self.value(of: "connection:", bytes, start, end) {
      if Self.holds(bytes, at: value, "close") { isPersistent = false }
      if Self.holds(bytes, at: value, "keep-alive") { isPersistent = true }
    }
  }

  /// Where the value begins when the line is of this header.
  private static func value(of name: StaticString, _ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    guard holds(bytes, at: start, name) else { return nil }
    var at = start + name.utf8CodeUnitCount
    while at < end, bytes[at] == 0x20 || bytes[at] == 0x09 { at += 1 }
    return at
  }

  private static func number(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    var value = 0
    var at = start
    while at < end, bytes[at] >= UInt8(ascii: "0"), bytes[at] <= UInt8(ascii: "9") {
      value = min(value * 10 + Int(bytes[at] - UInt8(ascii: "0")), Int.max / 20)
      at += 1
    }
    return at > start ? value : nil
  }

  /// Whether `text`, which is in lower case, stands there in any case.
  private static func holds(_ bytes: Span<UInt8>, at start: Int, _ text: StaticString) -> Bool {
    guard bytes.count - start >= text.utf8CodeUnitCount else { return false }
    for offset in 0..<text.utf8CodeUnitCount {
      let byte = bytes[start + offset]
      let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
      if lower != text.utf8Start[offset] { return false }
    }
    return true
  }
}
