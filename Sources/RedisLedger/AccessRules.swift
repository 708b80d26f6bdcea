/// The least that a user of Redis needs for what it is there for, as rules of Redis' ACL.
package struct AccessRules: Hashable, Sendable {
  package enum Role: String, CaseIterable, Sendable {
    /// `quorate serve`: reads and writes all of the namespace.
    case node
    /// `quorate peer` and all that only reads: writes the overrides.
    case `operator`
    /// `quorate status`, `watch`, `nodes`, `explain`, and programs that read: writes nothing.
    case reader
    /// What a node asks of Sentinels. A user of theirs, not of the servers.
    case sentinel
  }

  /// What rules the server knows.
  package enum Version: String, CaseIterable, Sendable {
    case redis62 = "6.2"
    /// And Valkey: a right to write may be tied to some of the keys.
    case redis70 = "7.0"
  }

  /// In the order in which Redis has to take them. A password or `nopass` is not among them.
  package let rules: [String]

  /// - Parameters:
  ///   - namespace: 1 to 64 of `A-Z a-z 0-9 _ . -`.
  ///   - database: its number is a part of the channels' names.
  package init(_ role: Role, namespace: String, database: Int = 0, version: Version = .redis70) {
    let keys = LedgerKeys(namespace: namespace, database: database)
    rules =
      switch role {
      case .node: Self.node(keys)
      case .operator: Self.operator(keys, version)
      case .reader: Self.reader(keys)
      case .sentinel: Self.sentinel
      }
  }

  /// `ACL SETUSER quorate reset on >PASSWORD ~quorate:{default}:* …`: whatever the user was before is forgotten.
  ///
  /// - Parameter password: a rule: `>PASSWORD`, `#SHA256` or `nopass`.
  package func line(user: String, password: String = ">PASSWORD") -> String {
    (["ACL SETUSER", user, "reset", "on", password] + rules).joined(separator: " ")
  }

  // MARK: Roles

  private static func node(_ keys: LedgerKeys) -> [String] {
    all(keys) + ["resetchannels", "&\(keys.events)", "&\(keys.control)", "&\(keys.allReports)"]
      + commands(greeting, reading, writing, channels, ["psubscribe", "publish"], topology)
  }

  private static func `operator`(_ keys: LedgerKeys, _ version: Version) -> [String] {
    let heard = ["resetchannels", "&\(keys.events)", "&\(keys.control)"]
    switch version {
    case .redis62:
      return all(keys) + heard + commands(greeting, reading, channels, topology, ["hset", "publish"])
    case .redis70:
      let words = ["overrides", "head"].map { "~quorate:{\(keys.namespace):*}:\($0)" }
      return all(keys) + heard + commands(greeting, reading, channels, topology)
        + ["(+hset \(words.joined(separator: " ")))", "(+publish &\(keys.control))"]
    }
  }

  private static func reader(_ keys: LedgerKeys) -> [String] {
    all(keys) + ["resetchannels", "&\(keys.events)", "&\(keys.control)"]
      + commands(greeting, reading, browsing, channels, topology)
  }

  private static let sentinel =
    ["resetchannels", "&+switch-master"]
    + commands(
      ["client|setname", "ping", "role", "subscribe", "unsubscribe"],
      ["get-master-addr-by-name", "master", "sentinels", "replicas"].map { "sentinel|\($0)" })

  // MARK: Parts

  /// Of the nodes, and of the upstreams: the braces are hash tags.
  private static func all(_ keys: LedgerKeys) -> [String] {
    ["~quorate:{\(keys.namespace)}:*", "~quorate:{\(keys.namespace):*"]
  }

  private static func commands(_ groups: [String]...) -> [String] { groups.joined().map { "+\($0)" } }

  private static let greeting = ["ping", "select", "client|setname"]
  /// Scripts run what else the user may run, and nothing more.
  private static let reading = [
    "eval", "evalsha", "time", "get", "strlen", "pttl", "hget", "hmget", "hgetall", "hkeys", "hlen", "xrange",
  ]
  private static let writing = ["set", "del", "pexpire", "hset", "hdel", "xadd", "xinfo|stream"]
  /// By hand, and in programs of others; Python's client asks a Redis Cluster for its commands.
  private static let browsing = [
    "command", "multi", "exec", "discard", "exists", "type", "hexists", "hvals", "xrevrange", "xlen", "xread",
  ]
  private static let channels = ["subscribe", "unsubscribe"]
  /// Behind Sentinels, and in a Redis Cluster.
  private static let topology = ["role", "cluster|slots", "cluster|shards", "cluster|info", "asking"]
}
