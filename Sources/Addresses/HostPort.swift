/// `host`, `host:port`, `[ipv6]` or `[ipv6]:port`, as peers, `listen` and Redis URLs write it. An IPv6 address without a
/// port may also stand without brackets.
package struct HostPort: Hashable, Sendable {
  package enum Host: Hashable, Sendable {
    case ip(IPAddress)
    case name(String)

    /// Without brackets.
    package var text: String {
      switch self {
      case .ip(let address): address.text
      case .name(let name): name
      }
    }
  }

  package var host: Host
  /// Nil: none is written.
  package var port: UInt16?

  package init(_ host: Host, port: UInt16?) {
    self.host = host
    self.port = port
  }

  /// - Throws: `HostPortError` where it is none of these, or the port is not in `ports`.
  package init(_ text: some StringProtocol, ports: ClosedRange<UInt16> = 1...65535) throws(HostPortError) {
    let (host, digits) = try Self.parts(of: Substring(text))
    self.init(
      try Self.host(host),
      port: try digits.map { digits throws(HostPortError) in
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(digits),
          ports.contains(port)
        else { throw .notAPort(String(digits)) }
        return port
      })
  }

  private static func parts(of text: Substring) throws(HostPortError) -> (host: Substring, port: Substring?) {
    if text.contains("://") { throw .notAnAddress }
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { throw .notAnAddress }
      return (text[...end], rest.isEmpty ? nil : rest.dropFirst())
    }
    guard IPAddress(text) == nil, let colon = text.lastIndex(of: ":") else { return (text, nil) }
    return (text[..<colon], text[text.index(after: colon)...])
  }

  private static func host(_ text: Substring) throws(HostPortError) -> Host {
    if text.hasPrefix("["), text.hasSuffix("]") {
      guard let address = IPAddress(text.dropFirst().dropLast()), address.family == .v6 else {
        throw .notIPv6(String(text))
      }
      return .ip(address)
    }
    if let address = IPAddress(text) { return .ip(address) }
    guard isName(text) else { throw .notAnAddress }
    return .name(String(text))
  }

  /// Whether it may be the name of a host: letters, digits, `.`, `-` and `_`; not digits and dots alone, which would be a
  /// misspelt IPv4 address.
  package static func isName(_ host: some StringProtocol) -> Bool {
    let bytes = host.utf8
    guard (1...253).contains(bytes.count), !host.hasPrefix("."), !host.hasPrefix("-"), !host.contains("..")
    else { return false }
    var hasLetter = false
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."): break
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"),
        UInt8(ascii: "_"):
        hasLetter = true
      default: return false
      }
    }
    return hasLetter
  }

  /// `host:port`, an IPv6 address in brackets.
  package static func text(host: String, port: some BinaryInteger) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

extension HostPort: CustomStringConvertible {
  package var description: String { port.map { Self.text(host: host.text, port: $0) } ?? host.text }
}

/// Why a text is no host with or without a port. What it holds was part of that text.
package enum HostPortError: Error, Hashable, Sendable {
  case notAnAddress
  case notAPort(String)
  /// In brackets stands something else.
  case notIPv6(String)
}
