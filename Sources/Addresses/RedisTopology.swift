/// What answers as one Redis: a server, a primary that Sentinels name, or a Redis Cluster.
package enum RedisTopology: Hashable, Sendable {
  /// One server that never moves.
  case single(RedisAddress)
  /// The Sentinels that know where the primary `master` is. At least one, each once, none a unix socket.
  case sentinel([RedisAddress], master: String)
  /// Servers of a Redis Cluster, which know the others. At least one, each once, none a unix socket.
  case cluster([RedisAddress])
}

extension RedisTopology: CustomStringConvertible {
  /// `10.0.0.5:6379`, `mymaster of the Sentinels 10.0.0.1:26379, 10.0.0.2:26379`, `the Redis Cluster of 10.0.0.1:6379`.
  package var description: String {
    switch self {
    case .single(let address): "\(address)"
    case .sentinel(let sentinels, let master): "\(master) of the Sentinels \(Self.list(sentinels))"
    case .cluster(let servers): "the Redis Cluster of \(Self.list(servers))"
    }
  }

  private static func list(_ addresses: [RedisAddress]) -> String {
    addresses.map { "\($0)" }.joined(separator: ", ")
  }
}
