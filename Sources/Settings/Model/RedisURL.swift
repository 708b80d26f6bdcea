/// The address of a Redis server, whose password is shown nowhere: not by interpolation, `dump` or a debugger.
package struct RedisURL: Hashable, Sendable {
  /// All of it, password included: for the connection and for a written settings file only.
  package let secretText: String
  /// The URL with `***` for the password.
  package let shown: String

  /// `redis://[[user]:password@]host[:port][/database]`, `rediss://` for TLS, or
  /// `unix://[[user]:password@]/path/of/socket`; then perhaps `?` and what `RedisSettings` understands. No message of a
  /// fault quotes the text, for the same reason.
  static func parse(_ text: String) throws(Fault) -> RedisURL {
    let wanted = "write redis://host:6379/0, rediss:// for TLS, or unix:///path/of/socket"
    guard let scheme = ["redis://", "rediss://", "unix://"].first(where: text.hasPrefix) else {
      throw Fault(
        what: "the Redis address does not begin with redis://, rediss:// or unix://", remedy: wanted)
    }
    guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      throw Fault(
        what: "the Redis address has spaces, control characters or letters beyond ASCII in it",
        remedy: "percent-encode them in the password")
    }
    let all = text.dropFirst(scheme.count)
    let rest = all.prefix { $0 != "?" }
    let query = all[rest.endIndex...]
    let isSocket = scheme == "unix://"
    let slash = (isSocket ? rest.firstIndex(of: "/") : rest.lastIndex(of: "/")) ?? rest.endIndex
    let authority = rest[..<slash]
    let at = authority.lastIndex(of: "@")
    let address = at.map { authority[authority.index(after: $0)...] } ?? authority
    if isSocket {
      try checkPath(rest[slash...], behind: address, wanted)
    } else {
      try checkDatabase(rest[slash...].dropFirst(), wanted)
      try checkHost(String(address), wanted)
    }
    guard let at else { return RedisURL(secretText: text, shown: text) }
    let user = authority[..<at].prefix { $0 != ":" }
    // A part without a colon is a name to some clients and a password to others: it is not shown either.
    let name = authority[..<at].contains(":") ? "\(user):***" : "***"
    return RedisURL(secretText: text, shown: "\(scheme)\(name)@\(address)\(rest[slash...])\(query)")
  }

  private static func checkPath(
    _ path: Substring, behind address: Substring, _ wanted: String
  ) throws(Fault) {
    guard path.count > 1, address.isEmpty else {
      throw Fault(what: "the Redis address has no path of a socket", remedy: wanted)
    }
  }

  private static func checkDatabase(_ database: Substring, _ wanted: String) throws(Fault) {
    guard database.utf8.allSatisfy(\.isDigit), database.utf8.count <= 5 else {
      throw Fault(what: "the database of the Redis address is not a number", remedy: wanted)
    }
  }

  private static func checkHost(_ address: String, _ wanted: String) throws(Fault) {
    do throws(Fault) {
      let rules = HostAndPort(wanted: wanted, ports: 1...65535)
      _ = try rules.host(rules.split(address).host, in: address)
    } catch {
      throw Fault(what: "the Redis address has no good host and port", remedy: wanted)
    }
  }
}

extension RedisURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { shown }
  package var debugDescription: String { shown }
  package var customMirror: Mirror { Mirror(self, children: ["url": shown]) }
}
