import Health
import NIOSSL

/// What was read of files and of the system's certificates: read once for all that want the same, and again when a file is
/// another one. Not to be used by two threads.
final class TLSFiles {
  /// How long what is said must stay a secret.
  enum Secrecy: Hashable {
    /// A probe keeps no secret that somebody might open in twenty years. A post-quantum key is a tenth of the whole handshake,
    /// and is made for each as soon as it is in the list; everybody who speaks TLS 1.3 knows one of the others.
    case short
    /// Passwords are said, on connections that last.
    case long
  }

  private struct Files: Hashable {
    var own: FileStamp?
    var key: FileStamp?
    var minimum: TLSOptions.Version
    var isVerified: Bool
    /// Names of ALPN.
    var protocols: [String]
    var secrecy: Secrecy
  }

  private struct Trusted: Hashable {
    /// Nil: the system's.
    var file: FileStamp?
  }

  private var contexts: [Files: NIOSSLContext] = [:]
  private var verifiers: [Trusted: ChainVerifier] = [:]

  func context(
    _ options: TLSOptions, speaking protocols: [String], _ secrecy: Secrecy
  ) throws(TLSSetupError) -> NIOSSLContext {
    let files = Files(
      own: try FileStamp.of(options.certificate), key: try FileStamp.of(options.key),
      minimum: options.minimum, isVerified: options.verify != .none, protocols: protocols, secrecy: secrecy)
    if let known = contexts[files] { return known }
    let made = try Self.context(files)
    // Of files that are others now, what was read before is of no use.
    contexts = contexts.filter { known, _ in
      known.own?.path != files.own?.path || (known.own == files.own && known.key == files.key)
    }
    contexts[files] = made
    return made
  }

  /// - Parameter path: trusted certificates in PEM; nil: the system's.
  func verifier(_ path: String?) throws(TLSSetupError) -> ChainVerifier {
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
    if files.secrecy == .short { configuration.curves = [.x25519, .secp256r1, .secp384r1] }
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
