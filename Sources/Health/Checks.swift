/// One check of all peers of an upstream.
package struct UpstreamProbe: Hashable, Sendable {
  package var upstream: UpstreamName
  package var check: Checker
  /// With what each has otherwise for this check.
  package var peers: [PeerDefinition]
}

extension UpstreamDefinition {
  /// What its peers are asked, check by check; nothing where nobody checks them.
  package var probes: [UpstreamProbe] {
    (checker?.checks ?? []).enumerated().map { place, check in
      var peers = peers
      if place > 0 {
        for index in peers.indices { peers[index].overrides = peers[index].overrides?.ofFurtherChecks }
      }
      return UpstreamProbe(upstream: name, check: check, peers: peers)
    }
  }
}

/// Several checks of one peer: all of them have to hold. Nearly all upstreams have one.
extension Checker {
  /// Checks that one upstream may have.
  package static let mostChecks = 8

  package var checkCount: Int { 1 + others.count }

  /// The check at a place of the list, by itself: what a peer is probed by.
  ///
  /// - Parameter place: 0 is this one; beyond the last the first one.
  package func check(_ place: Int) -> Checker {
    if place > 0, others.indices.contains(place - 1) { return others[place - 1] }
    if others.isEmpty { return self }
    var alone = self
    alone.others = []
    return alone
  }

  /// All checks, each by itself.
  package var checks: [Checker] { (0..<checkCount).map(check) }

  /// The TLS of the first check that has it.
  package var securedBy: TLSOptions? { tls ?? others.lazy.compactMap(\.tls).first }
}
