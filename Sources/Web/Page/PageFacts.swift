import Health
import Ledger

/// One row of the page: a peer and the upstream it belongs to.
struct PeerRow: Sendable {
  var upstream: UpstreamView
  var peer: PeerView
  var condition: PeerCondition
}

/// One upstream, walked once for all that the page says of it.
struct UpstreamFacts: Sendable {
  var view: UpstreamView
  var conditions: [PeerCondition]
  var count: [PeerCondition: Int] = [:]

  init(_ view: UpstreamView) {
    self.view = view
    let isChecked = view.checker != nil
    conditions = view.peers.map { PeerCondition($0, isChecked: isChecked) }
    for condition in conditions { count[condition, default: 0] += 1 }
  }

  var down: Int { count[.down] ?? 0 }
  var up: Int { view.peers.count - down }
  var problems: Int { down + (count[.held] ?? 0) + (count[.failing] ?? 0) }

  /// The peers with a condition up to `worst`, in the order of the configuration.
  func rows(upTo worst: PeerCondition = .unchecked) -> some Sequence<PeerRow> {
    conditions.lazy.enumerated().filter { $0.element <= worst }.map {
      PeerRow(upstream: view, peer: view.peers[$0.offset], condition: $0.element)
    }
  }
}

/// What the whole page is about.
struct PageFacts: Sendable {
  var upstreams: [UpstreamFacts]
  var count: [PeerCondition: Int] = [:]
  var stale: Bool
  /// Configured upstreams of which nothing has been decided yet.
  var undecided: Int

  init(_ state: BoardState) {
    upstreams = state.upstreams.map(UpstreamFacts.init)
    stale = state.stale
    undecided = state.order.count - upstreams.count
    for upstream in upstreams { count.merge(upstream.count, uniquingKeysWith: +) }
  }

  var peers: Int { count.values.reduce(0, +) }
  var down: Int { count[.down] ?? 0 }
  var failing: Int { count[.failing] ?? 0 }
  var unchecked: Int { count[.unchecked] ?? 0 }
  var up: Int { peers - down }

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
