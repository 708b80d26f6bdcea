import Synchronization

/// A line with many takers, who get one each, in order.
final class Turnstile<Element: Sendable>: Sendable {
  private struct State {
    /// Those before `first` are gone.
    var waiting: [Element?] = []
    var first = 0
    var isClosed = false
    var takers: [CheckedContinuation<Element?, Never>] = []

    /// Room is given back when half of it is behind.
    mutating func advance() {
      waiting[first] = nil
      first += 1
      guard first * 2 > waiting.count else { return }
      waiting.removeFirst(first)
      first = 0
    }
  }

  private let state = Mutex(State())

  func put(_ element: Element) {
    let taker = state.withLock { state -> CheckedContinuation<Element?, Never>? in
      guard !state.isClosed else { return nil }
      if let taker = state.takers.popLast() { return taker }
      state.waiting.append(element)
      return nil
    }
    taker?.resume(returning: element)
  }

  /// The next one; nil: closed, and nothing is left.
  func next() async -> Element? {
    await withCheckedContinuation { continuation in
      let found = state.withLock { state -> Element?? in
        if state.first < state.waiting.count {
          defer { state.advance() }
          return .some(state.waiting[state.first])
        }
        if state.isClosed { return .some(nil) }
        state.takers.append(continuation)
        return nil
      }
      if let found { continuation.resume(returning: found) }
    }
  }

  /// Nothing more comes. Of what waits, only what is `wanted` is still handed out.
  func close(_ wanted: (Element) -> Bool) {
    let takers = state.withLock { state in
      state.isClosed = true
      state.waiting = state.waiting[state.first...].filter { $0.map(wanted) ?? false }
      state.first = 0
      defer { state.takers = [] }
      return state.takers
    }
    for taker in takers { taker.resume(returning: nil) }
  }
}
