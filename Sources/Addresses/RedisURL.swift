/// Which Redis server, and how to be known to it, from a URL:
/// `redis://[[user]:password@]host[:port][/database]` (port 6379, database 0), or
/// `unix://[[user]:password@]/path/of/socket`, each with `?` and, joined by `&`: `password-file=PATH`,
/// `password-env=NAME`, `name=CLIENT`, `database=NUMBER`. User, password, path and the values after `?` may be
/// percent-encoded. One source of a password at most.
///
/// A password in it is shown nowhere: not by interpolation, `dump` or a debugger.
package struct RedisURL: Hashable, Sendable {
  package let address: RedisAddress
  /// Nil: Redis' `default` user.
  package private(set) var user: String?
  package private(set) var password = RedisPassword.none
  package private(set) var database = 0
  /// The name of the connection in CLIENT LIST; nil: none is given.
  package private(set) var clientName: String?
  /// All of it, password included: for a written settings file only.
  package let secretText: String
  /// The URL with `***` for the password.
  package let shown: String

  /// - Throws: `RedisURLError`, which never quotes the text: a password may be anywhere in it.
  package init(_ text: String) throws(RedisURLError) {
    let parts = try Parts(text)
    address = try parts.address
    secretText = text
    shown = parts.shown
    if let credentials = parts.credentials { try setCredentials(credentials) }
    if !parts.database.isEmpty { database = try Self.database(parts.database) }
    for item in parts.query.split(separator: "&") { try setItem(item) }
  }

  private mutating func setCredentials(_ text: Substring) throws(RedisURLError) {
    guard let colon = text.firstIndex(of: ":") else {
      throw RedisURLError(
        "before the @ of the Redis URL stands neither user:password nor :password",
        remedy: "put a colon before it")
    }
    let name = try Self.decoded(text[..<colon])
    user = name.isEmpty ? nil : name
    let secret = try Self.decoded(text[colon...].dropFirst())
    if !secret.isEmpty { password = .text(secret) }
  }

  private mutating func setItem(_ item: Substring) throws(RedisURLError) {
    let name = item.prefix { $0 != "=" }
    let value = try Self.decoded(item.dropFirst(name.count + 1))
    switch name {
    case "name": clientName = value
    case "database": database = try Self.database(value[...])
    case "password-file", "password-env":
      guard password == .none else {
        throw RedisURLError("the Redis URL has two passwords", remedy: "leave all but one away")
      }
      password = name == "password-file" ? .file(path: value) : .environment(name: value)
    default:
      throw RedisURLError(
        "the Redis URL has something unknown after its ?",
        remedy: "write password-file=, password-env=, name= or database=")
    }
  }

  private static func database(_ text: Substring) throws(RedisURLError) -> Int {
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), text.utf8.count <= 5, let number = Int(text)
    else {
      throw RedisURLError("the database of the Redis URL is not a number", remedy: "write one, like 0")
    }
    return number
  }

  private static func decoded(_ text: Substring) throws(RedisURLError) -> String {
    guard let text = PercentCoding.decode(text) else {
      throw RedisURLError(
        "the Redis URL has a % without two hexadecimal digits, or is not UTF-8 once they are decoded",
        remedy: "write %25 for a % itself")
    }
    return text
  }
}

extension RedisURL {
  /// The text cut into its parts, nothing decoded yet.
  private struct Parts {
    static let wanted = "write redis://host:6379/0 or unix:///path/of/socket"

    var isSocket: Bool
    /// Before the last `@` in front of the path.
    var credentials: Substring?
    var host: Substring
    /// With the slash before it.
    var path: Substring
    var query: Substring
    /// The same with `***` for the password.
    var shown: String

    init(_ text: String) throws(RedisURLError) {
      if text.hasPrefix("rediss://") {
        throw RedisURLError(
          "rediss:// (TLS) is not supported yet", remedy: "use redis:// in a network you trust")
      }
      guard let scheme = ["redis://", "unix://"].first(where: text.hasPrefix) else {
        throw RedisURLError("the Redis URL does not begin with redis:// or unix://", remedy: Self.wanted)
      }
      guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
        throw RedisURLError(
          "the Redis URL has spaces, control characters or letters beyond ASCII in it",
          remedy: "percent-encode them")
      }
      isSocket = scheme == "unix://"
      let all = text.dropFirst(scheme.count)
      let rest = all.prefix { $0 != "?" }
      query = all[rest.endIndex...].dropFirst()
      // A slash may stand in a password, but before the path of a socket; an @ may stand in that path.
      let before = isSocket ? rest.prefix { $0 != "/" } : rest
      let at = before.lastIndex(of: "@")
      let behind = at.map { rest[rest.index(after: $0)...] } ?? rest
      credentials = at.map { rest[..<$0] }
      let slash = behind.firstIndex(of: "/") ?? behind.endIndex
      host = behind[..<slash]
      path = behind[slash...]
      // A part without a colon is a name to some clients and a password to others: it is not shown either.
      let user = credentials.map { $0.contains(":") ? "\($0.prefix { $0 != ":" }):***@" : "***@" } ?? ""
      shown = "\(scheme)\(user)\(host)\(path)\(all[rest.endIndex...])"
    }

    var database: Substring { isSocket ? "" : path.dropFirst() }

    var address: RedisAddress {
      get throws(RedisURLError) { isSocket ? try socket : try server }
    }

    private var socket: RedisAddress {
      get throws(RedisURLError) {
        guard host.isEmpty, path.count > 1 else {
          throw RedisURLError("the Redis URL has no path of a socket", remedy: Self.wanted)
        }
        return .unix(path: try RedisURL.decoded(path))
      }
    }

    private var server: RedisAddress {
      get throws(RedisURLError) {
        guard let server = try? HostPort(host) else {
          throw RedisURLError("the Redis URL has no good host and port", remedy: Self.wanted)
        }
        return .tcp(host: server.host.text, port: Int(server.port ?? 6379))
      }
    }
  }
}

extension RedisURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { shown }
  package var debugDescription: String { shown }
  package var customMirror: Mirror { Mirror(self, children: ["url": shown]) }
}

/// What is wrong with a Redis URL, and what to do about it. The texts never quote the URL.
package struct RedisURLError: Error, Hashable, Sendable {
  package let what: String
  package let remedy: String

  init(_ what: String, remedy: String) {
    self.what = what
    self.remedy = remedy
  }
}

extension RedisURLError: CustomStringConvertible {
  package var description: String { "\(what); \(remedy)" }
}
