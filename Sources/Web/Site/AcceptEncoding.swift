/// `Accept-Encoding` (RFC 9110, section 12.5.3), as far as it decides between gzip and nothing.
enum AcceptEncoding {
  /// Whether the reader takes gzip, and likes it no less than the bytes as they are.
  ///
  /// - Parameter header: the value; nil: there is none, and nothing is packed.
  static func prefersGzip(_ header: String?) -> Bool {
    guard let header else { return false }
    var weights: [String: Int] = [:]
    for part in header.split(separator: ",") {
      guard let (name, weight) = read(part) else { continue }
      // Of two weights of one coding the higher counts: the reader takes it.
      weights[name] = max(weight, weights[name] ?? 0)
    }
    let gzip = weights["gzip"] ?? weights["x-gzip"] ?? weights["*"] ?? 0
    // What is not named is as good as nothing, so that naming gzip is enough.
    return gzip > 0 && gzip >= weights["identity"] ?? 0
  }

  /// A coding and its weight in thousandths; nil: it is not well-formed, and counts as not said.
  private static func read(_ part: Substring) -> (name: String, weight: Int)? {
    let words = part.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
    guard let name = words.first, !name.isEmpty else { return nil }
    var weight = 1000
    for parameter in words.dropFirst() {
      let pair = parameter.split(separator: "=", maxSplits: 1).map { trimmed($0) }
      guard pair.count == 2, pair[0].lowercased() == "q", let told = thousandths(pair[1]) else { return nil }
      weight = told
    }
    return (name.lowercased(), weight)
  }

  /// `0`, `1`, `0.25`: at most three decimals, at most 1.
  private static func thousandths(_ text: Substring) -> Int? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let decimals = parts.count == 2 ? parts[1] : ""
    guard parts.count <= 2, parts[0] == "0" || parts[0] == "1", decimals.utf8.count <= 3,
      decimals.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
    else { return nil }
    let padded = decimals + String(repeating: "0", count: 3 - decimals.utf8.count)
    guard let fraction = Int(padded) else { return nil }
    let value = (parts[0] == "1" ? 1000 : 0) + fraction
    return value <= 1000 ? value : nil
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
