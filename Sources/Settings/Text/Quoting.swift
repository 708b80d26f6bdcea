import Health

/// How a user's own text appears in messages.
enum Quoting {
  /// Characters of a text that are quoted; the rest becomes `…`.
  static let longest = 60
  /// The same for a path, of which all matters.
  static let longestPath = 500

  /// The text on one line, without characters that nobody sees, not too long, and without the credentials of a URL: a Redis
  /// address may stand where none belongs.
  static func short(_ text: String, most: Int = longest) -> String {
    var shown = ""
    for (index, scalar) in withoutCredentials(text).unicodeScalars.enumerated() {
      if index == most { return shown + "…" }
      shown.unicodeScalars.append(HiddenCharacter.isHidden(scalar) ? "\u{FFFD}" : scalar)
    }
    return shown
  }

  static func path(_ path: String) -> String { short(path, most: longestPath) }

  /// Bytes as text, where they are any.
  static func short(_ bytes: some Collection<UInt8>) -> String {
    short(String(decoding: bytes, as: UTF8.self))
  }

  private static func withoutCredentials(_ text: String) -> String {
    let marks = Array("://".utf8)
    let bytes = Array(text.utf8)
    guard let at = bytes.lastIndex(of: UInt8(ascii: "@")),
      let start = bytes.indices.first(where: { bytes[$0...].starts(with: marks) }), start < at
    else { return text }
    return String(decoding: bytes[..<start] + Array("://***".utf8) + bytes[at...], as: UTF8.self)
  }
}
