import Glibc

/// What a program is for.
package enum StandardOutput {
  /// Writes all of it now: nothing is kept back that could be lost later without a word.
  ///
  /// - Returns: false: the reader has gone (EPIPE). That is no failure: whoever wanted the first lines has them.
  /// - Throws: when it could not be written.
  @discardableResult
  package static func write(_ text: String, terminator: String = "\n") throws(OutputError) -> Bool {
    let number = Descriptor.write(Array((text + terminator).utf8), to: STDOUT_FILENO, patienceMs: -1)
    guard number == 0 || number == EPIPE else { throw OutputError(number: number) }
    return number == 0
  }

  /// Whether the reader has gone.
  package static var isClosed: Bool {
    var entry = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLERR | POLLNVAL) != 0
  }
}

/// What a program is for could not be written, all of it.
package struct OutputError: Error, CustomStringConvertible {
  /// The system's `errno`.
  package let number: Int32

  package var description: String {
    let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
    return "cannot write the output: \(reason)"
  }
}

enum Descriptor {
  /// Writes all bytes, however few the system takes at once.
  ///
  /// - Parameter patienceMs: milliseconds that a reader without room is waited for; negative: for ever.
  /// - Returns: 0, or the `errno` of what stopped it.
  static func write(_ bytes: [UInt8], to descriptor: Int32, patienceMs: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        rest = rest.dropFirst(written)
        continue
      }
      let number = errno
      switch number {
      case EINTR: continue
      case EAGAIN: guard hasRoom(descriptor, patienceMs) else { return EAGAIN }
      default: return number
      }
    }
    return 0
  }

  /// Waits until a descriptor that does not block by itself can be written to, or fails.
  private static func hasRoom(_ descriptor: Int32, _ patienceMs: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    while true {
      let count = poll(&entry, 1, patienceMs)
      if count > 0 { return true }
      guard count < 0, errno == EINTR else { return false }
    }
  }
}
