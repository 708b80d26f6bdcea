import Backends
import Dispatch
import Glibc

/// A name server that says nothing, or nonsense.
final class FakeNameServer: Sendable {
  enum Answer: Sendable {
    case nothing
    /// Bytes that are no message.
    case garbage
    /// The question itself, said to be an answer with more records than there are.
    case truncated
    /// An answer to another question than was asked.
    case foreign
  }

  let port: UInt16
  private let descriptor: Int32

  init(_ answer: Answer) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    let bytes = try LoopbackAddress.ipv4().bytes()
    let failed = bytes.withUnsafeBytes {
      bind(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
    guard descriptor >= 0, failed == 0 else { throw NoSocket() }
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
    }
    port = UInt16(bigEndian: address.sin_port)
    self.descriptor = descriptor
    DispatchQueue(label: "name server").async { Self.serve(descriptor, answer) }
  }

  struct NoSocket: Error {}

  /// Ends the thread as well: a socket that is shut down has nothing more to say.
  func stop() {
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  private static func serve(_ descriptor: Int32, _ answer: Answer) {
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1500)
    while true {
      var from = sockaddr_in()
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let count = withUnsafeMutablePointer(to: &from) { from in
        from.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(descriptor, &buffer, buffer.count, 0, $0, &size)
        }
      }
      guard count > 0 else { return }
      var reply = Array(buffer[..<count])
      switch answer {
      case .nothing: continue
      case .garbage: reply = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
      case .truncated where count > 12:
        reply[2] |= 0x80
        reply[7] = 200
      case .foreign where count > 13:
        reply[2] |= 0x80
        reply[13] ^= 1
      case .truncated, .foreign: continue
      }
      _ = withUnsafePointer(to: &from) { from in
        from.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          sendto(descriptor, reply, reply.count, 0, $0, size)
        }
      }
    }
  }
}
