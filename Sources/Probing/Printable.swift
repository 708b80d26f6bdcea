import Health

/// Bytes that a peer sent, made fit for a log line or a page.
enum Printable {
  /// At most `Report.longestDetail` bytes of `bytes`; what is not printable ASCII is written as `\xNN`.
  static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    text(bytes, most: Report.longestDetail)
  }

  static func text(_ bytes: some Collection<UInt8>, most: Int) -> String {
    var text = ""
    for byte in bytes.prefix(most) {
      if byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\\") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += byte < 0x10 ? "\\x0" : "\\x"
        text += String(byte, radix: 16)
      }
    }
    return bytes.count > most ? text + "…" : text
  }

  /// A piece of an answer, or of what was expected, in quotes: so short that both have a place in one detail.
  static func piece(_ bytes: some Collection<UInt8>) -> String { "\"\(text(bytes, most: 40))\"" }
  static func piece(_ text: String) -> String { piece(Array(text.utf8)) }

  /// A detail that a report can carry.
  static func detail(_ text: String) -> String {
    guard text.utf8.count > Report.longestDetail else { return text }
    var start = text.prefix(Report.longestDetail - 3)
    while start.utf8.count > Report.longestDetail - 3 { start.removeLast() }
    return start + "…"
  }

  /// `64 KiB`, `100 bytes`.
  static func size(_ bytes: Int) -> String {
    bytes >= 1024 && bytes % 1024 == 0 ? "\(bytes / 1024) KiB" : "\(bytes) bytes"
  }
}
