import Backends
import Health
import Ledger

/// What a subscriber of the events channel hears, and when.
final class EventFeed: Sendable {
  struct Seen: Sendable {
    var event: LedgerEvent
    var at: ContinuousClock.Instant

    /// The peer that went down.
    var downPeer: PeerName? {
      guard case .transition(let transition) = event.change, transition.to == .down else { return nil }
      return transition.peer
    }
  }

  private let seen = Watched<[Seen]>([])

  /// Events so far.
  var count: Int { seen.value.count }

  /// Until the task is cancelled.
  fileprivate func listen(_ ledger: any LedgerStore) async {
    for await announcement in ledger.announcements(Listening(events: true)) {
      let now = ContinuousClock.now
      if case .event(let event) = announcement { seen.change { $0.append(Seen(event: event, at: now)) } }
    }
  }

  /// All that came from event number `start` on, as soon as so many peers of them are down.
  func downs(_ count: Int, from start: Int, within limit: Duration) async -> [Seen]? {
    await seen.first(within: limit) { seen in
      let downs = seen.dropFirst(start).filter { $0.downPeer != nil }
      return downs.count >= count ? downs : nil
    }
  }
}

/// Listens as long as the body runs.
func withEvents<Answer: Sendable>(
  of cluster: Cluster, _ body: @Sendable (EventFeed) async throws -> Answer
) async throws -> Answer {
  let feed = EventFeed()
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { await feed.listen(cluster.ledger) }
    defer { group.cancelAll() }
    return try await body(feed)
  }
}
