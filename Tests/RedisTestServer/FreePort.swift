import Glibc

package enum FreePort {
  /// A port of 127.0.0.1 that nobody listened on a moment ago.
  package static func find() throws(TestServerError) -> Int {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { throw TestServerError("no socket: \(errno)") }
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let failed = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, size) != 0 || getsockname(listener, address, &size) != 0
      }
    }
    guard !failed else { throw TestServerError("no free port: \(errno)") }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
