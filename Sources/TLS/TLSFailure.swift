import NIOSSL

/// Why a peer's handshake, or what it sends in TLS, is not good.
package enum TLSFailure: Error, Hashable, Sendable {
  /// Its certificate is not trusted: `certificate has expired (2026-10-01)`.
  case certificate(String)
  /// It does not speak TLS as it should, or refuses to: `wrong version number`.
  case handshake(String)
  /// It speaks none of the protocols that are offered, and says so.
  case noProtocol

  package var text: String {
    switch self {
    case .certificate(let text), .handshake(let text): text
    case .noProtocol: "the peer speaks none of the protocols offered in TLS (ALPN)"
    }
  }

  /// - Parameter peer: who is talked of, in place of `the peer`.
  package func text(of peer: String) -> String {
    let usual = "the peer "
    return text.hasPrefix(usual) ? "\(peer) \(text.dropFirst(usual.count))" : text
  }

  /// - Parameter flaw: what was found wrong with the certificate; nil: nothing.
  init(_ error: any Error, flaw: String?) {
    if let flaw {
      self = .certificate(flaw)
      return
    }
    let words = Self.words(error)
    self = words == Self.noProtocolAlert ? .noProtocol : .handshake(words)
  }

  private static func words(_ error: any Error) -> String {
    switch error {
    case NIOSSLError.handshakeFailed(.sslError(let stack)), BoringSSLError.sslError(let stack):
      stack.first.map { words("\($0)") } ?? "handshake failed"
    case NIOSSLError.handshakeFailed(.zeroReturn), BoringSSLError.zeroReturn: "closed"
    case NIOSSLError.uncleanShutdown: "closed"
    case NIOSSLError.handshakeFailed: "handshake failed"
    default: "not TLS as it should be"
    }
  }

  /// `Error: 268435703 error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at …` says `wrong version number`.
  private static func words(_ description: String) -> String {
    let parts = description.split(separator: ":", omittingEmptySubsequences: false)
    guard let library = parts.firstIndex(of: "OPENSSL_internal"), library + 1 < parts.count else {
      return "handshake failed"
    }
    let reason = parts[library + 1].prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    if reason.isEmpty { return "handshake failed" }
    let words = reason.lowercased().replacing("_", with: " ")
    return alerts[words] ?? words
  }

  private static let noProtocolAlert = "tlsv1 alert no application protocol"

  /// What people know by other names.
  private static let alerts = [
    "tlsv1 alert protocol version": "the peer speaks no version of TLS that may be spoken",
    "unsupported protocol": "the peer speaks no version of TLS that may be spoken",
    "tlsv1 alert unknown ca": "the peer does not know who issued the client certificate",
    "sslv3 alert certificate expired": "the peer finds that the client certificate has expired",
    "sslv3 alert bad certificate": "the peer does not accept the client certificate",
    "wrong version number": "no TLS: wrong version number",
    "http request": "no TLS: an HTTP server answers",
    "tlsv1 alert certificate required": "the peer wants a client certificate",
    "tlsv1 certificate required": "the peer wants a client certificate",
  ]
}
