package import Addresses

/// One server, and how to be known to it.
package struct RedisSettings: Hashable, Sendable {
  package var address: RedisAddress
  /// Nil: Redis' `default` user. Without a password it is not sent.
  package var user: String?
  package var password = RedisPassword.none
  /// 0 needs no SELECT.
  package var database = 0
  /// The name in CLIENT LIST: printable ASCII without spaces. A server that forbids naming is used all the same.
  package var clientName: String?
  package var limits = RedisLimits()

  package init(_ address: RedisAddress) {
    self.address = address
  }

  package init(_ url: RedisURL) {
    address = url.address
    user = url.user
    password = url.password
    database = url.database
    clientName = url.clientName
  }
}

extension RedisSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "\(address), database \(database)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["address": description, "password": password]) }
}
