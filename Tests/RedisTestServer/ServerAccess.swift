/// How the servers of a set are secured, for all of them alike.
package struct ServerAccess: Sendable {
  /// Paths of PEM files.
  package struct Certificates: Sendable {
    let ca: String
    let certificate: String
    let key: String
    let clientsMustShow: Bool

    /// - Parameters:
    ///   - certificate: it must be for `127.0.0.1`: so the servers know each other.
    ///   - clientsMustShow: a client needs a certificate of the same authority. The servers show their own.
    package init(ca: String, certificate: String, key: String, clientsMustShow: Bool = false) {
      self.ca = ca
      self.certificate = certificate
      self.key = key
      self.clientsMustShow = clientsMustShow
    }
  }

  /// Of the default user; nil: none is wanted.
  package var password: String?
  /// The same at the Sentinels.
  package var sentinelPassword: String?
  /// Nil: no TLS. Otherwise nothing else is spoken on TCP.
  package var tls: Certificates?

  package init(
    password: String? = nil, sentinelPassword: String? = nil, tls: Certificates? = nil
  ) {
    self.password = password
    self.sentinelPassword = sentinelPassword
    self.tls = tls
  }

  /// Of a redis-server at this port.
  package func options(port: Int) -> [String] {
    let login = password.map { ["--requirepass", $0, "--masterauth", $0] } ?? []
    return login + secured(port: port).flatMap { ["--\($0.name)", $0.value] }
  }

  /// Settings of a server or a Sentinel at this port.
  func secured(port: Int) -> [(name: String, value: String)] {
    guard let tls else { return [("port", "\(port)")] }
    return [
      ("port", "0"), ("tls-port", "\(port)"), ("tls-replication", "yes"), ("tls-cert-file", tls.certificate),
      ("tls-key-file", tls.key), ("tls-ca-cert-file", tls.ca),
      ("tls-auth-clients", tls.clientsMustShow ? "yes" : "no"),
    ]
  }
}
