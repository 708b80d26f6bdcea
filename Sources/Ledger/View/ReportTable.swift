package import Health

/// What one node says of one peer.
package struct NodeReport: Hashable, Sendable {
  package var node: String
  /// Nil: an assigned node that has not reported yet.
  package var report: Report?
  /// The node is one of the peer's probers.
  package var isAssigned: Bool
  /// It is a vote: from an assigned node that lives, of its present run, not late, and the ledger is in reach.
  package var counts: Bool

  package init(node: String, report: Report?, isAssigned: Bool, counts: Bool) {
    self.node = node
    self.report = report
    self.isAssigned = isAssigned
    self.counts = counts
  }
}

/// Who says what of the peers of one upstream, as one node knows it.
package struct ReportTable: Sendable {
  private let view: UpstreamView
  private let own: String
  /// The nodes whose reports are of the run that lives.
  private let fresh: Set<String>
  /// Whoever reports, by name; the node itself is not among them.
  private let reporters: [String]

  /// - Parameters:
  ///   - own: the node that knows this, whose own reports stand with the peers.
  ///   - cluster: nil: no other node is known, so that only its own reports count.
  package init(_ view: UpstreamView, of own: String, in cluster: ClusterView?) {
    self.view = view
    self.own = own
    reporters = view.reportsByNode.keys.filter { $0 != own }.sorted()
    // Who cannot reach the ledger knows of no vote that anybody counts, not even its own.
    var fresh: Set<String> = view.isHeld ? [] : [own]
    for node in cluster?.nodes ?? []
    where !view.isHeld && node.isLive && view.reportsByNode[node.member.node]?.run == node.member.run {
      fresh.insert(node.member.node)
    }
    self.fresh = fresh
  }

  /// Of every node that is assigned or reports, by name.
  ///
  /// - Parameter place: that of the peer in the view.
  package func reports(on index: Int) -> [NodeReport] {
    guard view.peers.indices.contains(index) else { return [] }
    let assigned = view.assignment.names(of: index)
    let peer = view.peers[index]
    var found: [NodeReport] = []
    found.reserveCapacity(assigned.count)
    for node in assigned {
      let report = node == own ? peer.report : view.reportsByNode[node]?.reports[peer.record.peer]
      let counts = fresh.contains(node) && report.map { !$0.late } ?? false
      found.append(NodeReport(node: node, report: report, isAssigned: true, counts: counts))
    }
    if let report = peer.report, !assigned.contains(own) {
      found.append(NodeReport(node: own, report: report, isAssigned: false, counts: false))
    }
    for node in reporters where !assigned.contains(node) {
      guard let report = view.reportsByNode[node]?.reports[peer.record.peer] else { continue }
      found.append(NodeReport(node: node, report: report, isAssigned: false, counts: false))
    }
    return found.sorted { $0.node < $1.node }
  }

  /// The peers that the fresh reports of other nodes call down or failing: nearly none, so that whoever shows 10,000
  /// peers need look closely at these alone.
  package var doubted: Set<PeerName> {
    var doubted: Set<PeerName> = []
    for node in reporters where fresh.contains(node) {
      for (peer, report) in view.reportsByNode[node]?.reports ?? [:]
      where report.state == .down || report.nok > 0 {
        doubted.insert(peer)
      }
    }
    return doubted
  }
}
