/// Cuts Lua (5.1 and LuaJIT's additions) into words. It never fails: what is no Lua becomes a `bad` word, so that the
/// end of a block can be found in spite of it.
struct LuaLexer {
  private let bytes: ArraySlice<UInt8>
  /// The index of the next byte.
  var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// The next word; `end` for ever after the last.
  mutating func next() -> LuaToken {
    if let bad = skipSpace() { return bad }
    let start = position
    guard let byte = peek() else { return LuaToken(kind: .end, at: start) }
    if byte.isLetter || byte == UInt8(ascii: "_") { return LuaToken(kind: word(), at: start) }
    if byte.isDigit || (byte == UInt8(ascii: ".") && peek(1)?.isDigit == true) {
      return LuaToken(kind: number(), at: start)
    }
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
      return LuaToken(kind: quoted(byte), at: start)
    }
    if byte == UInt8(ascii: "["), let level = bracketLevel() {
      return LuaToken(kind: longString(level), at: start)
    }
    return LuaToken(kind: symbol(), at: start)
  }

  func peek(_ ahead: Int = 0) -> UInt8? {
    let index = position + ahead
    return index < bytes.endIndex ? bytes[index] : nil
  }

  /// Passes over spaces and comments; a word when a comment has no end.
  private mutating func skipSpace() -> LuaToken? {
    while let byte = peek() {
      if byte == 32 || (9...13).contains(byte) {
        position += 1
      } else if byte == UInt8(ascii: "-"), peek(1) == UInt8(ascii: "-") {
        let start = position
        position += 2
        if peek() == UInt8(ascii: "["), let level = bracketLevel() {
          if case .bad = longString(level) {
            return LuaToken(kind: .bad("unfinished long comment"), at: start)
          }
        } else {
          while let next = peek(), next != UInt8(ascii: "\n") { position += 1 }
        }
      } else {
        return nil
      }
    }
    return nil
  }

  private mutating func word() -> LuaToken.Kind {
    let start = position
    while let byte = peek(), byte.isAlphanumeric || byte == UInt8(ascii: "_") { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    return LuaToken.keywords.contains(text) ? .keyword(text) : .name(text)
  }

  private mutating func number() -> LuaToken.Kind {
    let start = position
    let isHex =
      bytes[start] == UInt8(ascii: "0") && (peek(1) == UInt8(ascii: "x") || peek(1) == UInt8(ascii: "X"))
    let exponents = isHex ? "pP" : "eE"
    while let byte = peek() {
      guard byte.isAlphanumeric || byte == UInt8(ascii: ".") else { break }
      position += 1
      if exponents.utf8.contains(byte), peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") {
        position += 1
      }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    return LuaNumber(text).map { .number($0) } ?? .bad("malformed number \"\(Quoting.short(text))\"")
  }

  private mutating func symbol() -> LuaToken.Kind {
    for symbol in LuaToken.longSymbols where bytes[position...].starts(with: symbol.utf8) {
      position += symbol.utf8.count
      return .symbol(symbol)
    }
    let byte = bytes[position]
    position += 1
    return .symbol(byte < 128 ? String(UnicodeScalar(byte)) : "\u{FFFD}")
  }

  /// How many `=` an opening long bracket has at the position; nil when there is none.
  private func bracketLevel() -> Int? {
    var level = 0
    while peek(1 + level) == UInt8(ascii: "=") { level += 1 }
    return peek(1 + level) == UInt8(ascii: "[") ? level : nil
  }

  /// A text between long brackets: its first line end is dropped, the others become LF.
  private mutating func longString(_ level: Int) -> LuaToken.Kind {
    position += level + 2
    let closing =
      [UInt8(ascii: "]")] + Array(repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
    var text: [UInt8] = []
    var isFirst = true
    while let byte = peek() {
      if byte == UInt8(ascii: "]"), bytes[position...].starts(with: closing) {
        position += closing.count
        return .string(text, isLiteral: true)
      }
      if isLineEnd(byte) {
        skipLineEnd()
        if !isFirst { text.append(UInt8(ascii: "\n")) }
      } else {
        text.append(byte)
        position += 1
      }
      isFirst = false
    }
    return .bad("unfinished long string")
  }

  func isLineEnd(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

  /// CR LF and LF CR are one line end.
  mutating func skipLineEnd() {
    let first = peek()
    position += 1
    if isLineEnd(peek()), peek() != first { position += 1 }
  }

  private mutating func quoted(_ quote: UInt8) -> LuaToken.Kind {
    position += 1
    var text: [UInt8] = []
    var fault: String?
    while let byte = peek(), !isLineEnd(byte) {
      position += 1
      if byte == quote { return fault.map { .bad($0) } ?? .string(text, isLiteral: false) }
      if byte != UInt8(ascii: "\\") {
        text.append(byte)
      } else if !escape(into: &text) {
        fault = fault ?? "invalid escape sequence"
      }
    }
    return .bad("unfinished string")
  }
}
