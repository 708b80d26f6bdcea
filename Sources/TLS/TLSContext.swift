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
    let judge = verifier.map { TLSSession.Judge(verifier: $0, name: wanted(host, peer)) }
    return try TLSSession(context, judge: judge, sni: sni, nowS: nowS, on: loop)
  }

  private func wanted(_ host: String?, _ peer: IPAddress?) -> ChainVerifier.Name {
    switch (options.verify, host) {
    case (.full, let host?): IPAddress(host).map { .address($0) } ?? .host(host)
    case (.full, nil): peer.map { .address($0.unmapped) } ?? .anybody
    case (.chain, _), (.none, _): .anybody
    }
  }
}

/// Makes contexts, and reads files and the system's certificates once for all that want the same. Not to be used by two
/// threads.
package final class TLSContexts {
  private struct Files: Hashable {
    var own: FileStamp?
    var key: FileStamp?
    var minimum: TLSOptions.Version
    var isVerified: Bool
    /// Names of ALPN.
    var protocols: [String]
  }

  private struct Trusted: Hashable {
    /// Nil: the system's.
    var file: FileStamp?
  }

  private var contexts: [Files: NIOSSLContext] = [:]
  private var verifiers: [Trusted: ChainVerifier] = [:]
  private let loop = EmbeddedEventLoop()

  package init() {}

  /// - Parameter protocols: what is spoken in TLS, by its names of ALPN; empty: that is not talked about.
  /// - Throws: what is wrong with a file, with its path.
  package func context(
    _ options: TLSOptions, speaking protocols: [String] = []
  ) throws(TLSSetupError) -> TLSContext {
    let files = Files(
      own: try FileStamp.of(options.certificate),
      key: try FileStamp.of(options.key),
      minimum: options.minimum, isVerified: options.verify != .none, protocols: protocols)
    let context = try context(of: files)
    guard options.verify != .none else { return TLSContext(context, nil, options, loop) }
    return TLSContext(context, try verifier(options.ca), options, loop)
  }

  private func context(of files: Files) throws(TLSSetupError) -> NIOSSLContext {
    if let known = contexts[files] { return known }
    let made = try Self.context(files)
    // Of files that are others now, what was read before is of no use.
    contexts = contexts.filter { $0.key.own?.path != files.own?.path || $0.key.own == files.own }
    contexts[files] = made
    return made
  }

  private func verifier(_ path: String?) throws(TLSSetupError) -> ChainVerifier {
    let trusted = Trusted(file: try FileStamp.of(path))
    if let known = verifiers[trusted] { return known }
    let made = try ChainVerifier(trusting: path)
    verifiers = verifiers.filter { $0.key.file?.path != path }
    verifiers[trusted] = made
    return made
  }

  private static func context(_ files: Files) throws(TLSSetupError) -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    // Chains are judged by `ChainVerifier`: the library's own trust would be loaded for nothing.
    configuration.trustRoots = .certificates([])
    configuration.certificateVerification = files.isVerified ? .noHostnameVerification : .none
    configuration.minimumTLSVersion = files.minimum.library
    // A probe keeps no secret that somebody might open in twenty years. A post-quantum key is a tenth of the whole handshake,
    // and is made for each as soon as it is in this list; everybody who speaks TLS 1.3 knows one of the others.
    configuration.curves = [.x25519, .secp256r1, .secp384r1]
    configuration.applicationProtocols = files.protocols
    if let own = files.own, let key = files.key {
      configuration.certificateChain = try read(own.path, "a certificate") {
        try NIOSSLCertificate.fromPEMFile(own.path).map { .certificate($0) }
      }
      configuration.privateKey = try read(key.path, "a private key") {
        .privateKey(try NIOSSLPrivateKey(file: key.path, format: .pem))
      }
    }
    return try read(files.own?.path ?? "TLS", "a certificate with its key") {
      try NIOSSLContext(configuration: configuration)
    }
  }

  /// The library's own words name files of its source, and nothing that helps.
  private static func read<Value>(
    _ path: String, _ what: String, _ body: () throws -> Value
  ) throws(TLSSetupError) -> Value {
    do {
      return try body()
    } catch {
      throw TLSSetupError("\(path) is not \(what) in PEM")
    }
  }
}

extension TLSOptions.Version {
  fileprivate var library: TLSVersion {
    switch self {
    case .tls10: .tlsv1
    case .tls11: .tlsv11
    case .tls12: .tlsv12
    case .tls13: .tlsv13
    }
  }
}
