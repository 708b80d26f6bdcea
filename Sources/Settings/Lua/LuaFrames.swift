/// What goes to the process of an evaluation and comes from it: frames of fields. A field is four bytes of length, the
/// lowest first, and so many bytes.
struct LuaFrame {
  private(set) var bytes: [UInt8] = []

  mutating func tag(_ scalar: Unicode.Scalar) { bytes.append(UInt8(ascii: scalar)) }

  mutating func field(_ text: some Collection<UInt8>) {
    bytes += Self.head(text.count)
    bytes += text
  }

  mutating func field(_ text: String) { field(text.utf8) }

  mutating func field(_ number: Int) { field("\(number)") }

  mutating func list(_ texts: [String]) {
    field(texts.count)
    for text in texts { field(text) }
  }

  /// A length as four bytes.
  static func head(_ count: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
  }
}

/// Takes a frame apart. Nothing in it is believed: what does not fit is a fault.
struct LuaFrameReader {
  struct Garbage: Error {}

  private var rest: ArraySlice<UInt8>

  init(_ frame: ArraySlice<UInt8>) { rest = frame }

  mutating func byte() throws(Garbage) -> UInt8 {
    guard let byte = rest.popFirst() else { throw Garbage() }
    return byte
  }

  mutating func count() throws(Garbage) -> Int {
    guard rest.count >= 4 else { throw Garbage() }
    let count = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    rest = rest.dropFirst(4)
    return count
  }

  mutating func field() throws(Garbage) -> [UInt8] {
    let count = try count()
    guard rest.count >= count else { throw Garbage() }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func text() throws(Garbage) -> String { String(decoding: try field(), as: UTF8.self) }

  mutating func number() throws(Garbage) -> Int {
    guard let number = Number.whole(try text()), number >= 0 else { throw Garbage() }
    return number
  }

  func end() throws(Garbage) {
    guard rest.isEmpty else { throw Garbage() }
  }
}
