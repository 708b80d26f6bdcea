import Addresses

/// Paths and queries, decoded. What is not valid UTF-8 afterwards is refused.
enum Query {
  /// The parts between the slashes, decoded; nil when one of them cannot be. A slash at the end means nothing.
  static func segments(of path: String) -> [String]? {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    if parts.last?.isEmpty == true { parts.removeLast() }
    var decoded: [String] = []
    for part in parts {
      guard let text = PercentCoding.decode(part) else { return nil }
      decoded.append(text)
    }
    return decoded
  }

  /// The names and values of `a=b&c`, decoded, `+` as a space; nil when one of them cannot be. Of two values of one
  /// name the last counts.
  static func values(of query: String) -> [String: String]? {
    var values: [String: String] = [:]
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentCoding.decode(parts[0], plusIsSpace: true),
        let value = parts.count == 2 ? PercentCoding.decode(parts[1], plusIsSpace: true) : ""
      else { return nil }
      values[name] = value
    }
    return values
  }
}
