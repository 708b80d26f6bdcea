import Glibc
import Synchronization

/// What a backend's thread and its users tell each other.
final class BackendRegistry: Sendable {
  struct Order {
    var number = 1
    var turns: [Turn]
    var isStopped = false
  }

  /// What the thread shows.
  struct View {
    /// The number of the order that the listener follows by now.
    var taken = 0
    var counts = Counts()
    var lastRequest: [UInt8] = []
  }

  private let order: Mutex<Order>
  let view = Watched(View())
  /// The reading end wakes the thread.
  let bell: Int32
  private let rope: Int32

  init(_ turns: [Turn]) throws(BackendError) {
    (bell, rope) = try Socket.pair()
    order = Mutex(Order(turns: turns))
  }

  deinit {
    close(bell)
    close(rope)
  }

  // MARK: The users' side

  /// Puts up another schedule; returns its number.
  func give(_ turns: [Turn]) -> Int {
    let number = order.withLock { order in
      order.number += 1
      order.turns = turns
      return order.number
    }
    ring()
    return number
  }

  func stop() {
    order.withLock { $0.isStopped = true }
    ring()
  }

  private func ring() {
    var byte: UInt8 = 1
    // One that is full rings already.
    _ = send(rope, &byte, 1, Int32(MSG_DONTWAIT))
  }

  // MARK: The thread's side

  func clearBell() {
    var bytes = [UInt8](repeating: 0, count: 256)
    while recv(bell, &bytes, bytes.count, Int32(MSG_DONTWAIT)) > 0 {}
  }

  /// Nil: stop.
  func currentOrder() -> Order? {
    let order = order.withLock { $0 }
    if order.isStopped { view.close() }
    return order.isStopped ? nil : order
  }

  func took(_ number: Int, open: Int) {
    view.change {
      $0.taken = number
      $0.counts.open = open
    }
  }

  func accepted() {
    view.change { $0.counts.accepted += 1 }
  }

  func answered() {
    view.change { $0.counts.answered += 1 }
  }

  private func left(_ conversation: Conversation) {
    view.change {
      $0.counts.closed += conversation.end == .closed ? 1 : 0
      $0.counts.reset += conversation.end == .reset ? 1 : 0
    }
  }

  /// Keeps what a connection received, and how the other side left it.
  func note(before: Conversation, after: Conversation) {
    if after.end != before.end { left(after) }
    guard after.request.count != before.request.count else { return }
    let isWhole = after.hasWholeRequest && !before.hasWholeRequest
    view.change {
      $0.lastRequest = after.request
      $0.counts.requests += isWhole ? 1 : 0
    }
  }
}
