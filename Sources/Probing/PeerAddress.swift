import Glibc
package import Health

/// Where a peer is reached: the operating system's form of its name.
package struct PeerAddress: Hashable, Sendable {
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
    } else if let (host, own) = Self.split(text) {
      self.init(host: host, port: port ?? own)
    } else {
      return nil
    }
  }

  private static func split(_ text: String) -> (host: String, port: UInt16)? {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      return nil
    }
    let host = text[..<colon]
    if host.first == "[", host.last == "]" { return (String(host.dropFirst().dropLast()), port) }
    return host.contains(":") ? nil : (String(host), port)
  }

  private init?(host: String, port: UInt16) {
    var four = sockaddr_in()
    four.sin_family = sa_family_t(AF_INET)
    four.sin_port = port.bigEndian
    if inet_pton(AF_INET, host, &four.sin_addr) == 1 {
      bytes = withUnsafeBytes(of: four) { Array($0) }
      family = AF_INET
      return
    }
    var six = sockaddr_in6()
    six.sin6_family = sa_family_t(AF_INET6)
    six.sin6_port = port.bigEndian
    guard inet_pton(AF_INET6, host, &six.sin6_addr) == 1 else { return nil }
    bytes = withUnsafeBytes(of: six) { Array($0) }
    family = AF_INET6
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
