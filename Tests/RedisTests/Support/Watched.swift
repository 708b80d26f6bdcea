import NIOConcurrencyHelpers

/// A value that any thread may change, and that a test can wait for to be as it wants it.
final class Watched<Value: Sendable>: Sendable {
  private struct State {
    var value: Value
    var waiting: [(isSeen: @Sendable (Value) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state: NIOLockedValueBox<State>

  init(_ value: Value) {
    state = NIOLockedValueBox(State(value: value))
  }

  var value: Value { state.withLockedValue { $0.value } }

  func change(_ body: (inout Value) -> Void) {
    let awake = state.withLockedValue { state in
      body(&state.value)
      let value = state.value
      let awake = state.waiting.filter { $0.isSeen(value) }
      state.waiting.removeAll { $0.isSeen(value) }
      return awake.map(\.continuation)
    }
    for continuation in awake { continuation.resume() }
  }

  /// Returns when the value is as wanted, or the test's time limit has come.
  func wait(until isSeen: @escaping @Sendable (Value) -> Bool) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isThere = state.withLockedValue { state in
          if isSeen(state.value) || Task.isCancelled { return true }
          state.waiting.append((isSeen, continuation))
          return false
        }
        if isThere { continuation.resume() }
      }
    } onCancel: {
      let asleep = state.withLockedValue { state in
        defer { state.waiting = [] }
        return state.waiting.map(\.continuation)
      }
      for continuation in asleep { continuation.resume() }
    }
  }
}

/// A few entries in the order in which they came.
typealias Journal<Entry: Sendable> = Watched<[Entry]>

extension Watched {
  convenience init<Entry>() where Value == [Entry] {
    self.init([])
  }

  func add<Entry>(_ entry: Entry) where Value == [Entry] {
    change { $0.append(entry) }
  }

  var entries: Value { value }
}
