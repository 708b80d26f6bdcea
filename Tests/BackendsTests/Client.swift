import Backends
import Glibc

/// A blocking client of a backend. Nothing it does lasts longer than 5 seconds.
final class Client {
  enum NotConnected: Error { case refused, timedOut, other }

  enum End: Equatable {
    case ended(String)
    case reset(String)
    case silent(String)
  }

  private let descriptor: Int32

  init(_ address: LoopbackAddress) throws {
    let bytes = try address.bytes()
    descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    limit(SO_SNDTIMEO, seconds: 0, micros: 300_000)
    limit(SO_RCVTIMEO, seconds: 5, micros: 0)
    let failed = bytes.withUnsafeBytes {
      connect(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
    guard failed != 0 else { return }
    switch errno {
    case ECONNREFUSED: throw NotConnected.refused
    case EINPROGRESS: throw NotConnected.timedOut
    default: throw NotConnected.other
    }
  }

  deinit { close(descriptor) }

  private func limit(_ option: Int32, seconds: Int, micros: Int) {
    var time = timeval(tv_sec: seconds, tv_usec: micros)
    setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  func isReadable(withinMs ms: Int32) -> Bool {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&waiting, 1, ms) == 1
  }

  /// Everything until the end, whatever kind of end that is.
  func readAll() -> End {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      let text = String(decoding: bytes, as: UTF8.self)
      if count == 0 { return .ended(text) }
      if count < 0 { return errno == ECONNRESET ? .reset(text) : .silent(text) }
      bytes += buffer[..<count]
    }
  }
}
