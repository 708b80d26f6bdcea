import Glibc

/// Where a backend listens: on this machine only, whatever is asked for.
package enum LoopbackAddress: Hashable, Sendable {
  /// `last` bytes of 127.x.y.z; port 0: a free one.
  case ipv4(port: UInt16 = 0, host: String = "127.0.0.1")
  case ipv6(port: UInt16 = 0)
  /// A path of at most 107 bytes. What is there is replaced if it is a socket.
  case unix(String)

  package var family: Int32 {
    switch self {
    case .ipv4: AF_INET
    case .ipv6: AF_INET6
    case .unix: AF_UNIX
    }
  }

  /// The name of a peer at this address, as nginx writes it.
  package var peer: String {
    switch self {
    case .ipv4(let port, let host): "\(host):\(port)"
    case .ipv6(let port): "[::1]:\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// Nil for a unix socket.
  package var port: UInt16? {
    switch self {
    case .ipv4(let port, _), .ipv6(let port): port
    case .unix: nil
    }
  }

  func with(port: UInt16) -> LoopbackAddress {
    switch self {
    case .ipv4(_, let host): .ipv4(port: port, host: host)
    case .ipv6: .ipv6(port: port)
    case .unix: self
    }
  }

  /// The bytes of the system's form.
  package func bytes() throws(BackendError) -> [UInt8] {
    switch self {
    case .ipv4(let port, let host): try Self.four(host, port)
    case .ipv6(let port): Self.six(port)
    case .unix(let path): try Self.local(path)
    }
  }

  private static func four(_ host: String, _ port: UInt16) throws(BackendError) -> [UInt8] {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard inet_pton(AF_INET, host, &address.sin_addr) == 1, isLoopback(address.sin_addr) else {
      throw BackendError(what: "\(host) is not an address of 127.0.0.0/8", number: EINVAL)
    }
    return withUnsafeBytes(of: address) { Array($0) }
  }

  private static func six(_ port: UInt16) -> [UInt8] {
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = port.bigEndian
    address.sin6_addr = in6addr_loopback
    return withUnsafeBytes(of: address) { Array($0) }
  }

  private static func local(_ path: String) throws(BackendError) -> [UInt8] {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array(path.utf8)
    guard !name.isEmpty, name.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw BackendError(what: "\(path) is empty or too long for a unix socket", number: EINVAL)
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    return withUnsafeBytes(of: address) { Array($0) }
  }

  static func isLoopback(_ address: in_addr) -> Bool { UInt32(bigEndian: address.s_addr) >> 24 == 127 }
}

/// What the system did not let a backend do.
package struct BackendError: Error, CustomStringConvertible, Sendable {
  package let what: String
  package let number: Int32

  package var description: String { "\(what): \(String(cString: strerror(number)))" }
}
