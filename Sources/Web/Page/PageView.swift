import Health

/// Which part of the status the HTML page shows: `/?q=TEXT`, `/?show=problems`, `/?upstream=NAME&page=N`.
struct PageView: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case overview
    case problems
    /// Peers and upstreams whose name contains this.
    case search(String)
    /// All peers of one upstream; pages count from 1.
    case upstream(UpstreamName, page: Int)
  }

  /// Characters of a search that count.
  static let longestSearch = 100

  var kind: Kind
  /// `&fragment=1`: the changing part alone, for the page's own script.
  var isFragment: Bool

  init(_ kind: Kind, isFragment: Bool = false) {
    self.kind = kind
    self.isFragment = isFragment
  }

  init(_ values: [String: String]) throws(Refusal) {
    isFragment = values["fragment"] != nil
    if let name = values["upstream"] {
      guard let upstream = UpstreamName(shown: name) else {
        throw Refusal(404, "\(name.prefix(100)) is not the name of an upstream; see / for those there are.")
      }
      kind = .upstream(upstream, page: max(1, values["page"].flatMap { Int($0) } ?? 1))
    } else if let text = values["q"].map(Self.trimmed), !text.isEmpty {
      kind = .search(text)
    } else {
      kind = values["show"] == "problems" ? .problems : .overview
    }
  }

  private static func trimmed(_ text: String) -> String {
    var text = text.prefix(longestSearch)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
