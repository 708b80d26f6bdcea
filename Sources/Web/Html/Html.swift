/// HTML while it is being written, into one buffer.
///
/// Elements are always closed, attributes quoted, and text is escaped whoever it is from, so that nobody can forget it.
/// Only markup that stands in the program itself goes in as it is: `trusted` takes nothing else.
struct Html {
  private(set) var bytes: [UInt8] = []

  init(reserving capacity: Int = 4096) {
    bytes.reserveCapacity(capacity)
  }

  // Up to five attributes, and no list of them: a page has tens of thousands of elements, and a list for each would cost
  // more than all that is written.

  /// An element with what is in it.
  mutating func element(
    _ tag: Tag, _ a: Attribute = .absent, _ b: Attribute = .absent, _ c: Attribute = .absent,
    _ d: Attribute = .absent, _ e: Attribute = .absent, content: (inout Html) -> Void
  ) {
    begin(tag, a, b, c, d, e)
    bytes.append(UInt8(ascii: ">"))
    content(&self)
    put(tag.end)
  }

  /// An element with text in it.
  mutating func element(
    _ tag: Tag, _ a: Attribute = .absent, _ b: Attribute = .absent, _ c: Attribute = .absent,
    _ d: Attribute = .absent, _ e: Attribute = .absent, text: String
  ) {
    begin(tag, a, b, c, d, e)
    bytes.append(UInt8(ascii: ">"))
    escape(text)
    put(tag.end)
  }

  /// An element that has neither content nor an end.
  mutating func void(
    _ tag: Tag, _ a: Attribute = .absent, _ b: Attribute = .absent, _ c: Attribute = .absent,
    _ d: Attribute = .absent, _ e: Attribute = .absent
  ) {
    begin(tag, a, b, c, d, e)
    bytes.append(UInt8(ascii: ">"))
  }

  /// An element of a picture, which is closed where it begins.
  mutating func shape(
    _ tag: Tag, _ a: Attribute = .absent, _ b: Attribute = .absent, _ c: Attribute = .absent,
    _ d: Attribute = .absent, _ e: Attribute = .absent
  ) {
    begin(tag, a, b, c, d, e)
    put("/>")
  }

  /// Text, from wherever it is.
  mutating func text(_ text: String) { escape(text) }

  mutating func number(_ number: Int) {
    if number < 0 { put("-") }
    let start = bytes.count
    var rest = number.magnitude
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }

  /// For who reads the source; it means nothing.
  mutating func line() { bytes.append(UInt8(ascii: "\n")) }

  /// Markup that stands in the program, as it is.
  mutating func trusted(_ markup: StaticString) { put(markup) }

  // MARK: Bytes

  private mutating func begin(
    _ tag: Tag, _ a: Attribute, _ b: Attribute, _ c: Attribute, _ d: Attribute, _ e: Attribute
  ) {
    put(tag.start)
    put(a)
    put(b)
    put(c)
    put(d)
    put(e)
  }

  private mutating func put(_ attribute: Attribute) {
    if case .absent = attribute.value { return }
    put(attribute.start)
    switch attribute.value {
    case .absent, .empty: return
    case .text(let text): escape(text)
    case .number(let number): self.number(number)
    case .literal(let text): put(text)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func put(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// For an element or a quoted attribute. Control characters become U+FFFD.
  private mutating func escape(_ text: String) {
    var text = text
    text.withUTF8 { text in
      var start = 0
      for index in 0..<text.count where Self.needsEscape(text[index]) {
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
        put(Self.escaped(text[index]))
        start = index + 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }
  }

  /// `"`, `&`, `'`, `<`, `>` and control characters: a bit for each byte below 64, and DEL.
  private static let escapes: UInt64 =
    0xffff_ffff | 1 << 0x22 | 1 << 0x26 | 1 << 0x27 | 1 << 0x3c | 1 << 0x3e

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 64 ? escapes >> UInt64(byte) & 1 == 1 : byte == 0x7f
  }

  private static func escaped(_ byte: UInt8) -> StaticString {
    switch byte {
    case UInt8(ascii: "&"): "&amp;"
    case UInt8(ascii: "<"): "&lt;"
    case UInt8(ascii: ">"): "&gt;"
    case UInt8(ascii: "\""): "&quot;"
    case UInt8(ascii: "'"): "&#39;"
    default: "\u{FFFD}"
    }
  }
}
