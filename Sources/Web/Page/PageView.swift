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

  init(_ values: [String: String]) throws(HTTPError) {
    isFragment = try Self.isFragment(values["fragment"])
    let number = try Self.pageNumber(values["page"])
    let isProblems = try Self.isProblems(values["show"])
    if let name = values["upstream"] {
      guard let upstream = UpstreamName(shown: name) else {
        throw HTTPError(404, "\(name.prefix(100)) is not the name of an upstream; see / for those there are.")
      }
      kind = .upstream(upstream, page: number)
    } else if let text = values["q"].map(Self.trimmed), !text.isEmpty {
      kind = .search(text)
    } else {
      kind = isProblems ? .problems : .overview
    }
  }

  private static func isFragment(_ value: String?) throws(HTTPError) -> Bool {
    guard let value else { return false }
    guard value.isEmpty || value == "1" else { throw .value("fragment", value, allowed: "1") }
    return true
  }

  /// A page past the last one is the last one: peers may have gone since the link was made.
  private static func pageNumber(_ value: String?) throws(HTTPError) -> Int {
    guard let value else { return 1 }
    guard let number = Int(value), number > 0, value.utf8.first != UInt8(ascii: "+") else {
      throw .value("page", value, allowed: "a whole number, 1 or more")
    }
    return number
  }

  private static func isProblems(_ value: String?) throws(HTTPError) -> Bool {
    guard let value, !value.isEmpty else { return false }
    guard value == "problems" else { throw .value("show", value, allowed: "problems, or left out") }
    return true
  }

  private static func trimmed(_ text: String) -> String {
    var text = text.prefix(longestSearch)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
