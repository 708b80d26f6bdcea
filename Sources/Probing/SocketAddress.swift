import Addresses
import Glibc
package import Health

/// Where a peer is reached: the operating system's form of its name.
package struct SocketAddress: Hashable, Sendable {
  /// The bytes of a `sockaddr_in`, `sockaddr_in6` or `sockaddr_un`.
  let bytes: [UInt8]
  let family: Int32

  /// Nil when `peer` is not `IPv4:port`, `[IPv6]:port` or `unix:/path` of at most 107 bytes.
  ///
  /// - Parameter port: used instead of the peer's own; a unix socket has none.
  package init?(_ peer: PeerName, port: UInt16? = nil) {
    let text = peer.text
    if text.hasPrefix("unix:") {
      self.init(path: String(text.dropFirst(5)))
    } else if let address = try? HostPort(text), case .ip(let ip) = address.host, let own = address.port {
      self.init(ip, port: port ?? own)
    } else {
      return nil
    }
  }

  private init(_ ip: IPAddress, port: UInt16) {
    switch ip.family {
    case .v4:
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: ip.bytes) }
      bytes = withUnsafeBytes(of: address) { Array($0) }
      family = AF_INET
    case .v6:
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: ip.bytes) }
      bytes = withUnsafeBytes(of: address) { Array($0) }
      family = AF_INET6
    }
  }

  private init?(path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    let path = Array(path.utf8)
    guard !path.isEmpty, path.count < room, !path.contains(0) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    bytes = withUnsafeBytes(of: address) { Array($0) }
    family = AF_UNIX
  }
}
