package import Addresses
package import Health
import NIOEmbedded
import NIOSSL

/// What the sessions of one upstream have in common. Not to be used by two threads.
package final class TLSContext {
  private let context: NIOSSLContext
  /// Nil: nothing is verified.
  private let verifier: ChainVerifier?
  private let options: TLSOptions
  private let loop: EmbeddedEventLoop

  fileprivate init(
    _ context: NIOSSLContext, _ verifier: ChainVerifier?, _ options: TLSOptions, _ loop: EmbeddedEventLoop
  ) {
    self.context = context
    self.verifier = verifier
    self.options = options
    self.loop = loop
  }

  /// Begins a handshake.
  ///
  /// - Parameters:
  ///   - peer: the peer's address; nil: a unix socket.
  ///   - name: its own name in place of the options' `host`; nil: that holds.
  ///   - nowS: seconds since 1970, for certificates that begin and end.
  package func session(
    with peer: IPAddress?, called name: String? = nil, nowS: Int64
  ) throws(TLSFailure) -> TLSSession {
    let host = name ?? options.host
    let sni = host.flatMap { IPAddress($0) == nil ? $0 : nil }
    let judge = verifier.map { TLSSession.Judge(verifier: $0, name: options.wanted(host, peer)) }
    return try TLSSession(context, judge: judge, sni: sni, nowS: nowS, on: loop)
  }
}

extension TLSOptions {
  /// Whom the certificate must be for.
  ///
  /// - Parameters:
  ///   - host: a name or an IP address.
  ///   - peer: the address of who has no `host`.
  func wanted(_ host: String?, _ peer: IPAddress?) -> ChainVerifier.Name {
    switch (verify, host) {
    case (.full, let host?): IPAddress(host).map { .address($0) } ?? .host(host)
    case (.full, nil): peer.map { .address($0.unmapped) } ?? .anybody
    case (.chain, _), (.none, _): .anybody
    }
  }
}

/// Makes contexts, and reads files and the system's certificates once for all that want the same. Not to be used by two
/// threads.
package final class TLSContexts {
  private let files = TLSFiles()
  private let loop = EmbeddedEventLoop()

  package init() {}

  /// - Parameter protocols: what is spoken in TLS, by its names of ALPN; empty: that is not talked about.
  /// - Throws: what is wrong with a file, with its path.
  package func context(
    _ options: TLSOptions, speaking protocols: [String] = []
  ) throws(TLSSetupError) -> TLSContext {
    let context = try files.context(options, speaking: protocols, .short)
    let verifier = options.verify == .none ? nil : try files.verifier(options.ca)
    return TLSContext(context, verifier, options, loop)
  }
}
