import CLinux
import Glibc
import Health
import Synchronization

/// The door between the engine's thread and everyone else.
final class EngineMailbox: Sendable {
  /// The mark of the wake-up descriptor among epoll's events.
  static let wakeMark = UInt64.max

  private struct State {
    var orders: [ProbeAction] = []
    var isStopped = false
    var leaveMs: Int64 = 0
    var asking: [@Sendable (EngineStatistics) -> Void] = []
  }

  /// Orders, and those who want to know how things stand once they are obeyed.
  struct Post {
    var orders: [ProbeAction] = []
    var asking: [@Sendable (EngineStatistics) -> Void] = []
  }

  private let state = Mutex(State())
  private let wake: Int32

  /// Nil when the system has no descriptor left.
  init?(epoll: Int32) {
    wake = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
    guard wake >= 0 else { return nil }
    var event = epoll_event()
    event.events = EPOLLIN.rawValue
    event.data.u64 = Self.wakeMark
    guard epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event) == 0 else {
      close(wake)
      return nil
    }
  }

  deinit { close(wake) }

  func post(_ orders: [ProbeAction]) {
    state.withLock { $0.orders.append(contentsOf: orders) }
    ring()
  }

  /// - Parameter leaveMs: how long the engine waits for answers that are under way.
  func stop(leaveMs: Int64) {
    let asking = state.withLock { state in
      state.isStopped = true
      state.leaveMs = leaveMs
      defer { state.asking = [] }
      return state.asking
    }
    for answer in asking { answer(EngineStatistics()) }
    ring()
  }

  func ask(_ answer: @escaping @Sendable (EngineStatistics) -> Void) {
    let isStopped = state.withLock { state in
      if !state.isStopped { state.asking.append(answer) }
      return state.isStopped
    }
    if isStopped { return answer(EngineStatistics()) }
    ring()
  }

  private func ring() {
    var one: UInt64 = 1
    // A counter that is full is awake already.
    _ = write(wake, &one, 8)
  }

  // MARK: The engine's side

  /// What has come since the last call; nil: stop.
  func popFirst() -> Post? {
    state.withLock { state in
      guard !state.isStopped else { return nil }
      guard !state.orders.isEmpty || !state.asking.isEmpty else { return Post() }
      defer {
        state.orders = []
        state.asking = []
      }
      return Post(orders: state.orders, asking: state.asking)
    }
  }

  var leaveMs: Int64 { state.withLock { $0.leaveMs } }

  func clearWake() {
    var count: UInt64 = 0
    _ = read(wake, &count, 8)
  }
}
