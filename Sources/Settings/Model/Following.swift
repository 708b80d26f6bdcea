package import Naming

/// How the names among an upstream's peers are followed.
package struct Following: Hashable, Sendable {
  /// Which addresses of a host are peers.
  package enum Resolve: String, Hashable, Sendable, CaseIterable {
    case all
    /// One: that which is a peer already, as long as the host has it.
    case first
  }

  package var resolve = Resolve.all
  /// Milliseconds from one look-up to the next: 1,000 to 86,400,000.
  package var intervalMs = 30_000
  /// Milliseconds that the last addresses stay while nothing is found: 1,000 to 2,592,000,000; nil: for good.
  package var keepMs: Int?

  package init() {}

  init(_ options: Options) {
    resolve = options.resolve ?? resolve
    intervalMs = options.resolveIntervalMs ?? intervalMs
    keepMs = options.resolveKeepMs
  }

  package var rules: NameRules { NameRules(intervalMs: Int64(intervalMs), keepMs: keepMs.map(Int64.init)) }
}

/// A file with peers, which is read again when it changes.
package struct PeersFile: Hashable, Sendable {
  /// Where it is opened.
  package var path: String
  /// As the settings write it.
  package var name: String
  /// What it held when it was read last.
  package var peers: [PeerSettings]
  /// Where it is named.
  package var origin: Origin
}
