/// The escapes of quoted texts.
extension LuaLexer {
  /// Reads what follows a backslash. False when Lua has no such escape.
  mutating func escape(into text: inout [UInt8]) -> Bool {
    guard let byte = peek() else { return false }
    if byte.isDigit { return decimalEscape(into: &text) }
    if isLineEnd(byte) {
      skipLineEnd()
      text.append(UInt8(ascii: "\n"))
      return true
    }
    position += 1
    switch byte {
    case UInt8(ascii: "a"): text.append(7)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "v"): text.append(11)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): text.append(byte)
    case UInt8(ascii: "x"): return hexEscape(into: &text)
    case UInt8(ascii: "u"): return unicodeEscape(into: &text)
    case UInt8(ascii: "z"):
      while let space = peek(), space == 32 || (9...13).contains(space) { position += 1 }
    default: return false
    }
    return true
  }

  /// `\ddd`, one to three digits, at most 255.
  private mutating func decimalEscape(into text: inout [UInt8]) -> Bool {
    var value = 0
    for _ in 0..<3 {
      guard let digit = peek(), digit.isDigit else { break }
      value = value * 10 + Int(digit - 48)
      position += 1
    }
    guard let byte = UInt8(exactly: value) else { return false }
    text.append(byte)
    return true
  }

  /// `\xHH`.
  private mutating func hexEscape(into text: inout [UInt8]) -> Bool {
    guard let high = peek()?.hexValue, let low = peek(1)?.hexValue else { return false }
    position += 2
    text.append(high << 4 | low)
    return true
  }

  /// `\u{H…}`, as UTF-8.
  private mutating func unicodeEscape(into text: inout [UInt8]) -> Bool {
    guard peek() == UInt8(ascii: "{") else { return false }
    var value: UInt32 = 0
    var ahead = 1
    while ahead <= 8, let digit = peek(ahead)?.hexValue {
      value = value << 4 | UInt32(digit)
      ahead += 1
    }
    guard ahead > 1, peek(ahead) == UInt8(ascii: "}"), let scalar = Unicode.Scalar(value) else {
      return false
    }
    position += ahead + 1
    text += Array(String(scalar).utf8)
    return true
  }
}
