/// What a Redis URL begins with.
struct RedisURLScheme: Hashable {
  enum Kind: Hashable {
    case server, socket, sentinel, cluster
  }

  let kind: Kind
  let isSecure: Bool

  static let wanted =
    "write redis://host:6379/0, rediss://host:6379/0 (TLS), unix:///path/of/socket, "
    + "redis+sentinel://host1,host2/master or redis+cluster://host1,host2"

  private static let known: KeyValuePairs<String, RedisURLScheme> = [
    "redis://": RedisURLScheme(kind: .server, isSecure: false),
    "rediss://": RedisURLScheme(kind: .server, isSecure: true),
    "unix://": RedisURLScheme(kind: .socket, isSecure: false),
    "redis+sentinel://": RedisURLScheme(kind: .sentinel, isSecure: false),
    "rediss+sentinel://": RedisURLScheme(kind: .sentinel, isSecure: true),
    "redis+cluster://": RedisURLScheme(kind: .cluster, isSecure: false),
    "rediss+cluster://": RedisURLScheme(kind: .cluster, isSecure: true),
  ]

  /// The scheme, and how it is written.
  static func of(_ text: String) throws(RedisURLError) -> (scheme: RedisURLScheme, prefix: String) {
    guard let found = known.first(where: { text.hasPrefix($0.key) }) else {
      throw RedisURLError(
        "the Redis URL does not begin with redis://, rediss://, unix:// or one of redis+sentinel://, "
          + "rediss+sentinel://, redis+cluster:// and rediss+cluster://", remedy: wanted)
    }
    return (found.value, found.key)
  }
}

/// A Redis URL cut into its parts, nothing decoded yet.
struct RedisURLParts {
  let scheme: RedisURLScheme
  /// Before the last `@` in front of the path.
  let credentials: Substring?
  /// One host, or a list with commas.
  let hosts: Substring
  /// With the slash before it.
  let path: Substring
  let query: Substring
  /// The same with `***` for the password.
  let shown: String

  init(_ text: String) throws(RedisURLError) {
    let (scheme, prefix) = try RedisURLScheme.of(text)
    guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      throw RedisURLError(
        "the Redis URL has spaces, control characters or letters beyond ASCII in it",
        remedy: "percent-encode them")
    }
    self.scheme = scheme
    let all = text.dropFirst(prefix.count)
    let rest = all.prefix { $0 != "?" }
    query = all[rest.endIndex...].dropFirst()
    // A slash may stand in a password, but before the path of a socket; an @ may stand in that path.
    let before = scheme.kind == .socket ? rest.prefix { $0 != "/" } : rest
    let at = before.lastIndex(of: "@")
    let behind = at.map { rest[rest.index(after: $0)...] } ?? rest
    credentials = at.map { rest[..<$0] }
    let slash = behind.firstIndex(of: "/") ?? behind.endIndex
    hosts = behind[..<slash]
    path = behind[slash...]
    // A part without a colon is a name to some clients and a password to others: it is not shown either.
    let user = credentials.map { $0.contains(":") ? "\($0.prefix { $0 != ":" }):***@" : "***@" } ?? ""
    shown = "\(prefix)\(user)\(hosts)\(path)\(all[rest.endIndex...])"
  }

  static func decoded(_ text: Substring) throws(RedisURLError) -> String {
    guard let text = PercentCoding.decode(text) else {
      throw RedisURLError(
        "the Redis URL has a % without two hexadecimal digits, or is not UTF-8 once they are decoded",
        remedy: "write %25 for a % itself")
    }
    return text
  }
}

extension RedisURLParts {
  /// Where the server is, or who knows it, and the text of the database in the path: empty where there is none.
  var place: (topology: RedisTopology, database: Substring) {
    get throws(RedisURLError) {
      switch scheme.kind {
      case .server: (.single(try server), path.dropFirst())
      case .socket: (.single(try socket), "")
      case .sentinel: try sentinel
      case .cluster: (try cluster, "")
      }
    }
  }

  private var socket: RedisAddress {
    get throws(RedisURLError) {
      guard hosts.isEmpty, path.count > 1 else {
        throw RedisURLError("the Redis URL has no path of a socket", remedy: RedisURLScheme.wanted)
      }
      return .unix(path: try Self.decoded(path))
    }
  }

  private var server: RedisAddress {
    get throws(RedisURLError) {
      if hosts.contains(",") {
        throw RedisURLError(
          "the Redis URL has several hosts",
          remedy: "name one, or begin with redis+sentinel:// or redis+cluster://")
      }
      guard let server = try? HostPort(hosts) else {
        throw RedisURLError("the Redis URL has no good host and port", remedy: RedisURLScheme.wanted)
      }
      return .tcp(host: server.host.text, port: Int(server.port ?? 6379))
    }
  }

  private var sentinel: (RedisTopology, Substring) {
    get throws(RedisURLError) {
      let sentinels = try list(defaultPort: 26379)
      let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
      guard let first = parts.first, !first.isEmpty else {
        throw RedisURLError(
          "the Redis URL does not name the master that the Sentinels watch",
          remedy: "write it behind the hosts, like redis+sentinel://host1,host2/mymaster/0")
      }
      guard parts.count <= 2 else {
        throw RedisURLError(
          "the path of the Redis URL has more than a master's name and a database",
          remedy: "write it like redis+sentinel://host1,host2/mymaster/0")
      }
      let master = try Self.decoded(first)
      guard master.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
        throw RedisURLError(
          "the master's name in the Redis URL has a space, a control character or a letter beyond ASCII",
          remedy: "write the name that `sentinel monitor` gives it")
      }
      return (.sentinel(sentinels, master: master), parts.count == 2 ? parts[1] : "")
    }
  }

  private var cluster: RedisTopology {
    get throws(RedisURLError) {
      let servers = try list(defaultPort: 6379)
      guard path.isEmpty || path == "/" else {
        throw RedisURLError(
          "the Redis URL has a path behind the hosts of a Redis Cluster, which has only database 0",
          remedy: "leave the path away")
      }
      return .cluster(servers)
    }
  }

  /// - Throws: with the number of the host in the list, which is not quoted.
  private func list(defaultPort: UInt16) throws(RedisURLError) -> [RedisAddress] {
    var addresses: [RedisAddress] = []
    for (index, text) in hosts.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
      let place = "host \(index + 1) of the Redis URL"
      if text.isEmpty {
        throw RedisURLError("\(place) is empty", remedy: "write a host, or leave the comma away")
      }
      if text.hasPrefix("unix:") {
        throw RedisURLError("\(place) is a unix socket", remedy: "write host:port: others must reach it too")
      }
      guard let host = try? HostPort(text) else {
        throw RedisURLError("\(place) is no good host and port", remedy: "write it like host:\(defaultPort)")
      }
      let address = RedisAddress.tcp(host: host.host.text, port: Int(host.port ?? defaultPort))
      if let first = addresses.firstIndex(of: address) {
        throw RedisURLError("\(place) is host \(first + 1) again", remedy: "name each once")
      }
      addresses.append(address)
    }
    return addresses
  }
}
