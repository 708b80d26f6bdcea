package import Health

/// All nodes as one node knows them.
package struct ClusterView: Hashable, Sendable {
  /// What this node has to do with the others.
  package enum Contact: String, Hashable, Sendable, CaseIterable {
    /// The ledger is in this process: there are no others.
    case alone
    /// The ledger cannot be reached, or has not been yet.
    case lost
    /// It is reached again; for a while no member is dropped and no transition decided.
    case settling
    case steady
  }

  package var contact: Contact
  /// The members, by name; the node itself among them once the ledger has heard it.
  package var nodes: [NodeView]
  /// The nodes that ended without leaving, by name, as they were last heard: `Member.atMs` tells when. None is live.
  package var missing: [NodeView]
  /// What is wrong between this node and the ledger, at most one of each area.
  package var troubles: [LedgerTrouble]
  /// What this node had to ask again, but for what is an upstream's.
  package var retries: [RetryCount] = []

  package init(
    contact: Contact, nodes: [NodeView], missing: [NodeView] = [], troubles: [LedgerTrouble] = []
  ) {
    self.contact = contact
    self.nodes = nodes
    self.missing = missing
    self.troubles = troubles
  }

  /// When the last heartbeat of any node was heard: milliseconds since 1970, by the ledger's clock; 0: none was.
  package var newestMs: Int64 { nodes.lazy.map(\.member.atMs).max() ?? 0 }

  /// The live nodes whose settings have another definition of an upstream than the one in force, by name.
  package func drifting(from head: Head?, of upstream: UpstreamName) -> [String] {
    guard let digest = head?.digest, !digest.isEmpty else { return [] }
    return nodes.filter { $0.isLive && $0.drifts(from: digest, of: upstream) }.map(\.member.node)
  }
}

/// One member as a node knows it.
package struct NodeView: Hashable, Sendable {
  package var member: Member
  /// It counts: its heartbeats go on, and it is not leaving.
  package var isLive: Bool
  /// What it is; nil: not read yet.
  package var nodeInfo: NodeInfo?

  package init(member: Member, isLive: Bool, nodeInfo: NodeInfo?) {
    self.member = member
    self.isLive = isLive
    self.nodeInfo = nodeInfo
  }

  /// The node info of the present run; nil: it has not been read yet, or is an earlier run's.
  package var ownInfo: NodeInfo? { nodeInfo?.run == member.run ? nodeInfo : nil }

  /// Whether its settings have another definition of the upstream than the one of this digest. A node that does not
  /// have the upstream does not drift.
  package func drifts(from digest: String, of upstream: UpstreamName) -> Bool {
    ownInfo?.upstreams[upstream.text].map { $0 != digest } ?? false
  }
}
