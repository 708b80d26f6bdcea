import Health

/// Where `proxy_pass` and the like pass to, cut as nginx cuts it (`ngx_parse_url`).
struct PassTarget: Hashable {
  /// As it is written: a name, an address (IPv6 in brackets), or the path of a socket.
  var host: String
  /// 0: none is known.
  var port: UInt16
  /// The port is written out.
  var hasPort: Bool
  var isSocket = false

  /// Directives that pass to an address, with the schemes they take and the port each stands for.
  private struct Rule {
    var schemes: [(prefix: String, port: UInt16)]
    var needsScheme = false
    var hasURI = false
  }

  private static let rules: [String: Rule] = [
    "proxy_pass": Rule(schemes: [("http://", 80), ("https://", 443)], needsScheme: true, hasURI: true),
    "grpc_pass": Rule(schemes: [("grpc://", 0), ("grpcs://", 0)]),
    "uwsgi_pass": Rule(schemes: [("uwsgi://", 0), ("suwsgi://", 0)]),
    "fastcgi_pass": Rule(schemes: []), "scgi_pass": Rule(schemes: []), "memcached_pass": Rule(schemes: []),
  ]

  static func isPass(_ directive: String) -> Bool { rules[directive] != nil }

  /// - Returns: nil where a variable makes the address, which is known only with a request.
  /// - Throws: where nginx itself would refuse it.
  static func parse(_ text: String, of directive: String) throws(ValueError) -> PassTarget? {
    guard let rule = rules[directive], !text.contains("$") else { return nil }
    let lower = text.lowercased()
    let scheme = rule.schemes.first { lower.hasPrefix($0.prefix) }
    if scheme == nil, rule.needsScheme { throw Self.bad(text, "has no http:// or https:// before it") }
    let address = text.dropFirst(scheme?.prefix.utf8.count ?? 0)
    if lower.dropFirst(scheme?.prefix.utf8.count ?? 0).hasPrefix("unix:") {
      return try socket(address.dropFirst(5), rule)
    }
    // The end of an IPv6 address: the colons before it belong to it.
    let bracket = address.hasPrefix("[") ? address.firstIndex(of: "]") : address.startIndex
    guard let bracket else { throw bad(text, "has no \"]\"") }
    let end = address[bracket...].firstIndex { $0 == "/" || $0 == "?" } ?? address.endIndex
    if end < address.endIndex, !rule.hasURI { throw bad(text, "is no address") }
    let colon = address[bracket..<end].firstIndex(of: ":")
    let host = String(address[..<(colon ?? end)])
    if host.isEmpty { throw bad(text, "names no host") }
    guard let colon else { return PassTarget(host: host, port: scheme?.port ?? 0, hasPort: false) }
    let digits = address[address.index(after: colon)..<end]
    guard digits.utf8.allSatisfy(\.isDigit), let port = UInt16(digits), port > 0 else {
      throw bad(text, "has no port from 1 to 65535")
    }
    return PassTarget(host: host, port: port, hasPort: true)
  }

  /// `unix:/path`, or `unix:/path:/uri` where there may be one.
  private static func socket(_ text: Substring, _ rule: Rule) throws(ValueError) -> PassTarget {
    let path = rule.hasURI ? text.prefix { $0 != ":" } : text
    if path.isEmpty { throw bad("unix:\(text)", "names no socket") }
    return PassTarget(host: String(path), port: 0, hasPort: false, isSocket: true)
  }

  private static func bad(_ text: String, _ why: String) -> ValueError {
    ValueError(what: "\"\(Quoting.short(text))\" \(why)", remedy: "nginx refuses it too: correct it there")
  }

  /// As `ngx.upstream.get_upstreams` names it.
  var name: String { port == 0 ? host : "\(host):\(port)" }

  /// The peer that nginx makes of it.
  func peer() throws(ValueError) -> PeerAddress {
    try PeerAddress.parse(isSocket ? "unix:\(host)" : "\(host):\(port)")
  }
}
