import Glibc

/// A port of this machine that the system gives to nobody else while this object lives. Whoever binds it by number
/// and sets SO_REUSEADDR, as servers do, gets it all the same.
package final class ReservedPort: Sendable {
  package let address: LoopbackAddress
  private let descriptor: Int32

  /// - Throws: `BackendError` when the system has no such port.
  package init(_ address: LoopbackAddress = .ipv4()) throws(BackendError) {
    descriptor = try Socket.bound(to: address)
    self.address = address.with(port: Socket.port(of: descriptor))
  }

  deinit { close(descriptor) }

  package var port: UInt16 { address.port ?? 0 }
}
