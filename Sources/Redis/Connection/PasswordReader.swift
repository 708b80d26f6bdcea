import Addresses
import Glibc
import NIOCore
import NIOPosix

/// Gets a password from where it is kept.
enum PasswordReader {
  /// Nil: none is set. Fails with `refused`, which names the place.
  static func read(_ password: RedisPassword, on loop: any EventLoop) -> EventLoopFuture<String?> {
    switch password {
    case .none: loop.makeSucceededFuture(nil)
    case .text(let text): loop.makeSucceededFuture(text)
    case .environment(let name):
      if let value = getenv(name) {
        loop.makeSucceededFuture(String(cString: value))
      } else {
        loop.makeFailedFuture(RedisError.refused("the variable \(PlainText.shown(name)) is not set"))
      }
    case .file(let path):
      // A file may be on a slow disk, and the loop must not wait.
      NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try firstLine(path) }
    }
  }

  private static func firstLine(_ path: String) throws(RedisError) -> String {
    let shown = PlainText.shown(path)
    // A pipe without a writer must not hold the thread: it reads as empty so.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw .refused("the password file \(shown): \(SystemSentence.text(errno))") }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = Glibc.read(file, &bytes, bytes.count)
    guard count >= 0 else { throw .refused("the password file \(shown): \(SystemSentence.text(errno))") }
    let line = bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard !line.isEmpty else { throw .refused("the password file \(shown) has an empty first line") }
    return String(decoding: line, as: UTF8.self)
  }
}
