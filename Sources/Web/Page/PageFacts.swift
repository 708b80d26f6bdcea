import Health
import Ledger

/// One row of the page: a peer and the upstream it belongs to.
struct PeerRow: Sendable {
  var upstream: UpstreamView
  var peer: PeerView
  var condition: PeerCondition
  /// What each node says of it, and whether that counts.
  var reports: [NodeReport]

  /// The report to show: this node's own, or else that of a prober who agrees with what is decided, or else any.
  var seen: (report: Report, by: String?)? {
    if let own = peer.report { return (own, nil) }
    let told = reports.filter { $0.report != nil }
    let best =
      told.first { $0.counts && $0.report?.state == peer.record.decided } ?? told.first { $0.counts }
      ?? told.first
    return best.flatMap { found in found.report.map { ($0, found.node) } }
  }
}

/// One upstream, walked once for all that the page says of it.
struct UpstreamFacts: Sendable {
  var view: UpstreamView
  var conditions: [PeerCondition]
  var count: [PeerCondition: Int] = [:]
  /// The live nodes whose settings have another definition.
  var drift: [String]
  private var table: ReportTable

  init(_ view: UpstreamView, of node: String, in cluster: ClusterView?) {
    self.view = view
    drift = cluster?.drifting(from: view.head, of: view.name) ?? []
    let table = ReportTable(view, of: node, in: cluster)
    self.table = table
    let isChecked = view.checker != nil
    let doubted = table.doubted
    conditions = view.peers.enumerated().map { place, peer in
      let isDoubted = !doubted.isEmpty && doubted.contains(peer.record.peer) && table.isDoubted(place)
      return PeerCondition(peer, isChecked: isChecked, isDoubted: isDoubted, isHeld: view.isHeld)
    }
    for condition in conditions { count[condition, default: 0] += 1 }
  }

  var down: Int { count[.down] ?? 0 }
  var out: Int { count[.out] ?? 0 }
  var forced: Int { count[.forced] ?? 0 }
  var up: Int { view.peers.count - down - out - forced }
  /// It has peers, and none that readers may use.
  var isDead: Bool { !view.peers.isEmpty && up + forced == 0 }
  var problems: Int { conditions.count - (count[.up] ?? 0) - (count[.unchecked] ?? 0) }

  /// The peers with a condition up to `worst`, in the order of the configuration.
  func rows(upTo worst: PeerCondition = .unchecked) -> some Sequence<PeerRow> {
    conditions.lazy.enumerated().filter { $0.element <= worst }.map {
      PeerRow(
        upstream: view, peer: view.peers[$0.offset], condition: $0.element,
        reports: table.reports(on: $0.offset))
    }
  }
}

extension ReportTable {
  /// Whether a vote calls the peer down or counts failures.
  fileprivate func isDoubted(_ place: Int) -> Bool {
    reports(on: place).contains { vote in
      vote.counts && vote.report.map { $0.state == .down || $0.nok > 0 } ?? false
    }
  }
}

/// What the whole page is about.
struct PageFacts: Sendable {
  var upstreams: [UpstreamFacts]
  var count: [PeerCondition: Int] = [:]
  var stale: Bool
  /// When what is shown was last known to be the ledger's: ms since 1970; 0: never.
  var asOfMs: Int64
  /// Nil: this node is alone, or knows of no node yet.
  var cluster: ClusterFacts?
  /// What is wrong between this node and the ledger.
  var troubles: [LedgerTrouble]
  /// Configured upstreams of which nothing has been decided yet.
  var undecided: Int

  /// - Parameter node: the one whose page this is.
  init(_ state: BoardState, of node: String) {
    upstreams = state.upstreams.map { UpstreamFacts($0, of: node, in: state.cluster) }
    stale = state.stale
    asOfMs = state.asOfMs
    cluster = state.cluster?.contact == .alone ? nil : ClusterFacts(state)
    troubles = state.cluster?.troubles ?? []
    undecided = state.order.count - upstreams.count
    for upstream in upstreams { count.merge(upstream.count, uniquingKeysWith: +) }
  }

  var peers: Int { count.values.reduce(0, +) }
  var down: Int { count[.down] ?? 0 }
  var out: Int { count[.out] ?? 0 }
  var forced: Int { count[.forced] ?? 0 }
  var failing: Int { count[.failing] ?? 0 }
  var unchecked: Int { count[.unchecked] ?? 0 }
  var up: Int { peers - down - out - forced }
  /// Upstreams without a peer that readers may use.
  var dead: [UpstreamFacts] { upstreams.filter(\.isDead) }

  /// Peers with a problem, the worst first.
  func problems(upTo worst: PeerCondition = .failing) -> some Sequence<PeerRow> {
    PeerCondition.allCases.lazy.filter { $0 <= worst && $0.isProblem }.flatMap { condition in
      upstreams.lazy.filter { ($0.count[condition] ?? 0) > 0 }.flatMap { facts in
        facts.rows(upTo: condition).lazy.filter { $0.condition == condition }
      }
    }
  }

  /// Peers whose name, or whose upstream's name, contains the text; letter case of ASCII does not matter.
  func matching(_ text: String) -> some Sequence<PeerRow> {
    let text = text.lowercased()
    return upstreams.lazy.flatMap { facts in
      let all = facts.view.name.text.lowercased().contains(text)
      return facts.rows().lazy.filter { all || $0.peer.record.peer.text.lowercased().contains(text) }
    }
  }
}
