/// A request of HTTP/1.1 as people say it, to be composed: one connection, one answer.
package struct RequestParts: Hashable, Sendable {
  package struct Header: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  package var method: String
  /// With the query.
  package var path: String
  /// Nil: not said; it becomes the name of the upstream, as for nginx's `proxy_pass`.
  package var hostHeader: String?
  /// In their order, without `Host`, `Connection` and those that frame the body.
  package var headers: [Header]
  package var body: [UInt8]

  package init(
    method: String = "GET", path: String = "/", hostHeader: String? = nil, headers: [Header] = [],
    body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.hostHeader = hostHeader
    self.headers = headers
    self.body = body
  }

  /// The bytes of the request. Nothing compressed is asked for: `Accept-Encoding` is left out.
  ///
  /// - Parameter overrides: what a peer has otherwise.
  package func bytes(_ overrides: PeerOverrides? = nil) -> [UInt8] {
    var lines = [
      "\(method) \(overrides?.path ?? path) HTTP/1.1",
      "Host: \(overrides?.hostHeader ?? hostHeader ?? "")",
    ]
    if !names("user-agent") { lines.append("User-Agent: quorate") }
    if !names("accept") { lines.append("Accept: */*") }
    lines += headers.map { "\($0.name): \($0.value)" }
    if declaresLength {
      lines.append("Content-Length: \(body.count)")
    }
    lines.append("Connection: close")
    return Array(lines.map { $0 + "\r\n" }.joined().utf8) + [0x0d, 0x0a] + body
  }

  /// The length of the body is told.
  var declaresLength: Bool { !body.isEmpty || ["POST", "PUT", "PATCH"].contains(method) }

  func names(_ header: String) -> Bool { headers.contains { $0.name.lowercased() == header } }
}

/// What one peer has otherwise than the others of its upstream. A reference: of 10,000 peers few have any.
package final class PeerOverrides: Sendable {
  /// Probed in place of the checker's port, and of the peer's own.
  package let port: UInt16?
  /// The name for SNI and verification; means nothing without TLS.
  package let host: String?
  package let hostHeader: String?
  package let path: String?

  /// Nil where all are: the peer is probed as the others are.
  package init?(port: UInt16? = nil, host: String? = nil, hostHeader: String? = nil, path: String? = nil) {
    guard port != nil || host != nil || hostHeader != nil || path != nil else { return nil }
    self.port = port
    self.host = host
    self.hostHeader = hostHeader
    self.path = path
  }

  /// What holds for the checks after an upstream's first one as well: the name. Ports, paths and headers are the first one's.
  package var ofFurtherChecks: PeerOverrides? { PeerOverrides(host: host) }

  /// The request of the peer is another one.
  package var changesRequest: Bool { hostHeader != nil || path != nil }
}

extension PeerOverrides: Hashable {
  package static func == (left: PeerOverrides, right: PeerOverrides) -> Bool {
    left === right
      || left.port == right.port && left.host == right.host && left.hostHeader == right.hostHeader
        && left.path == right.path
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(port)
    hasher.combine(host)
    hasher.combine(hostHeader)
    hasher.combine(path)
  }
}
