package import Health
import Synchronization

/// What a node knows now of every upstream: written by the agent, read by everything that serves.
///
/// A read takes the whole value under a short lock; it never waits for the ledger.
package final class Board: Sendable {
  private let state = Mutex(BoardState())

  package init() {}

  /// The state now. Compare its versions to know whether a rendered page still holds.
  package var current: BoardState { state.withLock { $0 } }

  package func apply(_ update: BoardUpdate) {
    state.withLock { $0.apply(update) }
  }
}

/// A change of the board.
package enum BoardUpdate: Sendable {
  /// The upstreams shown, in this order; others are taken off.
  case order([UpstreamName])
  /// One upstream as it is now.
  case upstream(UpstreamView)
  /// Whether the consensus shown is held without the ledger's word.
  case stale(Bool)
  /// The nodes as they are now.
  case cluster(ClusterView)
}

/// What the board shows at one moment.
package struct BoardState: Sendable {
  /// Grows with every change.
  package private(set) var version: UInt64 = 0
  /// Grows when a list of upstreams or peers, or a status, changes: all that lua-resty's pages show.
  package private(set) var statusVersion: UInt64 = 0
  /// The order of the configuration.
  package private(set) var order: [UpstreamName] = []
  package private(set) var stale = false
  /// Nil before anything is known of the nodes.
  package private(set) var cluster: ClusterView?
  private var views: [UpstreamName: UpstreamView] = [:]

  init() {}

  /// The upstreams in order. One that is configured but has no view yet is left out.
  package var upstreams: [UpstreamView] { order.compactMap { views[$0] } }

  package subscript(_ name: UpstreamName) -> UpstreamView? { views[name] }

  /// Whether every configured upstream has been decided once; false before the settings are known.
  package var isComplete: Bool { !order.isEmpty && order.allSatisfy { views[$0] != nil } }

  /// When the last commit of any upstream was made: milliseconds since 1970; 0: none was.
  package var checkedMs: Int64 { views.values.lazy.compactMap { $0.head?.checkedMs }.max() ?? 0 }

  mutating func apply(_ update: BoardUpdate) {
    version += 1
    switch update {
    case .order(let names):
      if names != order { statusVersion += 1 }
      order = names
      let kept = Set(names)
      views = views.filter { kept.contains($0.key) }
    case .upstream(var view):
      view.version = version
      if views[view.name]?.showsSameStatus(as: view) != true { statusVersion += 1 }
      views[view.name] = view
    case .stale(let stale):
      self.stale = stale
    case .cluster(let cluster):
      self.cluster = cluster
    }
  }
}
