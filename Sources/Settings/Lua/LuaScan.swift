/// What can be told of a Lua text without running it. Nothing fails: what is no Lua counts as symbols, so that the end
/// of a block can be found in spite of it.
struct LuaScan {
  private enum Token {
    case name(Range<Int>)
    /// A text in quotes or long brackets: what stands between them.
    case text(Range<Int>)
    case symbol(UInt8, at: Int)
    case end
  }

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// The index of the `}` that ends a block whose Lua begins at the start of `bytes`; nil when there is none.
  static func endOfBlock(_ bytes: ArraySlice<UInt8>) -> Int? {
    var scan = LuaScan(bytes)
    var depth = 0
    while true {
      switch scan.next() {
      case .symbol(UInt8(ascii: "{"), _): depth += 1
      case .symbol(UInt8(ascii: "}"), let at):
        if depth == 0 { return at }
        depth -= 1
      case .end: return nil
      default: break
      }
    }
  }

  /// Whether one of these names stands somewhere in the Lua, comments aside.
  static func mentions(_ names: Set<String>, in bytes: ArraySlice<UInt8>) -> Bool {
    var scan = LuaScan(bytes)
    while true {
      switch scan.next() {
      case .name(let range), .text(let range):
        if names.contains(String(decoding: bytes[range], as: UTF8.self)) { return true }
      case .end: return false
      case .symbol: break
      }
    }
  }

  /// Where the value of each option begins, in the table whose `{` is the first symbol but `(` from `start` on; empty
  /// where no table stands there. Names without values and nested tables are passed over.
  static func options(in bytes: ArraySlice<UInt8>, from start: Int) -> [String: Int] {
    var scan = LuaScan(bytes)
    scan.position = start
    var values: [String: Int] = [:]
    var depth = 0
    var name: String?
    while true {
      switch scan.next() {
      case .symbol(UInt8(ascii: "("), _) where depth == 0: break
      case .symbol(UInt8(ascii: "{"), _): depth += 1
      case .symbol(UInt8(ascii: "}"), _):
        depth -= 1
        if depth <= 0 { return values }
      case .symbol(UInt8(ascii: "="), _) where depth == 1:
        if let name, values[name] == nil { values[name] = scan.nextStart() }
        name = nil
      case .symbol(UInt8(ascii: "]"), _) where depth == 1: break
      case .name(let range) where depth == 1, .text(let range) where depth == 1:
        name = String(decoding: bytes[range], as: UTF8.self)
      case .end: return [:]
      default:
        if depth == 0 { return [:] }
        name = nil
      }
    }
  }

  private func peek(_ ahead: Int = 0) -> UInt8? {
    let index = position + ahead
    return index < bytes.endIndex ? bytes[index] : nil
  }

  private mutating func nextStart() -> Int {
    skipSpace()
    return position
  }

  private mutating func next() -> Token {
    skipSpace()
    let start = position
    guard let byte = peek() else { return .end }
    if byte.isAlphanumeric || byte == UInt8(ascii: "_") {
      while let byte = peek(), byte.isAlphanumeric || byte == UInt8(ascii: "_") { position += 1 }
      return .name(start..<position)
    }
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return .text(quoted(byte)) }
    if byte == UInt8(ascii: "["), let level = bracketLevel() { return .text(longText(level)) }
    position += 1
    return .symbol(byte, at: start)
  }

  private mutating func skipSpace() {
    while let byte = peek() {
      if byte == 32 || (9...13).contains(byte) {
        position += 1
      } else if byte == UInt8(ascii: "-"), peek(1) == UInt8(ascii: "-") {
        position += 2
        if peek() == UInt8(ascii: "["), let level = bracketLevel() {
          _ = longText(level)
        } else {
          while let next = peek(), next != UInt8(ascii: "\n") { position += 1 }
        }
      } else {
        return
      }
    }
  }

  /// A text that its line ends before its quote does ends there.
  private mutating func quoted(_ quote: UInt8) -> Range<Int> {
    position += 1
    let start = position
    while let byte = peek(), byte != quote, byte != UInt8(ascii: "\n") {
      position += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    let end = min(position, bytes.endIndex)
    position = min(position + 1, bytes.endIndex)
    return min(start, end)..<end
  }

  /// How many `=` an opening long bracket has at the position; nil when there is none.
  private func bracketLevel() -> Int? {
    var level = 0
    while peek(1 + level) == UInt8(ascii: "=") { level += 1 }
    return peek(1 + level) == UInt8(ascii: "[") ? level : nil
  }

  private mutating func longText(_ level: Int) -> Range<Int> {
    position += level + 2
    let start = position
    let closing =
      [UInt8(ascii: "]")] + [UInt8](repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
    while position < bytes.endIndex {
      if bytes[position] == UInt8(ascii: "]"), bytes[position...].starts(with: closing) {
        defer { position += closing.count }
        return start..<position
      }
      position += 1
    }
    return start..<position
  }
}
