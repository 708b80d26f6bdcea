/// Text from outside, made fit for a log line.
enum PlainText {
  /// At most 200 characters; what is not printable ASCII becomes `?`.
  static func shown(_ text: String) -> String {
    let longest = 200
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars.prefix(longest) {
      let isPlain = scalar.value >= 32 && scalar.value < 127
      bytes.append(isPlain ? UInt8(scalar.value) : UInt8(ascii: "?"))
    }
    let text = String(decoding: bytes, as: UTF8.self)
    return bytes.count == longest ? text + "..." : text
  }
}
