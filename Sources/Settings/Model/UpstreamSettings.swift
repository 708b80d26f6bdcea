package import Health

/// One upstream as the settings have it, before names of hosts are looked up.
package struct UpstreamSettings: Hashable, Sendable {
  package var name: UpstreamName
  package var check: Check
  /// Primaries and backups in the order of the configuration. Those with a literal address have different names.
  package var peers: [PeerSettings]
  /// Where more peers stand; nil: nowhere.
  package var file: PeersFile?
  package var following = Following()
  package var origin: Origin

  package init(name: UpstreamName, check: Check, peers: [PeerSettings], origin: Origin) {
    self.name = name
    self.check = check
    self.peers = peers
    self.origin = origin
  }

  /// Those of the settings, and those of its file.
  package var allPeers: [PeerSettings] { peers + (file?.peers ?? []) }

  /// Neither a name nor a file may change its peers while the node runs.
  package var isFixed: Bool { file == nil && peers.allSatisfy { $0.question == nil } }

  /// Nil: the peers are shown, and nobody probes them.
  package var checker: Checker? {
    if case .probed(let checker) = check { checker.composed(for: name.text) } else { nil }
  }

  /// Why nobody probes the peers; nil where somebody does.
  package var whyUnchecked: String? {
    switch check {
    case .probed: nil
    case .none: "no checker is configured"
    }
  }
}

/// How the peers of an upstream are checked.
package enum Check: Hashable, Sendable {
  case probed(Checker)
  /// An nginx upstream without `spawn_checker`, or `type: none`.
  case none
}

/// One peer as it was written.
package struct PeerSettings: Hashable, Sendable {
  package var address: PeerAddress
  package var role: Role
  /// nginx's `server … down`.
  package var startsDown: Bool
  /// Nil: it is probed as its upstream's checker says.
  package var overrides: PeerOverrides?
  /// The name is looked up again and again; otherwise with each reading of the settings, as nginx does.
  package var isFollowed = true
  package var origin: Origin

  package init(address: PeerAddress, role: Role = .primary, startsDown: Bool = false, origin: Origin) {
    self.address = address
    self.role = role
    self.startsDown = startsDown
    self.origin = origin
  }
}
