import Synchronization

/// A line with many senders and one taker, who gets all that waits at once.
final class Mailbox<Element: Sendable>: Sendable {
  private struct State {
    var waiting: [Element] = []
    /// Comes after all that waits, once, however often it was put.
    var last: Element?
    var isClosed = false
    var taker: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// Adds an element. Past `close` it is dropped: nobody would take it.
  func put(_ element: Element) {
    change { $0.waiting.append(element) }
  }

  /// Adds an element that says the same however often it waits: it is taken once, after the others.
  func putOnce(_ element: Element) {
    change { $0.last = element }
  }

  /// False: so many wait already, and this one is dropped.
  func offer(_ element: Element, most: Int) -> Bool {
    var isTaken = false
    change { state in
      isTaken = state.waiting.count < most
      if isTaken { state.waiting.append(element) }
    }
    return isTaken
  }

  /// Who takes may leave what still waits.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Nothing more comes. What waits can still be taken.
  func close() {
    change { $0.isClosed = true }
  }

  /// All that waits, or what comes next; nil: closed, and nothing is left.
  func nextBatch() async -> [Element]? {
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        let isReady = state.isClosed || !state.waiting.isEmpty || state.last != nil
        if !isReady { state.taker = continuation }
        return isReady
      }
      if isReady { continuation.resume() }
    }
    return state.withLock { state in
      if let last = state.last { state.waiting.append(last) }
      state.last = nil
      guard !state.waiting.isEmpty else { return nil }
      defer { state.waiting = [] }
      return state.waiting
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let taker = state.withLock { state in
      guard !state.isClosed else { return CheckedContinuation<Void, Never>?.none }
      body(&state)
      defer { state.taker = nil }
      return state.taker
    }
    taker?.resume()
  }
}
