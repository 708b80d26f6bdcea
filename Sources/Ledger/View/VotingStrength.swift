package import Health

/// How many nodes vote on the peers of an upstream, where some are missing that did.
package struct VotingStrength: Hashable, Sendable {
  /// Live nodes that have the upstream.
  package var live: Int
  /// Missing ones that had it, or may have.
  package var missing: Int
  /// Probers that the settings ask for.
  package var wanted: Int
  package var quorum: Quorum

  package init(live: Int, missing: Int, wanted: Int, quorum: Quorum) {
    self.live = live
    self.missing = missing
    self.wanted = wanted
    self.quorum = quorum
  }

  package var nodes: Int { live + missing }

  /// Probers of each peer.
  package var assigned: Int { min(live, wanted) }

  /// The down votes that take a peer down.
  package var needed: Int { quorum.needed(of: assigned) }

  /// Fewer probers than wanted, because nodes are missing.
  package var isWeak: Bool { missing > 0 && assigned < wanted }

  /// One vote alone decides, because nodes are missing.
  package var isAlone: Bool { isWeak && assigned == 1 }

  /// `1 of 3 nodes: its vote alone decides`
  package var sentence: String { "\(live) of \(nodes) node\(nodes == 1 ? "" : "s"): \(consequence)" }

  private var consequence: String {
    if assigned == 0 { return "nobody probes, and what was decided is held" }
    if assigned == wanted { return "each peer still has its \(wanted) prober\(wanted == 1 ? "" : "s")" }
    if assigned == 1 { return "its vote alone decides" }
    if needed == 1 { return "one vote is enough to take a peer down" }
    if needed == assigned {
      return "only \(assigned == 2 ? "both" : "all \(assigned)") together take a peer down"
    }
    return "\(needed) of \(assigned) votes take a peer down"
  }
}

extension ClusterView {
  /// Nil: nobody is missing who had the upstream, or nobody checks it.
  package func strength(on view: UpstreamView) -> VotingStrength? {
    guard let checker = view.checker, view.head != nil else { return nil }
    let gone = missing.count { $0.ownInfo.map { $0.upstreams[view.name.text] != nil } ?? true }
    guard gone > 0 else { return nil }
    return VotingStrength(
      live: view.assignment.nodes.count, missing: gone, wanted: checker.probers, quorum: checker.quorum)
  }
}
