/// Tells which bytes of an answer are its body, in pieces of any size.
struct BodyReader {
  enum Kind {
    case length(Int)
    case chunks
    case untilEnd
  }

  enum Piece: Equatable {
    case data(Range<Int>)
    /// The body has ended.
    case end
    /// All of the piece was taken.
    case more
    case malformed(String)
  }

  private enum State {
    case untilEnd
    case data(Int)
    /// A line with the size of the next chunk.
    case size(Int, digits: Int, isOver: Bool)
    case chunk(Int)
    case chunkEnd
    case ended
  }

  private var state: State
  /// Bytes between chunks that are still read.
  private var framingLeft: Int

  /// - Parameter limit: bytes of the body that anybody wants.
  init(_ kind: Kind, limit: Int) {
    state =
      switch kind {
      case .length(let count): count > 0 ? .data(count) : .ended
      case .chunks: .size(0, digits: 0, isOver: false)
      case .untilEnd: .untilEnd
      }
    // Chunks of one byte have five beside it.
    framingLeft = 8 * limit + 1024
  }

  /// Whether it ends where the peer closes.
  var endsWithConnection: Bool {
    if case .untilEnd = state { true } else { false }
  }

  /// What is still to come, beyond `left` bytes that are here already.
  func rest(beyond left: UnsafeBufferPointer<UInt8>) -> AnswerRest {
    switch state {
    case .untilEnd: .untilEnd
    case .data(let count): count > left.count ? .bytes(count - left.count) : .nothing
    case .ended: .nothing
    case .size, .chunk, .chunkEnd: AnswerRest.chunks.after(left.span)
    }
  }

  /// - Parameter at: where the piece goes on; moved behind what was taken.
  mutating func next(_ piece: UnsafeBufferPointer<UInt8>, _ at: inout Int) -> Piece {
    while true {
      switch state {
      case .ended: return .end
      case .untilEnd: return all(piece, &at)
      case .data(let count): return data(piece, &at, count) { $0 > 0 ? .data($0) : .ended }
      case .chunk(let count): return data(piece, &at, count) { $0 > 0 ? .chunk($0) : .chunkEnd }
      case .size(let value, let digits, let isOver):
        guard at < piece.count else { return .more }
        if let fault = size(piece[at], value, digits, isOver) { return .malformed(fault) }
        at += 1
      case .chunkEnd:
        guard at < piece.count else { return .more }
        let byte = piece[at]
        guard byte == 0x0d || byte == 0x0a else { return .malformed("a chunk does not end where it should") }
        at += 1
        framingLeft -= 1
        if byte == 0x0a { state = .size(0, digits: 0, isOver: false) }
      }
      if framingLeft < 0 { return .malformed("the chunks have more framing than body") }
    }
  }

  private func all(_ piece: UnsafeBufferPointer<UInt8>, _ at: inout Int) -> Piece {
    guard at < piece.count else { return .more }
    defer { at = piece.count }
    return .data(at..<piece.count)
  }

  private mutating func data(
    _ piece: UnsafeBufferPointer<UInt8>, _ at: inout Int, _ count: Int, _ then: (Int) -> State
  ) -> Piece {
    guard at < piece.count else { return .more }
    let end = at + min(count, piece.count - at)
    defer { at = end }
    state = then(count - (end - at))
    return .data(at..<end)
  }

  /// Takes a byte of the line with the size; nil: it is as it should be.
  private mutating func size(_ byte: UInt8, _ value: Int, _ digits: Int, _ isOver: Bool) -> String? {
    framingLeft -= 1
    if byte == 0x0a {
      guard digits > 0 else { return "a chunk has no size" }
      state = value > 0 ? .chunk(value) : .ended
    } else if isOver || byte == 0x0d || byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: ";") {
      state = .size(value, digits: digits, isOver: true)
    } else if digits < 15, let digit = Self.digit(byte) {
      state = .size(value * 16 + digit, digits: digits + 1, isOver: false)
    } else {
      return "a chunk has a size that is none"
    }
    return nil
  }

  private static func digit(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 48
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte) - 87
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte) - 55
    default: nil
    }
  }
}
