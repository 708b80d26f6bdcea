package import Health
package import Ledger

/// All that the ledger tells of the nodes, read once.
package struct ClusterReading: Sendable {
  /// Milliseconds since 1970, by the ledger's clock.
  package var atMs: Int64
  package var members: [Member]
  /// Nodes that ended without leaving, as they were last heard.
  package var missing: [Member]
  package var nodeInfos: [String: NodeInfo]
  /// The digest of the definition in force of each upstream.
  package var digests: [UpstreamName: String]
  package var leases: [UpstreamName: TimedLease]
  /// Milliseconds that a member may be silent.
  package var expiryMs: Int

  package init(
    atMs: Int64, members: [Member], missing: [Member] = [], nodeInfos: [String: NodeInfo],
    digests: [UpstreamName: String],
    leases: [UpstreamName: TimedLease], expiryMs: Int
  ) {
    self.atMs = atMs
    self.members = members
    self.missing = missing
    self.nodeInfos = nodeInfos
    self.digests = digests
    self.leases = leases
    self.expiryMs = expiryMs
  }

  package static func read(_ store: any LedgerStore, expiryMs: Int) async throws(LedgerError) -> Self {
    let members = try await store.members()
    let named = Set(members.map(\.node))
    // One that came back between the two is a member.
    let missing = try await store.missing().filter { !named.contains($0.node) }
    let nodeInfos = try await store.nodeInfos(of: (members + missing).map(\.node))
    let digests = try await store.upstreams()
    // Last, so that its time is not before that of any heartbeat.
    let leases = try await store.leases(of: digests.keys.sorted())
    return ClusterReading(
      atMs: leases.atMs, members: members, missing: missing, nodeInfos: nodeInfos, digests: digests,
      leases: leases.leases,
      expiryMs: expiryMs)
  }

  /// The nodes as they are by the ledger's clock. Nodes judge each other by what they see change; this is for people and
  /// programs alone.
  package var view: ClusterView {
    func node(_ member: Member, isLive: Bool) -> NodeView {
      NodeView(member: member, isLive: isLive, nodeInfo: nodeInfos[member.node])
    }
    return ClusterView(
      contact: .steady,
      nodes: members.map { node($0, isLive: $0.isLive(atMs: atMs, expiryMs: expiryMs)) },
      missing: missing.map { node($0, isLive: false) })
  }

  package var facts: ClusterFacts {
    let upstreams = digests.keys.sorted().map { name in
      ClusterFacts.InForce(name: name, digest: digests[name], leader: leases[name]?.lease.holder)
    }
    return ClusterFacts(view, upstreams, areSettingsKnown: false)
  }

  /// Milliseconds since a node was last heard.
  package func heardMs(_ node: NodeFacts) -> Int64 { max(0, atMs - node.member.atMs) }
}

extension Member {
  /// - Parameter atMs: the ledger's time of the reading.
  func isLive(atMs now: Int64, expiryMs: Int) -> Bool { !isLeaving && now - atMs <= Int64(expiryMs) }
}

extension ClusterFacts {
  /// Upstreams of which one live node is left, and others that had it are missing, in the order in which they are shown.
  func alone(of upstreams: [UpstreamName]) -> [UpstreamName] {
    upstreams.filter { upstream in
      let having = nodes.filter { $0.nodeInfo?.upstreams[upstream.text] != nil }
      return having.count { $0.view.isLive } == 1 && having.contains { $0.isMissing }
    }
  }
}
