import Addresses
import Hummingbird
import NIOCore

/// Where a server listens.
package enum WebAddress: Hashable, Sendable {
  /// A host name or an IP address, IPv6 without brackets, and a port; 0: any free one.
  case tcp(host: String, port: Int)
  /// The path of a Unix socket. A file left there by an earlier run is replaced.
  case unix(path: String)

  var bindAddress: BindAddress {
    switch self {
    case .tcp(let host, let port): .hostname(host, port: port)
    case .unix(let path): .unixDomainSocket(path: path)
    }
  }

  /// The same with the port that was taken.
  func bound(to local: SocketAddress?) -> WebAddress {
    guard case .tcp(let host, _) = self, let port = local?.port else { return self }
    return .tcp(host: host, port: port)
  }
}

extension WebAddress: CustomStringConvertible {
  /// `http://127.0.0.1:8080`, `http://[::1]:8080` or `unix:/path`.
  package var description: String {
    switch self {
    case .tcp(let host, let port): "http://" + HostPort.text(host: host, port: port)
    case .unix(let path): "unix:\(path)"
    }
  }
}
