import Backends

/// Debian's nginx as it speaks HTTP/2, and as it does not.
package final class StreamNginx: Sendable {
  /// HTTP/2 alone, without TLS.
  package let plain: UInt16
  /// TLS with HTTP/2.
  package let secured: UInt16
  /// HTTP/1 alone, without TLS and with it.
  package let old: UInt16
  package let oldSecured: UInt16
  private let reserved: [ReservedPort]
  private let folder: TestFolder
  private let child: Child

  /// Serves when this returns.
  ///
  /// - Parameter grpc: where a server of gRPC listens.
  package init(_ own: Authority.Issued, grpc: UInt16 = 1) async throws {
    let ports = try (0..<4).map { _ in try ReservedPort() }
    reserved = ports
    (plain, secured) = (ports[0].port, ports[1].port)
    (old, oldSecured) = (ports[2].port, ports[3].port)
    let folder = try TestFolder()
    self.folder = folder
    try folder.write("long", String(repeating: "x", count: 200_000) + "the end\n")
    let certificate = "ssl_certificate \(own.certificate); ssl_certificate_key \(own.key);"
    let listening = [
      "listen 127.0.0.1:\(plain) http2; listen 127.0.0.1:\(secured) ssl http2; \(certificate)",
      "listen 127.0.0.1:\(old); listen 127.0.0.1:\(oldSecured) ssl; \(certificate)",
    ]
    try folder.write(
      "nginx.conf",
      """
      pid \(folder.path)/nginx.pid;
      error_log stderr info;
      events { worker_connections 512; }
      http {
        access_log off;
      \(Nginx.folders(in: folder))\(listening.map { Self.server($0, folder, grpc) }.joined())}

      """)
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

  package var log: String { child.state.value.error.text }

  package func stop() async throws {
    let end = await child.stop()
    guard end == .exit(0) else { throw TestServerError("nginx ended so: \(String(describing: end))") }
  }

  /// `/grpc.health.v1.Health/Check` goes by the name that is asked for: `up` is the server of gRPC, `gone` nobody, with
  /// nginx' page for gRPC, and `page` nobody, with nginx' own.
  private static func server(_ listening: String, _ folder: TestFolder, _ grpc: UInt16) -> String {
    let pages = """
          location = /unavailable {
            internal; default_type application/grpc;
            add_header grpc-status 14; add_header grpc-message "nobody%20is%20there";
            return 204;
          }
          location / { return 404; }
      """
    let names = [
      ("up", "grpc_pass grpc://127.0.0.1:\(grpc);", ""),
      ("gone", "grpc_pass grpc://127.0.0.1:1;", "error_page 502 = /unavailable;"),
      ("page", "grpc_pass grpc://127.0.0.1:1;", ""),
    ]
    let blocks = names.map { name, pass, page in
      """
        server {
          \(listening)
          server_name \(name);
          \(page)
          location = /grpc.health.v1.Health/Check { \(pass) }
      \(pages)
        }

      """
    }
    return """
        server {
          \(listening)
          server_name web;
          location = /status { add_header X-Ready yes; return 200 "ok\\n"; }
          location = /json { default_type application/json; return 200 '{"status":"ok"}'; }
          location = /method { return 200 "$request_method $http_a $http_host $content_length $server_protocol"; }
          location = /busy { return 503 "busy\\n"; }
          location = /long { root \(folder.path); }
          location / { return 404; }
        }

      """ + blocks.joined()
  }
}
