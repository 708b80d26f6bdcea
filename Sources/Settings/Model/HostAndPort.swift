import Health

/// The rules that peers, `listen` and Redis addresses share.
struct HostAndPort {
  /// Remedy for what is no address at all.
  let wanted: String
  let ports: ClosedRange<UInt16>

  enum Host {
    case ip(IPAddress)
    case name(String)
  }

  /// `host`, `host:port`, `[ipv6]` or `[ipv6]:port` as two parts, the brackets taken off.
  func split(_ text: String) throws(Fault) -> (host: String, port: UInt16?) {
    if text.contains("://") { throw notAnAddress(text) }
    var host = text[...]
    var port: Substring?
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      host = text[..<text.index(after: end)]
      let rest = text[host.endIndex...]
      guard rest.isEmpty || rest.hasPrefix(":") else { throw notAnAddress(text) }
      port = rest.isEmpty ? nil : rest.dropFirst()
    } else if IPAddress(text) == nil, let colon = text.lastIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
    }
    guard let port else { return (String(host), nil) }
    return (String(host), try self.port(String(port), in: text))
  }

  private func port(_ digits: String, in text: String) throws(Fault) -> UInt16 {
    guard !digits.isEmpty, digits.utf8.allSatisfy(\.isDigit), let port = UInt16(digits), ports.contains(port)
    else {
      throw Fault(
        what: "\"\(Quoting.short(digits))\" in \"\(Quoting.short(text))\" is not a port",
        remedy: "give a number from \(ports.lowerBound) to \(ports.upperBound)")
    }
    return port
  }

  /// A literal address, or the name of a host. IPv6 in brackets or without.
  func host(_ host: String, in text: String) throws(Fault) -> Host {
    if host.hasPrefix("["), host.hasSuffix("]") {
      guard let address = IPAddress(host.dropFirst().dropLast()), address.family == .v6 else {
        throw Fault(
          what: "\"\(Quoting.short(host))\" is not an IPv6 address",
          remedy: "write it like [::1] or [2001:db8::1]:80")
      }
      return .ip(address)
    }
    if let address = IPAddress(host) { return .ip(address) }
    guard Self.isName(host) else { throw notAnAddress(text) }
    return .name(host)
  }

  /// Letters, digits, `.`, `-` and `_`; not digits and dots alone, which would be a misspelt IPv4 address.
  static func isName(_ host: String) -> Bool {
    let bytes = host.utf8
    guard (1...253).contains(bytes.count), !host.hasPrefix("."), !host.hasPrefix("-"), !host.contains("..")
    else {
      return false
    }
    let fits = bytes.allSatisfy { $0.isAlphanumeric || ".-_".utf8.contains($0) }
    return fits && !bytes.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }
  }

  private func notAnAddress(_ text: String) -> Fault {
    Fault(what: "\"\(Quoting.short(text))\" is not an address", remedy: wanted)
  }
}
