package import Addresses

/// Which Redis, and how to be known to it.
package struct RedisSettings: Hashable, Sendable {
  package var topology: RedisTopology
  /// Nil: no TLS. Sentinels are dialed with the same.
  package var tls: RedisTLSOptions?
  /// Nil: Redis' `default` user. Without a password it is not sent.
  package var user: String?
  package var password = RedisPassword.none
  /// Who is said to the Sentinels, where there are any; nil: their `default` user. Without a password it is not sent.
  package var sentinelUser: String?
  package var sentinelPassword = RedisPassword.none
  /// 0 needs no SELECT.
  package var database = 0
  /// The name in CLIENT LIST: printable ASCII without spaces. A server that forbids naming is used all the same.
  package var clientName: String?
  package var limits = RedisLimits()

  package init(_ address: RedisAddress) {
    topology = .single(address)
  }

  package init(_ url: RedisURL) {
    topology = url.topology
    tls = url.tls
    user = url.user
    password = url.password
    sentinelUser = url.sentinelUser
    sentinelPassword = url.sentinelPassword
    database = url.database
    clientName = url.clientName
  }
}

extension RedisSettings {
  /// What it holds is spread over several servers.
  package var isCluster: Bool {
    if case .cluster = topology { true } else { false }
  }

  /// Sentinels decide which server is the primary.
  var isLedBySentinels: Bool {
    if case .sentinel = topology { true } else { false }
  }
}

extension RedisSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "\(topology), database \(database)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror {
    Mirror(
      self,
      children: [
        "topology": description, "password": password, "sentinelPassword": sentinelPassword,
      ])
  }
}
