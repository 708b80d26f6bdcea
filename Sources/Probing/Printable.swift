import Health

/// Bytes that a peer sent, made fit for a log line or a page.
enum Printable {
  /// At most `Report.longestDetail` bytes of `bytes`; what is not printable ASCII is written as `\xNN`.
  static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    var text = ""
    for byte in bytes.prefix(Report.longestDetail) {
      if byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\\") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += byte < 0x10 ? "\\x0" : "\\x"
        text += String(byte, radix: 16)
      }
    }
    return bytes.count > Report.longestDetail ? text + "…" : text
  }
}
