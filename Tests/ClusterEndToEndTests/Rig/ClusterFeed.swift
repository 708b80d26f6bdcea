import Backends
import Health
import Ledger

/// What a reader of Redis sees, from its first look on.
final class ClusterFeed: Sendable {
  struct Seen: Sendable {
    /// Each once, in the order of their coming.
    var events: [LedgerEvent] = []
    var status: [PeerName: PeerState] = [:]
    var heads: [Head] = []

    var transitions: [Transition] {
      events.compactMap { if case .transition(let transition) = $0.change { transition } else { nil } }
    }

    /// Numbers go on by one, but for a resync, which may leap ahead.
    var isWithoutGap: Bool {
      zip(events, events.dropFirst()).allSatisfy { before, after in
        after.seq == before.seq + 1 || after.change == .resync && after.seq > before.seq
      }
    }
  }

  let seen = Watched(Seen())
  private let task: Task<Void, Never>

  init(_ store: any LedgerStore) {
    let seen = seen
    task = Task {
      for await news in store.follow(.all) {
        seen.change { seen in
          switch news {
          case .event(let event):
            seen.events.append(event)
            if case .transition(let transition) = event.change {
              seen.status[transition.peer] = transition.to
            }
          case .snapshot(_, let snapshot):
            seen.status = snapshot.status
            seen.heads.append(snapshot.head)
          case .absent, .unreachable, .deaf: break
          }
        }
      }
    }
  }

  func end() { task.cancel() }

  var now: Seen { seen.value }

  func first(within limit: Duration = .seconds(40), _ isSo: @escaping @Sendable (Seen) -> Bool) async -> Bool
  {
    await seen.first(within: limit) { isSo($0) ? true : nil } ?? false
  }
}
