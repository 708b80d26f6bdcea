import Backends

/// Debian's nginx, serving `200` for `/status` on ports of its own; it can be stopped and started again.
package final class Nginx: Sendable {
  package let ports: [UInt16]
  private let reserved: [ReservedPort]
  private let folder: TestFolder
  private let running = Watched<Child?>(nil)

  private let logLevel: String

  /// Serves when this returns.
  ///
  /// - Parameter logLevel: of its error log, `notice` or one that tells more.
  package init(servers: Int, logLevel: String = "notice") async throws {
    self.logLevel = logLevel
    reserved = try (0..<servers).map { _ in try ReservedPort() }
    ports = reserved.map(\.port)
    folder = try TestFolder()
    try folder.write("nginx.conf", configuration)
    try await start()
  }

  package func start() async throws {
    // One process, without a master: there is nobody else to end.
    let child = try Child(
      Programs.nginx,
      [
        "-p", folder.path, "-c", "\(folder.path)/nginx.conf", "-e", "stderr", "-g",
        "daemon off; master_process off;",
      ])
    running.change { $0 = child }
    // Said when the ports are open.
    guard await child.line(with: "event method") != nil else {
      throw TestServerError("nginx did not start:\n\(child.state.value.error.text)")
    }
  }

  /// Its ports refuse when this returns.
  package func stop() async throws {
    let end = await running.value?.stop()
    guard end == .exit(0) else { throw TestServerError("nginx ended so: \(String(describing: end))") }
  }

  /// What it has logged since its last start.
  package var log: String { running.value?.state.value.error.text ?? "" }

  /// Lines for the block `http`, so that nothing is written elsewhere.
  package static func folders(in folder: TestFolder) -> String {
    ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
      "    \($0)_temp_path \(folder.path)/\($0);\n"
    }.joined()
  }

  private var configuration: String {
    let servers = ports.map { port in
      """
          server {
            listen 127.0.0.1:\(port);
            location = /status { return 200 "ok\\n"; }
            location = /count { stub_status; }
            location / { return 404; }
          }

      """
    }
    return """
      pid \(folder.path)/nginx.pid;
      error_log stderr \(logLevel);
      events { worker_connections 256; }
      http {
        access_log off;
      \(Self.folders(in: folder))\(servers.joined())}

      """
  }
}
