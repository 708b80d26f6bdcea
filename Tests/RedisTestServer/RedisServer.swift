import Glibc
import NIOConcurrencyHelpers

/// A redis-server of the test's own: on a unix socket, in a folder of its own, without persistence, ended by its id.
package final class RedisServer: Sendable {
  package let folder: TemporaryFolder
  private let program: String
  private let options: [String]
  private let child: NIOLockedValueBox<ChildProcess?>

  /// Returns when the server takes connections.
  ///
  /// - Parameter options: as on redis-server's command line, later ones before earlier ones.
  package init(_ options: [String] = [], release: RedisRelease = .redis70) async throws {
    folder = try TemporaryFolder()
    program = try release.program()
    self.options = release.options + options
    child = NIOLockedValueBox(nil)
    try await start()
  }

  deinit {
    stop()
  }

  package var socket: String { folder.file("s") }

  /// Starts again after `stop`, with what is in the folder.
  ///
  /// - Parameters:
  ///   - more: options for this time.
  ///   - until: what the server says when it has come far enough.
  package func start(_ more: [String] = [], until: String = "eady to accept connections") async throws {
    let started = try ChildProcess(
      [
        program, "--port", "0", "--unixsocket", socket, "--dir", folder.path, "--save", "",
        "--daemonize", "no",
      ] + options + more)
    child.withLockedValue { $0 = started }
    try await started.says(until)
  }

  /// Kills it, and returns when it is gone.
  package func stop() {
    let last = child.withLockedValue { child in
      defer { child = nil }
      return child
    }
    last?.end()
  }

  /// Nil: it does not run.
  package var processID: Int32? { child.withLockedValue { $0?.id } }

  /// It keeps its connections and answers nothing until `resume`. Returns when it stands.
  package func pause() { child.withLockedValue { $0?.stop() } }

  package func resume() { child.withLockedValue { $0?.signal(SIGCONT) } }
}
