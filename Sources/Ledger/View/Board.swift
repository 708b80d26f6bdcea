package import Health
import Synchronization

/// What a node knows now of every upstream: written by the agent, read by everything that serves.
///
/// A read takes the whole value under a short lock; it never waits for the ledger.
package final class Board: Sendable {
  private let state = Mutex(BoardState())
  private let listeners = Mutex(Listeners())

  private struct Listeners: Sendable {
    var last: UInt64 = 0
    var all: [UInt64: AsyncStream<Void>.Continuation] = [:]
  }

  package init() {}

  /// The state now. Compare its versions to know whether a rendered page still holds.
  package var current: BoardState { state.withLock { $0 } }

  /// The upstreams whose head has changed since the last call; for the one who reads their events.
  package func takeMoved() -> Set<UpstreamName> { state.withLock { $0.takeMoved() } }

  package func apply(_ update: BoardUpdate) {
    state.withLock { $0.apply(update) }
    listeners.withLock { listeners in
      for listener in listeners.all.values { listener.yield() }
    }
  }

  /// Tells at once, and then whenever something has changed; changes that nobody has taken note of yet are told as
  /// one. Ends with the reading task.
  package func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    continuation.yield()
    let number = listeners.withLock { listeners in
      listeners.last += 1
      listeners.all[listeners.last] = continuation
      return listeners.last
    }
    continuation.onTermination = { [weak self] _ in self?.forget(number) }
    return stream
  }

  private func forget(_ number: UInt64) {
    // Ended outside the lock: the end of a stream calls back.
    _ = listeners.withLock { $0.all.removeValue(forKey: number) }
  }
}

/// A change of the board.
package enum BoardUpdate: Sendable {
  /// The upstreams shown, in this order; others are taken off.
  case order([UpstreamName])
  /// One upstream as it is now. With a trouble of its own it is stale by itself.
  case upstream(UpstreamView)
  /// Whether the consensus shown is held without the ledger's word.
  case stale(Bool)
  /// The nodes as they are now.
  case cluster(ClusterView)
  /// Where this node gets its peers from.
  case discovery(DiscoveryView)
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
  package private(set) var discovery = DiscoveryView()
  /// As they were told.
  private var views: [UpstreamName: UpstreamView] = [:]
  /// The same without evidence, of all while what is shown is stale, and of those with a trouble of their own: made once
  /// for each change and not for each reader.
  private var held: [UpstreamName: UpstreamView] = [:]
  private var moved: Set<UpstreamName> = []

  init() {}

  /// The upstreams in order. One that is configured but has no view yet is left out.
  package var upstreams: [UpstreamView] { order.compactMap { self[$0] } }

  /// While what is shown of it is stale nothing in the view is `confirmed`, and no report in it counts.
  package subscript(_ name: UpstreamName) -> UpstreamView? {
    stale ? held[name] : held[name] ?? views[name]
  }

  /// Whether what is shown of an upstream is held without the ledger's word.
  package func isStale(_ view: UpstreamView) -> Bool { stale || view.trouble != nil }

  /// Whether every configured upstream has been decided once; false before the settings are known.
  package var isComplete: Bool {
    // Asked after each change until it is so: nothing is walked or copied before there are enough.
    !order.isEmpty && views.count >= order.count && order.allSatisfy { views.index(forKey: $0) != nil }
  }

  /// Whether the board has been complete once: an upstream that is new, or not decided again yet, takes nothing from
  /// those that have been.
  package private(set) var hasBeenComplete = false

  /// When the last commit of any upstream was made: milliseconds since 1970; 0: none was.
  package var checkedMs: Int64 { views.values.lazy.compactMap { $0.head?.checkedMs }.max() ?? 0 }

  /// When the consensus shown was last known to be the ledger's, by the last sign of the ledger, a heartbeat or a
  /// commit: milliseconds since 1970; 0: there was none.
  package var asOfMs: Int64 { max(checkedMs, cluster?.newestMs ?? 0) }

  mutating func takeMoved() -> Set<UpstreamName> {
    defer { moved = [] }
    return moved
  }

  mutating func apply(_ update: BoardUpdate) {
    version += 1
    switch update {
    case .order(let names):
      if names != order { statusVersion += 1 }
      order = names
      let kept = Set(names)
      views = views.filter { kept.contains($0.key) }
      held = held.filter { kept.contains($0.key) }
    case .upstream(var view):
      view.version = version
      view.sources = discovery.sources[view.name] ?? []
      if views[view.name]?.showsSameStatus(as: view) != true { statusVersion += 1 }
      if views[view.name]?.head != view.head { moved.insert(view.name) }
      views[view.name] = view
      held[view.name] = isStale(view) ? view.heldWithoutEvidence(at: version) : nil
    case .stale(let stale):
      guard stale != self.stale else { break }
      self.stale = stale
      held = views.filter { isStale($0.value) }.mapValues { $0.heldWithoutEvidence(at: version) }
    case .cluster(let cluster):
      self.cluster = cluster
    case .discovery(let discovery):
      take(discovery)
    }
    if !hasBeenComplete { hasBeenComplete = isComplete }
  }

  private mutating func take(_ new: DiscoveryView) {
    let before = discovery
    discovery = new
    for name in Set(before.sources.keys).union(new.sources.keys)
    where before.sources[name] != new.sources[name] {
      guard var view = views[name] else { continue }
      view.sources = new.sources[name] ?? []
      view.version = version
      views[name] = view
      if isStale(view) { held[name] = view.heldWithoutEvidence(at: version) }
    }
  }
}
