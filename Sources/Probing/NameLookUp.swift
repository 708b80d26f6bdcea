import Glibc

/// Asks the system for the addresses of a host. It blocks, for as long as the system's resolver is set to wait.
package enum NameLookUp {
  /// IPv4 and IPv6 addresses as text, in the system's order, each once. As for nginx, a kind of address that this machine
  /// does not have itself is left out.
  package static func find(_ host: String) throws(NameLookUpFailure) -> [String] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_flags = AI_ADDRCONFIG
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let failed = getaddrinfo(host, nil, &hints, &found)
    guard failed == 0 else { throw NameLookUpFailure(text: String(cString: gai_strerror(failed))) }
    defer { freeaddrinfo(found) }
    var texts: [String] = []
    var next = found
    while let entry = next {
      if let text = text(of: entry.pointee), !texts.contains(text) { texts.append(text) }
      next = entry.pointee.ai_next
    }
    return texts
  }

  private static func text(of entry: addrinfo) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard
      getnameinfo(
        entry.ai_addr, entry.ai_addrlen, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST) == 0
    else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// What the system says about a name that has no address.
package struct NameLookUpFailure: Error, Hashable, Sendable {
  package let text: String
}
