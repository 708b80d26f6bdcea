/// How connections to Redis, and to its Sentinels, are secured. The server's certificate is always verified.
package struct RedisTLSOptions: Hashable, Sendable {
  /// The oldest version of TLS that is spoken.
  package enum Version: String, Hashable, Sendable, CaseIterable {
    case tls12 = "1.2"
    case tls13 = "1.3"
  }

  /// A PEM file of trusted certificates; nil: the system's.
  package var ca: String?
  /// A PEM file with the client's own certificate and those between it and a trusted one. Given together with `key`.
  package var certificate: String?
  /// A PEM file with the private key of `certificate`.
  package var key: String?
  /// Whom the server's certificate must be for, a name or an IP address; nil: the host that is dialed.
  package var serverName: String?
  package var minimum = Version.tls12

  package init() {}
}
