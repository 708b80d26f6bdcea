// Names, lines and details come from outside: each output has its own way to keep them from being read as more
// than text.
extension PageBytes {
  /// A JSON string with its quotes (RFC 8259); slashes plain, as in `JsonText`.
  package mutating func json(_ text: String) {
    byte(UInt8(ascii: "\""))
    for byte in text.utf8 { jsonByte(byte) }
    byte(UInt8(ascii: "\""))
  }

  private mutating func jsonByte(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): raw("\\\"")
    case UInt8(ascii: "\\"): raw("\\\\")
    case 0x08: raw("\\b")
    case 0x09: raw("\\t")
    case 0x0a: raw("\\n")
    case 0x0c: raw("\\f")
    case 0x0d: raw("\\r")
    case 0..<0x20:
      raw("\\u00")
      hex(byte)
    default: self.byte(byte)
    }
  }

  /// The value of a Prometheus label: backslash, quote and line feed are escaped, nothing else may be.
  package mutating func label(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): raw("\\\\")
      case UInt8(ascii: "\""): raw("\\\"")
      case 0x0a: raw("\\n")
      default: self.byte(byte)
      }
    }
  }

  /// A word of the plain-text page: control characters become `\xNN`, so that no name can forge a line.
  package mutating func plain(_ text: String) {
    for byte in text.utf8 {
      if byte >= 0x20, byte != 0x7f {
        self.byte(byte)
      } else {
        raw("\\x")
        hex(byte)
      }
    }
  }

  private mutating func hex(_ value: UInt8) {
    for digit in [value >> 4, value & 15] {
      byte(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
