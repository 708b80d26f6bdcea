import Addresses
import CTrust
import Health

/// Judges the certificates of peers by one set of trusted ones.
///
/// A chain that was found good is remembered until the first of its certificates ends, for an hour at most: the handshake
/// proves with every probe that the peer has the key, so nothing but the same chain passes. Not to be used by two threads.
final class ChainVerifier {
  /// Whom the peer's own certificate must be for.
  enum Name: Hashable {
    case host(String)
    case address(IPAddress)
    case anybody
  }

  /// Remembered at once: all are let go of when there are more.
  private static let most = 8192
  private static let longestS: Int64 = 3600

  private struct Key: Hashable {
    var digest: [UInt8]
    var name: Name
  }

  private struct Known {
    var untilS: Int64
    var facts: Certificate
  }

  private let store: OpaquePointer
  private var known: [Key: Known] = [:]

  /// - Parameter file: trusted certificates in PEM; nil: the system's.
  init(trusting file: String?) throws(TLSSetupError) {
    var why = [CChar](repeating: 0, count: 256)
    guard let store = trust_store_new(file, &why, why.count) else {
      throw TLSSetupError("\(file ?? "the system's certificates"): \(CText.string(why))")
    }
    self.store = store
  }

  deinit { trust_store_free(store) }

  /// - Parameters:
  ///   - chain: DER, the peer's own first.
  ///   - nowS: seconds since 1970.
  func judge(_ chain: [[UInt8]], for name: Name, nowS: Int64) -> (facts: Certificate, flaw: String?) {
    let key = Key(digest: CText.withPieces(chain) { Self.digest($0, $1, $2) }, name: name)
    if let found = known[key], nowS < found.untilS { return (found.facts, nil) }
    var verdict = trust_verdict()
    CText.withPieces(chain) { pieces, lengths, count in
      switch name {
      case .host(let host): trust_verify(store, pieces, lengths, count, host, nil, 0, nowS, &verdict)
      case .address(let address):
        let bytes = address.bytes
        trust_verify(store, pieces, lengths, count, nil, bytes, bytes.count, nowS, &verdict)
      case .anybody: trust_verify(store, pieces, lengths, count, nil, nil, 0, nowS, &verdict)
      }
    }
    let facts = Certificate(verdict)
    guard verdict.code == 0 else {
      known[key] = nil
      return (facts, CertificateFlaw(verdict, facts, wanted: name).sentence)
    }
    if known.count >= Self.most { known = [:] }
    known[key] = Known(untilS: min(verdict.chain_ends, nowS + Self.longestS), facts: facts)
    return (facts, nil)
  }

  private static func digest(
    _ pieces: UnsafePointer<UnsafePointer<UInt8>?>?, _ lengths: UnsafePointer<Int>?, _ count: Int
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { buffer, filled in
      if let base = buffer.baseAddress { trust_digest(pieces, lengths, count, base) }
      filled = 32
    }
  }
}

extension Certificate {
  init(_ verdict: trust_verdict) {
    // The end of the chain's first to end: that is when the peer becomes unusable.
    self.init(
      names: withUnsafeBytes(of: verdict.names) { CText.string($0) },
      endsS: verdict.code == 0 ? verdict.chain_ends : verdict.ends)
  }

  /// Of one that nobody asked to be trusted.
  init(unverified certificate: [UInt8]) {
    var verdict = trust_verdict()
    trust_describe(certificate, certificate.count, &verdict)
    self.init(verdict)
  }
}
