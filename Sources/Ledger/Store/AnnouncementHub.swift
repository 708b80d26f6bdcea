import Synchronization

/// Tells listeners within this process.
final class AnnouncementHub: Sendable {
  /// Announcements that wait for a listener; past it they are dropped, and it hears of a gap.
  static let waiting = 4096

  private struct Listener: Sendable {
    var listening: Listening
    var continuation: AsyncStream<LedgerAnnouncement>.Continuation
    var hasMissed = false

    mutating func hear(_ announcement: LedgerAnnouncement) {
      guard listening.wants(announcement) else { return }
      if hasMissed {
        guard case .enqueued = continuation.yield(.gap) else { return }
        hasMissed = false
      }
      if case .dropped = continuation.yield(announcement) { hasMissed = true }
    }
  }

  private struct State: Sendable {
    var listeners: [UInt64: Listener] = [:]
    var last: UInt64 = 0
  }

  private let state = Mutex(State())

  func listen(_ listening: Listening) -> AsyncStream<LedgerAnnouncement> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: LedgerAnnouncement.self, bufferingPolicy: .bufferingOldest(Self.waiting))
    continuation.yield(.listening)
    let number = state.withLock { state in
      state.last += 1
      state.listeners[state.last] = Listener(listening: listening, continuation: continuation)
      return state.last
    }
    continuation.onTermination = { [weak self] _ in self?.forget(number) }
    return stream
  }

  private func forget(_ number: UInt64) {
    // Ended outside the lock: the end of a stream calls back.
    _ = state.withLock { $0.listeners.removeValue(forKey: number) }
  }

  func announce(_ announcements: [LedgerAnnouncement]) {
    state.withLock { state in
      for number in state.listeners.keys {
        for announcement in announcements { state.listeners[number]?.hear(announcement) }
      }
    }
  }
}
