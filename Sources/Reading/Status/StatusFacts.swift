package import Health
package import Ledger

/// A peer, the upstream it belongs to, and what is known of it.
package struct PeerRow: Sendable {
  package var upstream: UpstreamView
  package var peer: PeerView
  package var condition: PeerCondition
  /// What each node says of it, and whether that counts.
  package var proberVotes: [ProberVote]

  /// The report to show: this node's own, or else that of a prober who agrees with what is decided, or else any.
  package var seen: (report: Report, by: String?)? {
    if let own = peer.report { return (own, nil) }
    let told = proberVotes.filter { $0.report != nil }
    let best =
      told.first { $0.counts && $0.report?.state == peer.record.decided } ?? told.first { $0.counts }
      ?? told.first
    return best.flatMap { found in found.report.map { ($0, found.node) } }
  }
}

/// One upstream, walked once for all that is said of it.
package struct UpstreamFacts: Sendable {
  package var view: UpstreamView
  package var conditions: [PeerCondition]
  package var count: [PeerCondition: Int] = [:]
  /// The live nodes whose settings have another definition.
  package var drift: [String]
  private var table: ProberVoteTable

  init(_ view: UpstreamView, of node: String, in cluster: ClusterView?) {
    self.view = view
    drift = Drift.nodes(in: cluster, from: view.head?.digest, of: view.name)
    let table = ProberVoteTable(view, of: node, in: cluster)
    self.table = table
    let isChecked = view.checker != nil
    let doubted = table.doubted
    conditions = view.peers.enumerated().map { index, peer in
      let isDoubted = !doubted.isEmpty && doubted.contains(peer.record.peer) && table.isDoubted(index)
      return PeerCondition(peer, isChecked: isChecked, isDoubted: isDoubted, isHeld: view.isHeld)
    }
    for condition in conditions { count[condition, default: 0] += 1 }
  }

  package var down: Int { count[.down] ?? 0 }
  package var out: Int { count[.out] ?? 0 }
  package var forced: Int { count[.forced] ?? 0 }
  package var up: Int { view.peers.count - down - out - forced }
  /// It has peers, and none that readers may use.
  package var isDead: Bool { !view.peers.isEmpty && up + forced == 0 }
  package var problems: Int { conditions.count - (count[.up] ?? 0) - (count[.unchecked] ?? 0) }

  /// The peers with a condition up to `worst`, in the order of the configuration.
  ///
  /// - Parameters:
  ///   - skipped: so many of them are left out first.
  ///   - most: so many of the others are told.
  package func rows(upTo worst: PeerCondition = .unchecked, skipping skipped: Int = 0, most: Int) -> [PeerRow]
  {
    rows(skipping: skipped, most: most) { $0 <= worst }
  }

  func rows(of condition: PeerCondition, most: Int) -> [PeerRow] {
    (count[condition] ?? 0) > 0 ? rows(skipping: 0, most: most) { $0 == condition } : []
  }

  private func rows(skipping skipped: Int, most: Int, _ isMeant: (PeerCondition) -> Bool) -> [PeerRow] {
    var rows: [PeerRow] = []
    var left = skipped
    for (index, condition) in conditions.enumerated() where isMeant(condition) {
      if left > 0 {
        left -= 1
      } else if rows.count < most {
        rows.append(row(index))
      } else {
        break
      }
    }
    return rows
  }

  func row(_ index: Int) -> PeerRow {
    PeerRow(
      upstream: view, peer: view.peers[index], condition: conditions[index],
      proberVotes: table.proberVotes(on: index)
    )
  }
}

extension ProberVoteTable {
  /// Whether a vote calls the peer down or counts failures.
  fileprivate func isDoubted(_ index: Int) -> Bool {
    proberVotes(on: index).contains { vote in
      vote.counts && vote.report.map { $0.state == .down || $0.nok > 0 } ?? false
    }
  }
}

/// What there is to be said of all upstreams together, as a board has them.
package struct StatusFacts: Sendable {
  package var upstreams: [UpstreamFacts]
  package var count: [PeerCondition: Int] = [:]
  package var stale: Bool
  /// When what is shown was last known to be the ledger's: ms since 1970; 0: never.
  package var asOfMs: Int64
  /// What this node has to do with the others; nil: nothing is known yet.
  package var contact: ClusterView.Contact?
  /// Nil: this node is alone, or knows of no node yet.
  package var cluster: ClusterFacts?
  /// What is wrong between this node and the ledger.
  package var troubles: [LedgerTrouble]
  /// Configured upstreams of which nothing has been decided yet.
  package var undecided: Int

  /// - Parameter node: the one whose board this is.
  package init(_ state: BoardState, of node: String) {
    upstreams = state.upstreams.map { UpstreamFacts($0, of: node, in: state.cluster) }
    stale = state.stale
    asOfMs = state.asOfMs
    contact = state.cluster?.contact
    cluster = contact == .alone ? nil : ClusterFacts(state)
    troubles = state.cluster?.troubles ?? []
    undecided = state.order.count - upstreams.count
    for upstream in upstreams { count.merge(upstream.count, uniquingKeysWith: +) }
  }

  package var peers: Int { count.values.reduce(0, +) }
  package var down: Int { count[.down] ?? 0 }
  package var out: Int { count[.out] ?? 0 }
  package var forced: Int { count[.forced] ?? 0 }
  package var failing: Int { count[.failing] ?? 0 }
  package var unchecked: Int { count[.unchecked] ?? 0 }
  package var up: Int { peers - down - out - forced }
  /// Upstreams without a peer that readers may use.
  package var dead: [UpstreamFacts] { upstreams.filter(\.isDead) }

  /// Peers with a problem, the worst first.
  package func problems(upTo worst: PeerCondition = .failing, most: Int) -> [PeerRow] {
    var rows: [PeerRow] = []
    for condition in PeerCondition.allCases where condition <= worst && condition.isProblem {
      for facts in upstreams where rows.count < most {
        rows += facts.rows(of: condition, most: most - rows.count)
      }
    }
    return rows
  }

  /// Peers whose name, or whose upstream's name, contains the text; letter case of ASCII does not matter.
  ///
  /// - Parameter most: so many of them are told.
  /// - Returns: how many there are, too.
  package func matching(_ text: String, most: Int) -> (rows: [PeerRow], count: Int) {
    let text = text.lowercased()
    var rows: [PeerRow] = []
    var count = 0
    for facts in upstreams {
      let all = facts.view.name.text.lowercased().contains(text)
      for (index, peer) in facts.view.peers.enumerated()
      where all || peer.record.peer.text.lowercased().contains(text) {
        count += 1
        if rows.count < most { rows.append(facts.row(index)) }
      }
    }
    return (rows, count)
  }
}
