import Synchronization

/// Counts connections and tells which are one too many.
final class ConnectionGate: Sendable {
  enum Admission: Hashable, Sendable {
    case served
    /// Told 503 and closed.
    case refused
    /// Closed without a word: even refusals are too many.
    case dropped
  }

  private let limit: Int
  private let open = Mutex(0)

  init(limit: Int) {
    self.limit = limit
  }

  func enter() -> Admission {
    let count = open.withLock { open in
      open += 1
      return open
    }
    if count <= limit { return .served }
    return count <= limit * 2 ? .refused : .dropped
  }

  func leave() {
    open.withLock { $0 -= 1 }
  }
}
