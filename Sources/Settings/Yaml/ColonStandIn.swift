/// Lets `[::1, ::1/128]` be YAML: as it is, no plain text may begin with a colon between brackets, but people write
/// addresses so.
///
/// The two colons are parsed as characters of Unicode's private area, so that places stay, and put back afterwards.
struct ColonStandIn {
  private static let scalar: Unicode.Scalar = "\u{E0FE}"
  private let isUsed: Bool

  /// Changes `text` where it has to be.
  init(in text: inout String) {
    let bytes = Array(text.utf8)
    // Whoever uses that very character, escaped or not, gets plain YAML.
    let own = ["\u{E0FE}", "e0fe", "E0FE"].contains { text.contains($0) }
    let locations = own ? [] : Self.locations(bytes)
    isUsed = !locations.isEmpty
    guard isUsed else { return }
    var changed: [UInt8] = []
    changed.reserveCapacity(bytes.count + 4 * locations.count)
    var from = 0
    for location in locations {
      changed += bytes[from..<location]
      for _ in 0..<2 { changed += Array(String(Self.scalar).utf8) }
      from = location + 2
    }
    text = String(decoding: changed + bytes[from...], as: UTF8.self)
  }

  /// What the author wrote.
  func restore(_ text: String) -> String {
    guard isUsed else { return text }
    var restored = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { restored.append(scalar == Self.scalar ? ":" : scalar) }
    return String(restored)
  }

  /// Where `::` begins a word and goes on as an address or a network would.
  private static func locations(_ bytes: [UInt8]) -> [Int] {
    let colon = UInt8(ascii: ":")
    guard bytes.count > 2 else { return [] }
    return (1..<bytes.count - 2).filter { index in
      bytes[index] == colon && bytes[index + 1] == colon && " ,[".utf8.contains(bytes[index - 1])
        && (bytes[index + 2].hexValue != nil || "/,]".utf8.contains(bytes[index + 2]))
    }
  }
}
