/// A redis-server that takes connections with TLS at a port of 127.0.0.1, beside its unix socket without.
package struct SecureRedis: Sendable {
  package let server: RedisServer
  package let port: Int

  /// - Parameters:
  ///   - certificate: PEM files: of its own certificate, and of its key in `key`.
  ///   - clients: whoever connects must have a certificate of the authority in this PEM file; nil: nobody is asked for one.
  package init(
    certificate: String, key: String, clients: String? = nil, options: [String] = []
  ) async throws {
    port = try FreePort.find()
    server = try await RedisServer(
      [
        "--tls-port", "\(port)", "--tls-cert-file", certificate, "--tls-key-file", key,
        "--tls-ca-cert-file", clients ?? certificate, "--tls-auth-clients", clients == nil ? "no" : "yes",
      ] + options)
  }
}
