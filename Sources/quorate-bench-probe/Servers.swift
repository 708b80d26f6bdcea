/// The peers that everybody probes, and how: the same for all contestants.
enum Servers {
  static let request = "GET /status HTTP/1.0\r\n\r\n"
  /// Long enough for a saturated contestant: a probe that it gave up would count for nobody.
  static let timeoutMs = 10_000

  /// Addresses of 127.0.0.0/8, each its own server; 127.0.0.1 is not among them.
  static func host(_ number: Int) -> String {
    "127.\(1 + number / 62_500).\(number / 250 % 250).\(1 + number % 250)"
  }

  static func address(_ number: Int, port: UInt16) -> String { "\(host(number)):\(port)" }

  /// Settings for HAProxy: one thread, and nothing but checks. It insists on a listener: that is a socket in `folder`.
  static func haproxy(peers: Int, port: UInt16, intervalMs: Int, folder: String) -> String {
    let servers = (0..<peers).map {
      "  server s\($0) \(address($0, port: port)) check inter \(intervalMs)ms\n"
    }
    return """
      global
        nbthread 1
        maxconn 64
      defaults
        mode http
        timeout connect \(timeoutMs)ms
        timeout check \(timeoutMs)ms
        timeout client 10s
        timeout server 10s
      frontend unused
        bind unix@\(folder)/unused.sock mode 600
        default_backend checked
      backend checked
        option httpchk GET /status HTTP/1.0
      \(servers.joined())
      """
  }

  /// Settings for `quorate serve`, in YAML.
  static func quorate(peers: Int, port: UInt16, intervalMs: Int) -> String {
    let names = (0..<peers).map { address($0, port: port) }
    return """
      node: bench
      listen: 127.0.0.1:0
      upstreams:
        - upstream: checked
          type: http
          http_req: "GET /status HTTP/1.0\\r\\n\\r\\n"
          valid_statuses: [200]
          interval: \(intervalMs)ms
          timeout: \(timeoutMs)ms
          peers: [\(names.joined(separator: ", "))]

      """
  }
}
