import Backends
import BenchTools
import FoundationEssentials
import Glibc

/// An nginx with a certificate of its own making, and the settings of those who probe it.
struct SecureServers: Sendable {
  enum Key: String, CaseIterable, Sendable {
    case ecdsa, rsa

    fileprivate var options: [String] {
      switch self {
      case .ecdsa: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
      case .rsa: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
      }
    }
  }

  static let name = "bench.internal"

  let folder: String
  let port: UInt16
  /// Nobody answers there; connections are made.
  let silentPort: UInt16
  private let nginx: Child
  private let silent: Int32

  var ca: String { "\(folder)/ca.pem" }

  init(_ key: Key) async throws {
    folder =
      FileManager.default.temporaryDirectory.appending(path: "quorate-secure-\(getpid())-\(key.rawValue)")
      .path
    try FileManager.default.createDirectory(
      atPath: folder + "/temp", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try await Self.makeCertificate(key, folder)
    (silent, silentPort) = try Self.listen()
    let reserved = try ReservedPort()
    port = reserved.port
    try Self.conf(folder, port, silentPort).write(
      toFile: "\(folder)/nginx.conf", atomically: false, encoding: .utf8)
    nginx = try Child(
      "taskset",
      [
        "-c", "\(BenchHost.responderCore)", BenchHost.nginx, "-c", "\(folder)/nginx.conf", "-e",
        "\(folder)/error.log",
        "-g", "daemon off; master_process off;",
      ])
    try await Self.wait(for: port)
  }

  func end() async {
    await nginx.stop()
    close(silent)
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// At every address of 127.0.0.0/8, as the others are: connections are made, and nobody takes them.
  private static func listen() throws -> (Int32, UInt16) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listens = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && Glibc.listen(listener, 4096) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard listens else { throw BenchError(text: "no port to listen on") }
    return (listener, UInt16(bigEndian: address.sin_port))
  }

  private static func wait(for port: UInt16) async throws {
    for _ in 0..<100 {
      if try await Child("bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"]).end() == .exit(0) { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw BenchError(text: "nginx did not start")
  }

  private static func makeCertificate(_ key: Key, _ folder: String) async throws {
    let file = { (name: String) in "\(folder)/\(name)" }
    try "subjectAltName=DNS:\(name)\n".write(toFile: file("names"), atomically: false, encoding: .utf8)
    let commands: [[String]] = [
      ["genpkey"] + key.options + ["-out", file("ca.key")],
      ["genpkey"] + key.options + ["-out", file("leaf.key")],
      [
        "req", "-x509", "-new", "-key", file("ca.key"), "-subj", "/CN=bench", "-days", "2", "-out",
        file("ca.pem"),
      ],
      ["req", "-new", "-key", file("leaf.key"), "-subj", "/CN=leaf", "-out", file("leaf.csr")],
      [
        "x509", "-req", "-in", file("leaf.csr"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"),
        "-CAcreateserial",
        "-days", "2", "-extfile", file("names"), "-out", file("leaf.pem"),
      ],
    ]
    for command in commands {
      let openssl = try Child("openssl", command)
      guard await openssl.end() == .exit(0) else {
        throw BenchError(text: "openssl \(command[0]): \(openssl.state.value.error.text)")
      }
    }
  }

  private static func conf(_ folder: String, _ port: UInt16, _ silent: UInt16) -> String {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
      "\($0)_temp_path \(folder)/temp;"
    }
    return """
      pid \(folder)/nginx.pid; error_log \(folder)/error.log;
      events { worker_connections 8000; }
      http {
        access_log off; \(temporary.joined(separator: " "))
        server {
          listen \(port) ssl backlog=4096;
          ssl_certificate \(folder)/leaf.pem; ssl_certificate_key \(folder)/leaf.key;
          ssl_protocols TLSv1.2 TLSv1.3; ssl_session_tickets off;
          location / { return 200 "ok"; }
          location /silent { proxy_pass http://127.0.0.1:\(silent); proxy_read_timeout 60s; }
        }
      }
      """
  }

  // MARK: Who probes

  /// - Parameters:
  ///   - path: what is asked for.
  ///   - timeoutMs: long where connections are to stay.
  func quorate(peers: Int, port: UInt16, path: String = "/", intervalMs: Int, timeoutMs: Int) -> String {
    let names = (0..<peers).map { Servers.address($0, port: port) }
    return """
      node: bench
      listen: 127.0.0.1:0
      upstreams:
        - upstream: checked
          type: https
          host: \(Self.name)
          ca: \(ca)
          http_req: "GET \(path) HTTP/1.0\\r\\n\\r\\n"
          valid_statuses: [200]
          interval: \(intervalMs)ms
          timeout: \(timeoutMs)ms
          peers: [\(names.joined(separator: ", "))]

      """
  }

  func haproxy(peers: Int, intervalMs: Int) -> String {
    let servers = (0..<peers).map { "  server s\($0) \(Servers.address($0, port: port))\n" }
    return """
      global
        nbthread 1
        maxconn 64
      defaults
        mode http
        timeout connect 2s
        timeout check 2s
        timeout client 10s
        timeout server 10s
      frontend unused
        bind unix@\(folder)/unused.sock mode 600
        default_backend checked
      backend checked
        option httpchk GET /
        http-check expect status 200
        default-server check check-ssl verify required ca-file \(ca) check-sni \(Self.name) verifyhost \(Self.name) \
      no-ssl-reuse inter \(intervalMs)ms
      \(servers.joined())
      """
  }
}
