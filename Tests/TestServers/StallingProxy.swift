import Backends
import Glibc
import Synchronization

/// Stands in front of a server on 127.0.0.1, and passes on only the first bytes of what it says on each connection; then both sides
/// hear nothing more.
package final class StallingProxy: Sendable {
  package let port: UInt16
  private let listener: Int32
  private let most: Int
  private let count = Atomic(0)

  /// What the server has said so far, of which at most so much was passed on.
  package var said: Int { count.load(ordering: .relaxed) }

  /// - Parameters:
  ///   - target: the server's port.
  ///   - most: bytes of each connection that are passed on.
  package init(to target: UInt16, passing most: Int) throws {
    self.most = most
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = Self.loopback(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 64) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard isBound else { throw TestServerError("no port for a proxy") }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    Threads.detach { [self] in serve(target) }
  }

  /// Connections that stand stay until their sides end.
  package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func serve(_ target: UInt16) {
    while true {
      let client = accept(listener, nil, nil)
      guard client >= 0 else { break }
      let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = Self.loopback(target)
      let isConnected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      guard isConnected else {
        close(client)
        close(server)
        continue
      }
      Threads.detach { Self.copy(client, server) { $0 } }
      Threads.detach { [self] in
        var left = most
        Self.copy(server, client) { count in
          self.count.add(count, ordering: .relaxed)
          defer { left -= min(left, count) }
          return min(left, count)
        }
      }
    }
    close(listener)
  }

  /// - Parameter allowed: how many of so many bytes are passed on.
  private static func copy(_ from: Int32, _ to: Int32, _ allowed: (Int) -> Int) {
    var bytes = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = recv(from, &bytes, bytes.count, 0)
      guard count > 0 else { break }
      let some = allowed(count)
      if some > 0, send(to, bytes, some, Int32(MSG_NOSIGNAL)) < 0 { break }
      // Not even an end: whoever listens is to wait.
      if some < count { return }
    }
    shutdown(to, Int32(SHUT_WR))
  }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    return address
  }
}
