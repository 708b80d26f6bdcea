import Reading

extension PageBytes {
  /// Text for HTML, in an element or in a quoted attribute. Control characters become U+FFFD.
  mutating func html(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): raw("&amp;")
      case UInt8(ascii: "<"): raw("&lt;")
      case UInt8(ascii: ">"): raw("&gt;")
      case UInt8(ascii: "\""): raw("&quot;")
      case UInt8(ascii: "'"): raw("&#39;")
      case 0..<0x20, 0x7f: raw("\u{FFFD}")
      default: self.byte(byte)
      }
    }
  }
}
