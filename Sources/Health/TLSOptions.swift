/// How the connection of a probe is secured.
package struct TLSOptions: Hashable, Sendable {
  package enum Verify: String, Hashable, Sendable, CaseIterable {
    /// The chain leads to a trusted certificate, and the peer's own is for `host`, or for the peer's address where there is
    /// none.
    case full
    /// The chain alone, whatever the name: lua-resty without `host`.
    case chain
    case none
  }

  package enum Version: String, Hashable, Sendable, CaseIterable {
    case tls10 = "1.0"
    case tls11 = "1.1"
    case tls12 = "1.2"
    case tls13 = "1.3"
  }

  /// For SNI, and the name to verify; nil: no SNI. Not the Host header.
  package var host: String?
  package var verify: Verify
  /// The file of trusted certificates, PEM; nil: the system's.
  package var ca: String?
  /// Files of this side's own certificate (with its chain) and key, PEM; both or neither.
  package var certificate: String?
  package var key: String?
  /// The oldest version that is spoken.
  package var minimum: Version
  /// A certificate that ends sooner is told of; milliseconds. It is never a reason to take a peer down.
  package var warningMs: Int

  /// 14 days.
  package static let usualWarningMs = 14 * 86_400_000

  package init(host: String? = nil, verify: Verify = .full) {
    self.host = host
    self.verify = verify
    ca = nil
    certificate = nil
    key = nil
    minimum = .tls12
    warningMs = Self.usualWarningMs
  }
}
