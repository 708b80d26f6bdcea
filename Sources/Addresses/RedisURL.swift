/// Which Redis, and how to be known to it, from a URL:
///
/// - `redis://[[user]:password@]host[:port][/database]` (port 6379, database 0), and `rediss://…` for TLS
/// - `unix://[[user]:password@]/path/of/socket`
/// - `redis+sentinel://[[user]:password@]host[:port],…/master[/database]` (port 26379), and `rediss+sentinel://…`
/// - `redis+cluster://[[user]:password@]host[:port],…` (port 6379), and `rediss+cluster://…`
///
/// each with `?` and, joined by `&`: `password-file=PATH`, `password-env=NAME`, `name=CLIENT`, `database=NUMBER`; with TLS
/// `ca=FILE`, `cert=FILE`, `key=FILE`, `server_name=NAME`, `tls_min=1.2` or `1.3`; with Sentinels `sentinel-user=NAME`,
/// `sentinel-password-file=PATH`, `sentinel-password-env=NAME`. User, password, path, the master's name and the values after
/// `?` may be percent-encoded. One source of a password at most.
///
/// A password in it is shown nowhere: not by interpolation, `dump` or a debugger.
package struct RedisURL: Hashable, Sendable {
  package let topology: RedisTopology
  /// Nil: no TLS.
  package let tls: RedisTLSOptions?
  /// Nil: Redis' `default` user.
  package let user: String?
  package let password: RedisPassword
  package let database: Int
  /// The name of the connection in CLIENT LIST; nil: none is given.
  package let clientName: String?
  /// Who is said to the Sentinels; nil: their `default` user.
  package let sentinelUser: String?
  package let sentinelPassword: RedisPassword
  /// All of it, password included: for a written settings file only.
  package let secretText: String
  /// The URL with `***` for the password.
  package let shown: String

  /// - Throws: `RedisURLError`, which never quotes the text: a password may be anywhere in it.
  package init(_ text: String) throws(RedisURLError) {
    let parts = try RedisURLParts(text)
    let place = try parts.place
    topology = place.topology
    secretText = text
    shown = parts.shown
    let credentials = try Self.credentials(parts.credentials)
    user = credentials.user
    let items = try RedisURLItems(parts.query, of: parts.scheme)
    tls = parts.scheme.isSecure ? try items.tls : nil
    clientName = items[.name]
    database = try Self.database(place, items[.database])
    let kept = try items.password(file: .passwordFile, environment: .passwordEnv)
    guard credentials.password == .none || kept == .none else {
      throw RedisURLError("the Redis URL has two passwords", remedy: "leave all but one away")
    }
    password = kept == .none ? credentials.password : kept
    sentinelUser = items[.sentinelUser]
    sentinelPassword = try items.password(file: .sentinelPasswordFile, environment: .sentinelPasswordEnv)
    if sentinelUser != nil, sentinelPassword == .none {
      throw RedisURLError(
        "the Redis URL has sentinel-user= without a password",
        remedy: "give sentinel-password-file= or sentinel-password-env=")
    }
  }

  private static func credentials(
    _ text: Substring?
  ) throws(RedisURLError) -> (user: String?, password: RedisPassword) {
    guard let text else { return (nil, .none) }
    guard let colon = text.firstIndex(of: ":") else {
      throw RedisURLError(
        "before the @ of the Redis URL stands neither user:password nor :password",
        remedy: "put a colon before it")
    }
    let name = try RedisURLParts.decoded(text[..<colon])
    let secret = try RedisURLParts.decoded(text[colon...].dropFirst())
    return (name.isEmpty ? nil : name, secret.isEmpty ? .none : .text(secret))
  }

  private static func database(
    _ place: (topology: RedisTopology, database: Substring), _ item: String?
  ) throws(RedisURLError) -> Int {
    guard place.database.isEmpty || item == nil else {
      throw RedisURLError("the Redis URL has two databases", remedy: "leave one away")
    }
    let text = item.map { $0[...] } ?? place.database
    if text.isEmpty { return 0 }
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), text.utf8.count <= 5, let number = Int(text)
    else {
      throw RedisURLError("the database of the Redis URL is not a number", remedy: "write one, like 0")
    }
    if case .cluster = place.topology, number != 0 {
      throw RedisURLError(
        "the Redis URL has another database than 0, and a Redis Cluster has no other",
        remedy: "leave database= away; clusters are kept apart by their namespaces")
    }
    return number
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
