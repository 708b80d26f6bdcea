import Dispatch
import Synchronization

/// A value that is changed by some and waited for by others: who waits is told at the change, not by looking again
/// and again.
package final class Watched<Value: Sendable>: Sendable {
  private struct Waiter {
    var number: Int
    /// True: it has been answered.
    var tryNow: @Sendable (Value) -> Bool
    var giveUp: @Sendable () -> Void
  }

  private struct State {
    var value: Value
    var isClosed = false
    var waiters: [Waiter] = []
    var numbers = 0
  }

  private let state: Mutex<State>

  package init(_ value: Value) {
    state = Mutex(State(value: value))
  }

  package var value: Value { state.withLock { $0.value } }

  package func change<Answer: Sendable>(_ body: @Sendable (inout Value) -> Answer) -> Answer {
    state.withLock { state in
      let answer = body(&state.value)
      let value = state.value
      state.waiters.removeAll { $0.tryNow(value) }
      return answer
    }
  }

  /// Nothing changes any more: who still waits gets nil, at once.
  package func close() {
    let waiters = state.withLock { state in
      state.isClosed = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.giveUp() }
  }

  /// What `find` makes of the value as soon as that is something; nil when it was not within the time, or the value
  /// was closed before.
  package func first<Found: Sendable>(
    within limit: Duration, _ find: @escaping @Sendable (Value) -> Found?
  ) async -> Found? {
    await withCheckedContinuation { (continuation: CheckedContinuation<Found?, Never>) in
      let number = state.withLock { state -> Int? in
        let found = find(state.value)
        guard found == nil, !state.isClosed else {
          continuation.resume(returning: found)
          return nil
        }
        state.numbers += 1
        state.waiters.append(Self.waiter(state.numbers, continuation, find))
        return state.numbers
      }
      if let number { expire(number, after: limit) }
    }
  }

  private static func waiter<Found: Sendable>(
    _ number: Int, _ continuation: CheckedContinuation<Found?, Never>,
    _ find: @escaping @Sendable (Value) -> Found?
  ) -> Waiter {
    Waiter(
      number: number,
      tryNow: { value in
        guard let found = find(value) else { return false }
        continuation.resume(returning: found)
        return true
      }, giveUp: { continuation.resume(returning: nil) })
  }

  private func expire(_ number: Int, after limit: Duration) {
    let (seconds, attoseconds) = limit.components
    let ns = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(ns)) { [weak self] in
      let late = self?.state.withLock { state -> Waiter? in
        guard let index = state.waiters.firstIndex(where: { $0.number == number }) else { return nil }
        return state.waiters.remove(at: index)
      }
      late?.giveUp()
    }
  }
}
