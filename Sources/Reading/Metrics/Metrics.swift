import Health
package import Ledger

/// `/metrics`: what this node knows of the cluster, the upstreams and the peers.
///
/// lua-resty's own metric stays at `/status?format=prometheus`, where its dashboards look for it.
package enum Metrics {
  /// - Parameters:
  ///   - node: the one whose board this is.
  ///   - version: the program's.
  package static func render(_ state: BoardState, node: String, version: String) -> [UInt8] {
    let upstreams = state.upstreams
    var lines = MetricLines(reserving: 4096 + upstreams.reduce(0) { $0 + 1000 + $1.peers.count * 320 })
    write(state, node, version, to: &lines)
    if let facts = ClusterFacts(state) { write(facts, to: &lines) }
    if let cluster = state.cluster {
      TroubleMetrics.write(cluster, to: &lines)
      RetryMetrics.write(cluster, upstreams, to: &lines)
    }
    write(upstreams, state, node, to: &lines)
    writeCounts(upstreams, to: &lines)
    DiscoveryMetrics.write(state.discovery, to: &lines)
    writePeers(upstreams, state, node, to: &lines)
    return lines.page.bytes
  }

  private static func write(
    _ state: BoardState, _ node: String, _ version: String, to lines: inout MetricLines
  ) {
    lines.family("quorate_info", .gauge, "This node and its version.") {
      $0.sample(["node": node, "version": version], 1)
    }
    lines.family(
      "quorate_stale", .gauge, "1: the ledger cannot be reached, and the last consensus is served."
    ) {
      $0.sample([:], state.stale ? 1 : 0)
    }
    lines.family(
      "quorate_contact", .gauge, "What this node has to do with the others: 1 at the state that holds."
    ) { family in
      for contact in ClusterView.Contact.allCases {
        family.sample(["state": contact.rawValue], state.cluster?.contact == contact ? 1 : 0)
      }
    }
  }

  private static func write(_ facts: ClusterFacts, to lines: inout MetricLines) {
    lines.family("quorate_nodes", .gauge, "Nodes by what they are: warm and cold ones live.") { family in
      for condition in NodeFacts.Condition.allCases {
        let count = facts.nodes.count { $0.condition == condition }
        family.sample(["state": condition.rawValue], count)
      }
    }
    lines.family(
      "quorate_node_heartbeat_lag_seconds", .gauge,
      "How far the last heartbeat of a node is behind the newest of all."
    ) { family in
      for node in facts.nodes { family.sample(["node": node.name], ms: node.lagMs) }
    }
    lines.family(
      "quorate_node_missing_since_timestamp_seconds", .gauge,
      "When a node was last heard that ended without leaving."
    ) { family in
      for node in facts.missing { family.sample(["node": node.name], ms: node.member.atMs) }
    }
    lines.family("quorate_node_leads", .gauge, "Upstreams that a node decides for.") { family in
      for node in facts.nodes { family.sample(["node": node.name], node.leads.count) }
    }
    lines.family("quorate_node_probes", .gauge, "Peers that are assigned to a node.") { family in
      for node in facts.nodes { family.sample(["node": node.name], node.probes ?? 0) }
    }
    lines.family(
      "quorate_node_refused", .gauge,
      "1: Redis refuses what a node reports, so that it does not probe, or what it decides, so that it does not lead."
    ) { family in
      for node in facts.nodes {
        for (what, name) in Member.Refused.all {
          family.sample(
            ["node": node.name, "what": name], node.member.refused.contains(what) ? 1 : 0)
        }
      }
    }
    lines.family(
      "quorate_node_drift", .gauge,
      "Upstreams of which a node's settings have another definition than the one in force."
    ) { family in
      for node in facts.nodes { family.sample(["node": node.name], node.drift.count) }
    }
  }

  private static func write(
    _ upstreams: [UpstreamView], _ state: BoardState, _ node: String, to lines: inout MetricLines
  ) {
    let checked = upstreams.filter { $0.head != nil }
    lines.family("quorate_leader", .gauge, "1: this node decides for the upstream.") { family in
      for view in checked {
        family.sample(["upstream": view.name.text], view.lease?.holder.node == node ? 1 : 0)
      }
    }
    lines.family("quorate_probers", .gauge, "Nodes that probe each peer of the upstream.") { family in
      for view in checked { family.sample(["upstream": view.name.text], view.assignment.width) }
    }
    lines.family(
      "quorate_probers_wanted", .gauge, "Nodes that should probe each peer of the upstream, by its settings."
    ) { family in
      for view in checked {
        let wanted = state.cluster?.contact == .alone ? view.assignment.width : view.checker?.probers ?? 0
        family.sample(["upstream": view.name.text], wanted)
      }
    }
    lines.family(
      "quorate_vote_alone", .gauge,
      "1: nodes are missing, and one node's vote alone decides for the upstream."
    ) { family in
      for view in checked {
        let isAlone = state.cluster?.strength(on: view)?.isAlone == true
        family.sample(["upstream": view.name.text], isAlone ? 1 : 0)
      }
    }
    lines.family(
      "quorate_upstream_stale", .gauge,
      "1: what is shown of the upstream is the last that is known, since it cannot be read, or nothing can."
    ) { family in
      for view in checked { family.sample(["upstream": view.name.text], state.isStale(view) ? 1 : 0) }
    }
    lines.family(
      "quorate_upstream_panic", .gauge,
      "1: fewer of the upstream's peers are up than its settings want (panic)."
    ) { family in
      for view in checked where view.checker?.panicBelow != nil {
        family.sample(["upstream": view.name.text], view.head?.panic == true ? 1 : 0)
      }
    }
    lines.family("quorate_leaderless", .gauge, "1: nobody decides for the upstream now.") { family in
      for view in checked { family.sample(["upstream": view.name.text], view.lease == nil ? 1 : 0) }
    }
    lines.family("quorate_events_total", .counter, "Events of the upstream: its last sequence number.") {
      family in
      for view in checked { family.sample(["upstream": view.name.text], view.head?.seq ?? 0) }
    }
    lines.family(
      "quorate_last_commit_timestamp_seconds", .gauge, "When the upstream's last commit was made."
    ) { family in
      for view in checked { family.sample(["upstream": view.name.text], ms: view.head?.checkedMs ?? 0) }
    }
    lines.family(
      "quorate_drifting_nodes", .gauge, "Live nodes whose settings have another definition of the upstream."
    ) { family in
      for view in checked { family.sample(["upstream": view.name.text], state.drift(of: view).count) }
    }
  }

  private static func writePeers(
    _ upstreams: [UpstreamView], _ state: BoardState, _ node: String, to lines: inout MetricLines
  ) {
    lines.family("quorate_peer_up", .gauge, "1: the peer is up, by consensus or an operator's word.") {
      family in
      for view in upstreams {
        for peer in view.peers {
          let record = peer.record
          family.sample(
            ["upstream": view.name.text, "peer": record.peer.text, "role": record.role.rawValue],
            record.status == .up ? 1 : 0)
        }
      }
    }
    lines.family("quorate_peer_votes", .gauge, "Fresh votes of the nodes assigned to the peer.") { family in
      for view in upstreams where view.checker != nil {
        let table = ReportTable(view, of: node, in: state.cluster)
        for (index, peer) in view.peers.enumerated() {
          let votes = table.reports(on: index).filter(\.counts)
          for vote in [PeerState.up, .down] {
            family.sample(
              ["upstream": view.name.text, "peer": peer.record.peer.text, "vote": vote.rawValue],
              votes.count { $0.report?.state == vote })
          }
        }
      }
    }
    lines.family(
      "quorate_peer_degraded", .gauge,
      "1: the peer is up, and a probe of it took longer than its settings' degraded_above."
    ) { family in
      for view in upstreams where view.checker?.degradedAboveMs != nil {
        let slowest = Degradation.slowest(in: view, of: node, in: state.cluster)
        for (index, peer) in view.peers.enumerated() {
          family.sample(
            ["upstream": view.name.text, "peer": peer.record.peer.text], slowest[index] == nil ? 0 : 1)
        }
      }
    }
    lines.family(
      "quorate_peer_certificate_end_timestamp_seconds", .gauge,
      "When the certificate of an https peer ends, or one that it depends on, since 1970."
    ) { family in
      for view in upstreams where view.checker?.securedBy != nil {
        let ends = CertificateEnd.earliest(in: view, of: node, in: state.cluster)
        for (index, peer) in view.peers.enumerated() {
          guard let end = ends[index] else { continue }
          family.sample(["upstream": view.name.text, "peer": peer.record.peer.text], end)
        }
      }
    }
    lines.family("quorate_peer_override", .gauge, "1: an operator's word on the peer is in force.") {
      family in
      for view in upstreams {
        for case (let peer, let word?) in view.peers.lazy.map({ ($0.record.peer, $0.record.overrideInForce) })
        {
          family.sample(
            ["upstream": view.name.text, "peer": peer.text, "state": word.state.rawValue], 1)
        }
      }
    }
  }
}
