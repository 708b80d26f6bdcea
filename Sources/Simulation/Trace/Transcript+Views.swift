import Health
import Ledger

/// What readers get to see at each node.
extension Transcript {
  /// - Parameter before: what the node showed until now; nil: nothing.
  func shows(_ view: UpstreamView, before: UpstreamView?, _ node: SimulatedNode, at us: Int64) {
    guard let before, before.head?.digest == view.head?.digest else {
      let name = self.name(of: view.name)
      return add(node.name, "shows \(name.isEmpty ? "" : "\(name): ")\(summary(view))", at: us)
    }
    for (old, new) in zip(before.peers, view.peers) where old.record.status != new.record.status {
      let thing = name(of: new.record.peer)
      add(
        node.name,
        Phrase(
          before: "shows", kind: "peer", things: [thing], upstream: of(view.name),
          after: new.record.status.rawValue),
        at: us)
    }
    // What decisions rest on is known first by who makes them.
    guard view.lease?.holder.node == node.name else { return }
    for (old, new) in zip(before.peers, view.peers) {
      let thing = name(of: new.record.peer)
      switch (old.record.evidence, new.record.evidence) {
      case (.confirmed, .stale), (.assumed, .stale):
        add(
          node.name,
          Phrase(before: "has too few votes on", kind: "peer", things: [thing], upstream: of(view.name)),
          at: us)
      case (.stale, .confirmed):
        add(
          node.name,
          Phrase(
            before: "has votes enough on", kind: "peer", things: [thing], upstream: of(view.name),
            after: "again"),
          at: us)
      default: break
      }
    }
  }

  func showsNoMore(_ upstream: UpstreamName, _ node: SimulatedNode, at us: Int64) {
    add(node.name, "shows \(names.upstreams.isEmpty ? "the upstream" : upstream.text) no more", at: us)
  }

  func shows(_ view: ClusterView, before: ClusterView?, _ node: SimulatedNode, at us: Int64) {
    let missing = view.missing.map(\.member.node)
    let missed = before?.missing.map(\.member.node) ?? []
    for name in missing where !missed.contains(name) {
      add(node.name, Phrase(before: "shows", things: [name], after: "as missing"), at: us)
    }
    for name in missed where !missing.contains(name) {
      add(node.name, Phrase(before: "misses", things: [name], after: "no more"), at: us)
    }
    guard view.contact != before?.contact else { return }
    switch view.contact {
    case .alone, .lost: break
    case .settling: add(node.name, "settles: turns nothing before all had time to be heard", at: us)
    case .steady: add(node.name, "is settled", at: us)
    }
  }

  /// How it all stands.
  func tellState(_ when: String, _ nodes: [SimulatedNode], at us: Int64) {
    for upstream in names.upstreams.isEmpty ? [Setup.upstream] : names.upstreams {
      tellState(of: upstream, when, nodes.filter(\.isRunning), at: us)
    }
  }

  private func tellState(
    of upstream: UpstreamName, _ when: String, _ running: [SimulatedNode], at us: Int64
  ) {
    let states = running.map { node in
      (node.view(of: upstream).map { endSummary($0) } ?? "nothing") + (node.isStale ? ", as stale" : "")
    }
    let of = self.of(upstream)
    if running.count > 1, let first = states.first, states.allSatisfy({ $0 == first }) {
      let names = running.map(\.name).joined(separator: ", ")
      return add(when, "\(names) show the same\(of.isEmpty ? "" : " \(of)"): \(first)", at: us)
    }
    let name = self.name(of: upstream)
    for (node, state) in zip(running, states) {
      add(when, "\(node.name) shows \(name.isEmpty ? "" : "\(name): ")\(state)", at: us)
    }
  }

  private func endSummary(_ view: UpstreamView) -> String {
    let leader = view.lease.map { "\($0.holder.node) leads" } ?? "nobody leads"
    return "\(summary(view)); seq \(view.head?.seq ?? 0); \(leader)"
  }

  private func summary(_ view: UpstreamView) -> String {
    var parts = ["settings \(name(ofSettings: view.head?.digest ?? ""))"]
    for state in [PeerState.up, .down] {
      let peers = view.peers.filter { $0.record.status == state }.map { name(of: $0.record.peer) }
      if !peers.isEmpty { parts.append(Phrase(kind: "peer", things: peers, after: state.rawValue).text) }
    }
    return parts.joined(separator: ", ")
  }
}
