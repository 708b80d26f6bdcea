/// The YAML to write where Lua does not tell enough.
enum YamlInstead {
  private static let examples = [
    "upstream": "NAME", "type": "http", "http_req": OptionReader.example, "interval": "2s", "timeout": "1s",
    "fall": "3", "rise": "2", "valid_statuses": "[200, 302]", "concurrency": "10", "port": "8080",
    "host": "NAME", "ssl_verify": "true", "probers": "3", "quorum": "majority", "fast_interval": "500ms",
    "ca": "/etc/quorate/ca.pem", "cert": "/etc/quorate/cert.pem", "key": "/etc/quorate/key.pem",
    "tls_min": "\"1.2\"", "cert_warning": "14d",
    "path": "/healthz", "method": "GET", "host_header": "NAME", "body": "'{}'", "degraded_above": "300ms",
    "headers": "{X-A: b}", "expect": ExpectReader.example, "send": #""PING\r\n""#,
    "steps": "[{expect: \"220\"}]",
    "http_version": "2", "tls": "true", "grpc_service": "shop.Cart",
    "resolve": "all",
    "resolve_interval": "30s", "resolve_keep": "1h",
  ]

  static func option(_ key: String) -> String { "\(Quoting.short(key)): \(examples[key] ?? "VALUE")" }

  /// A checker for an upstream of nginx.
  static func checker(_ name: String = "NAME") -> String {
    "upstreams: [{upstream: \(name), type: http, \(option("http_req"))}]"
  }
}
