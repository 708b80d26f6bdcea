import Backends

/// Debian's nginx with TLS: one server for each certificate, answering 200 for everything; `/long` is 50 kB that end in `the end`.
package final class SecureNginx: Sendable {
  package struct Server: Sendable {
    package var own: Authority.Issued
    /// Whoever asks must have a certificate of this authority; nil: nobody is asked for one.
    package var clients: String?
    package var protocols: String

    package init(_ own: Authority.Issued, clients: String? = nil, protocols: String = "TLSv1.2 TLSv1.3") {
      self.own = own
      self.clients = clients
      self.protocols = protocols
    }
  }

  package let ports: [UInt16]
  private let reserved: [ReservedPort]
  private let folder: TestFolder
  private let child: Child

  /// Serves when this returns.
  ///
  /// - Parameter port: of a server that was stopped, to take its place; nil: any.
  package init(_ servers: [Server], port: UInt16? = nil) async throws {
    reserved = try port == nil ? servers.map { _ in try ReservedPort() } : []
    ports = port.map { [$0] } ?? reserved.map(\.port)
    folder = try TestFolder()
    try folder.write("long", String(repeating: "x", count: 50_000) + "the end\n")
    try folder.write("nginx.conf", Self.configuration(zip(ports, servers).map { ($0, $1) }, folder))
    child = try Child(
      Programs.nginx,
      [
        "-p", folder.path, "-c", "\(folder.path)/nginx.conf", "-e", "stderr", "-g",
        "daemon off; master_process off;",
      ])
    guard await child.line(with: "event method") != nil else {
      throw TestServerError("nginx did not start:\n\(child.state.value.error.text)")
    }
  }

  package func stop() async throws {
    let end = await child.stop()
    guard end == .exit(0) else { throw TestServerError("nginx ended so: \(String(describing: end))") }
  }

  private static func configuration(_ servers: [(UInt16, Server)], _ folder: TestFolder) -> String {
    let blocks = servers.map { port, server in
      let clients =
        server.clients.map { "ssl_verify_client on; ssl_client_certificate \($0);" } ?? ""
      return """
            server {
              listen 127.0.0.1:\(port) ssl;
              ssl_certificate \(server.own.certificate);
              ssl_certificate_key \(server.own.key);
              ssl_protocols \(server.protocols);
              \(clients)
              location / { return 200 "ok\\n"; }
            location = /long { root \(folder.path); }
            }

        """
    }
    return """
      pid \(folder.path)/nginx.pid;
      error_log stderr notice;
      events { worker_connections 512; }
      http {
        access_log off;
      \(Nginx.folders(in: folder))\(blocks.joined())}

      """
  }
}
