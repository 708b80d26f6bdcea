package import Addresses
package import Health

/// Where a peer is, as nginx's `server` directive names it.
package enum PeerAddress: Hashable, Sendable {
  case ip(IPAddress, port: UInt16)
  /// To be looked up; each address it has is a peer.
  case host(String, port: UInt16)
  /// To be looked up as SRV records; each address of each target is a peer.
  case service(String)
  /// The path of a socket: absolute, at most `longestPath` bytes.
  case unix(String)

  package static let standardPort: UInt16 = 80
  /// Bytes that the system's socket address has room for.
  static let longestPath = 107

  /// `ip`, `ip:port`, `[ipv6]`, `[ipv6]:port`, `name`, `name:port` or `unix:/path`; 80 where no port is given.
  static func parse(_ text: String) throws(ValueError) -> PeerAddress {
    try HiddenCharacters.refuse(in: text, "peer")
    if text.hasPrefix("unix:") { return .unix(try path(String(text.dropFirst(5)))) }
    let address = try HostPort(
      reading: text, ports: 1...65535,
      wanted: "write ip:port, [ipv6]:port, name:port or unix:/path, without a scheme or a path")
    switch address.host {
    case .ip(let ip): return .ip(ip, port: address.port ?? standardPort)
    case .name(let name): return .host(name, port: address.port ?? standardPort)
    }
  }

  /// The name of a service: `_http._tcp.example.internal`.
  static func parse(service text: String) throws(ValueError) -> PeerAddress {
    try HiddenCharacters.refuse(in: text, "srv")
    let name = text.hasSuffix(".") ? String(text.dropLast()) : text
    guard HostPort.isName(name), name.contains(".") else {
      throw ValueError(
        what: "\"\(Quoting.short(text))\" is not the name of a service",
        remedy: "write srv: _http._tcp.example.internal, without a port: the records have it")
    }
    return .service(name)
  }

  private static func path(_ path: String) throws(ValueError) -> String {
    guard path.hasPrefix("/"), path.utf8.count > 1 else {
      throw ValueError(
        what: "\"unix:\(Quoting.path(path))\" has no absolute path", remedy: "write unix:/path/to/socket")
    }
    guard path.utf8.count <= longestPath else {
      throw ValueError(
        what: "the path of the socket has \(path.utf8.count) bytes",
        remedy: "use one of at most \(longestPath)")
    }
    guard !path.contains(" ") else {
      throw ValueError(what: "the path of the socket has a space in it", remedy: "rename the socket")
    }
    return path
  }

  /// The name that the peer will have; nil while its host has not been looked up.
  package var peerName: PeerName? {
    switch self {
    case .ip(let address, let port): Self.name(address, port)
    case .host, .service: nil
    case .unix(let path): PeerName("unix:\(path)")
    }
  }

  /// `127.0.0.1:80` or `[::1]:80`.
  static func name(_ address: IPAddress, _ port: UInt16) -> PeerName {
    // Text that was put together keeps room to grow, and these names live as long as their peers.
    let text = HostPort.text(host: address.text, port: port)
    return PeerName(String(decoding: Array(text.utf8), as: UTF8.self))
  }
}

extension PeerAddress: CustomStringConvertible {
  package var description: String {
    switch self {
    case .ip(let address, let port): Self.name(address, port).text
    case .host(let name, let port): "\(name):\(port)"
    case .service(let name): name
    case .unix(let path): "unix:\(path)"
    }
  }
}
