import Glibc
import NIOConcurrencyHelpers

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

extension FreePort {
  private static let given = NIOLockedValueBox<Set<Int>>([])

  /// A port below those that the system gives to outgoing connections: a server that was ended can come back to it.
  /// None is given twice in this process, and all are below 32,768.
  package static func findToKeep() throws(TestServerError) -> Int {
    for _ in 0..<1_000 {
      let port = Int.random(in: 12_000..<32_000)
      guard given.withLockedValue({ $0.insert(port).inserted }) else { continue }
      if isFree(port) { return port }
    }
    throw TestServerError("no free port")
  }

  private static func isFree(_ port: Int) -> Bool {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { return false }
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    return withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
