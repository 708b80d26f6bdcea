import NIOConcurrencyHelpers
import NIOCore

/// Between the event loop and the reader of a subscription: bounded, and what is dropped is told as a gap.
package final class EventBuffer: Sendable {
  private struct State {
    var events = CircularBuffer<RedisSubscriptionEvent>()
    /// Of the payloads in `events`.
    var bytes = 0
    /// Something was dropped: nothing more is taken before the reader has read what is there.
    var isOverflown = false
    var isFinished = false
    var reader: CheckedContinuation<RedisSubscriptionEvent?, Never>?

    mutating func takeFirst() -> RedisSubscriptionEvent? {
      if let event = events.popFirst() {
        bytes -= event.size
        return event
      }
      guard isOverflown else { return nil }
      isOverflown = false
      return .gap
    }
  }

  private let state = NIOLockedValueBox(State())
  private let messages: Int
  private let bytes: Int

  /// - Parameters:
  ///   - messages: that may wait; 1 or more.
  ///   - bytes: of all their payloads together.
  package init(messages: Int, bytes: Int) {
    self.messages = max(1, messages)
    self.bytes = bytes
  }

  /// A message came and could not be taken.
  package func miss() { put(.gap) }

  package func put(_ event: RedisSubscriptionEvent) {
    let reader = state.withLockedValue { state -> CheckedContinuation<RedisSubscriptionEvent?, Never>? in
      if state.isFinished || state.isOverflown { return nil }
      if let reader = state.reader {
        state.reader = nil
        return reader
      }
      if case .tick = event, !state.events.isEmpty { return nil }
      guard state.events.count < messages, state.bytes + event.size <= bytes else {
        state.isOverflown = true
        return nil
      }
      state.bytes += event.size
      state.events.append(event)
      return nil
    }
    reader?.resume(returning: event)
  }

  /// Nil: finished and empty. A reader whose task is cancelled finishes the buffer.
  package func next() async -> RedisSubscriptionEvent? {
    let event = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = state.withLockedValue { state -> RedisSubscriptionEvent?? in
          if let event = state.takeFirst() { return event }
          if state.isFinished { return .some(nil) }
          state.reader = continuation
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      finish()
    }
    if case .message(_, let payload) = event { payload.arena.checkSealed() }
    return event
  }

  /// What is there can still be read.
  package func finish() {
    let reader = state.withLockedValue { state in
      state.isFinished = true
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resume(returning: nil)
  }
}

extension RedisSubscriptionEvent {
  fileprivate var size: Int {
    guard case .message(_, let payload) = self else { return 0 }
    return Int(payload.node.length)
  }
}
