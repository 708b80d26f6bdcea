package import Health

/// Where a node gets the peers from that do not stand in its settings, and what came of it.
package struct DiscoveryView: Hashable, Sendable {
  /// In the order of the settings; upstreams whose peers all stand there are left out.
  package var sources: [UpstreamName: [PeerSourceView]] = [:]
  /// How many look-ups had which result: `found`, `not_found`, `empty` or `failed`.
  package var lookUps: [String: UInt64] = [:]

  package init() {}

  /// The first trouble of each upstream that has one, `name app.internal:8080: Domain name not found`, by its name. A name
  /// server that is away is the trouble of thousands: so many are told.
  package func troubles(most: Int = 100) -> [String: String] {
    var troubles: [String: String] = [:]
    for name in sources.keys.sorted() where troubles.count < most {
      let first = sources[name]?.lazy.compactMap { source in
        source.trouble.map { "\(source.text): \($0.text)" }
      }.first
      if let first { troubles[name.text] = first }
    }
    return troubles
  }
}

/// One name, service or file.
package struct PeerSourceView: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    case name, srv, file
  }

  package var kind: Kind
  /// As `PeerDefinition.source` has it: `name app.internal:8080`.
  package var text: String
  /// How many peers of this node's own definition come from there.
  package var peers: Int
  /// When it was looked up, or read, with success: milliseconds since 1970; 0: never.
  package var goodMs: Int64
  /// Why the last try was none; nil: it was one. The peers are those of the last success.
  package var trouble: Trouble?
  /// Of a file: how often another content was taken, and how often it was not.
  package var taken: UInt64 = 0
  package var refused: UInt64 = 0

  package struct Trouble: Hashable, Sendable {
    package var text: String
    /// Milliseconds since 1970.
    package var sinceMs: Int64

    package init(text: String, sinceMs: Int64) {
      self.text = text
      self.sinceMs = sinceMs
    }
  }

  package init(kind: Kind, text: String, peers: Int, goodMs: Int64, trouble: Trouble? = nil) {
    self.kind = kind
    self.text = text
    self.peers = peers
    self.goodMs = goodMs
    self.trouble = trouble
  }
}
