import FoundationEssentials
import Glibc
import NIOConcurrencyHelpers

/// A Sentinel of the test's own, ended by its id.
package final class SentinelServer: Sendable {
  package let port: Int
  private let folder: TemporaryFolder
  private let password: String?
  private let child: NIOLockedValueBox<ChildProcess?>

  init(of name: String, primary: Int, _ access: ServerAccess) throws {
    folder = try TemporaryFolder()
    port = try FreePort.findToKeep()
    password = access.sentinelPassword
    child = NIOLockedValueBox(nil)
    try Self.settings(folder, name: name, primary: primary, port: port, access)
      .write(toFile: folder.file("sentinel.conf"), atomically: false, encoding: .utf8)
    try start()
  }

  deinit { kill() }

  private static func settings(
    _ folder: TemporaryFolder, name: String, primary: Int, port: Int, _ access: ServerAccess
  ) -> String {
    var lines = [
      "dir \(folder.path)", "unixsocket \(folder.file("s"))", "bind 127.0.0.1",
      "sentinel monitor \(name) 127.0.0.1 \(primary) 2",
      "sentinel down-after-milliseconds \(name) 1000", "sentinel failover-timeout \(name) 3000",
    ]
    lines += access.secured(port: port).map { "\($0.name) \($0.value)" }
    if let password = access.password { lines.append("sentinel auth-pass \(name) \(password)") }
    if let password = access.sentinelPassword {
      lines += ["requirepass \(password)", "sentinel sentinel-pass \(password)"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Starts again after `kill`, with what it knew.
  package func start() throws(TestServerError) {
    let started = try ChildProcess(["redis-server", folder.file("sentinel.conf"), "--sentinel"])
    child.withLockedValue { $0 = started }
  }

  /// - Throws: when there is no answer within 2 s.
  @discardableResult
  package func ask(_ words: String...) throws(TestServerError) -> TestAnswer {
    try TestQuestion.ask(words, socket: folder.file("s"), password: password)
  }

  /// It keeps its connections and answers nothing until `resume`. Returns when it stands.
  package func pause() { child.withLockedValue { $0?.stop() } }

  package func resume() { child.withLockedValue { $0?.signal(SIGCONT) } }

  /// Returns when it is gone.
  package func kill() {
    let last = child.withLockedValue { child in
      defer { child = nil }
      return child
    }
    last?.end()
  }
}
