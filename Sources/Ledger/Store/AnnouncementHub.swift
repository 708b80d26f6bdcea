import Synchronization

/// Tells listeners within this process.
final class AnnouncementHub: Sendable {
  /// Announcements that wait for a listener; past it they are dropped, and it hears of a gap.
  static let waiting = 4096

  private struct Listener: Sendable {
    var listening: Listening
    var continuation: AsyncStream<LedgerAnnouncement>.Continuation
    var hasMissed = false
    /// When the next tick is due, by the ledger's steady clock; nil: it wants none.
    var tickMs: Int64?

    mutating func tick(at steadyMs: Int64) {
      guard let due = tickMs, due <= steadyMs else { return }
      tickMs = next(after: steadyMs)
      hear(.tick)
    }

    func next(after steadyMs: Int64) -> Int64? {
      listening.ticks.map { steadyMs + Int64($0 / .milliseconds(1)) }
    }

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

  /// - Parameter steadyMs: the ledger's steady clock.
  func listen(_ listening: Listening, at steadyMs: Int64) -> AsyncStream<LedgerAnnouncement> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: LedgerAnnouncement.self, bufferingPolicy: .bufferingOldest(Self.waiting))
    continuation.yield(.listening)
    let number = state.withLock { state in
      state.last += 1
      var listener = Listener(listening: listening, continuation: continuation)
      listener.tickMs = listener.next(after: steadyMs)
      state.listeners[state.last] = listener
      return state.last
    }
    continuation.onTermination = { [weak self] _ in self?.forget(number) }
    return stream
  }

  private func forget(_ number: UInt64) {
    // Ended outside the lock: the end of a stream calls back.
    _ = state.withLock { $0.listeners.removeValue(forKey: number) }
  }

  func announce(_ announcements: [LedgerAnnouncement], at steadyMs: Int64) {
    state.withLock { state in
      for number in state.listeners.keys {
        for announcement in announcements { state.listeners[number]?.hear(announcement) }
        state.listeners[number]?.tick(at: steadyMs)
      }
    }
  }
}
