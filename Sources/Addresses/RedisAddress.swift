/// Where a server listens.
package enum RedisAddress: Hashable, Sendable {
  /// A name or an IP address, without brackets.
  case tcp(host: String, port: Int)
  /// The path of a unix socket.
  case unix(path: String)
}

extension RedisAddress: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tcp(let host, let port): HostPort.text(host: host, port: port)
    case .unix(let path): path
    }
  }
}
