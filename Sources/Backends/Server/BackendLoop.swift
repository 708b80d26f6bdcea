import Glibc

/// A backend's thread: one listener, its connections, the turns of its schedule.
final class BackendLoop {
  /// Connections at once; past that they wait in the listener's queue.
  private static let mostOpen = 4096

  private let registry: BackendRegistry
  private var listener: Listener
  private var conversations: [Conversation] = []
  private var schedule: [Turn] = []
  private var scheduleNumber = 0
  private var turnsBeganMs: Int64 = 0
  private var numbers = 0

  init(registry: BackendRegistry, listener: consuming Listener) {
    self.registry = registry
    self.listener = listener
  }

  func run() {
    while let order = registry.currentOrder() {
      if order.number != scheduleNumber {
        schedule = order.turns
        scheduleNumber = order.number
        turnsBeganMs = Self.nowMs
      }
      let turn = turn(at: Self.nowMs)
      // A port that is lost cannot be had back by trying harder; the backend then refuses.
      try? listener.set(turn.behavior.door)
      registry.took(scheduleNumber, open: conversations.count)
      wait(until: turn.endMs)
      acceptAll(turn.behavior)
      goOn()
    }
    for index in conversations.indices { conversations[index].shut() }
  }

  private func turn(at nowMs: Int64) -> (behavior: Behavior, endMs: Int64) {
    let whole = schedule.reduce(0) { $0 + Int64($1.ms) }
    guard schedule.count > 1, whole > 0 else { return (schedule.first?.behavior ?? .refusing, .max) }
    let begin = nowMs - (nowMs - turnsBeganMs) % whole
    var end = begin
    for turn in schedule {
      end += Int64(turn.ms)
      if nowMs < end { return (turn.behavior, end) }
    }
    return (schedule[0].behavior, begin + whole)
  }

  private func wait(until turnEndMs: Int64) {
    var waiting = [pollfd(fd: registry.bell, events: Int16(POLLIN), revents: 0)]
    let isOpen = listener.door == .open && conversations.count < Self.mostOpen
    waiting.append(pollfd(fd: isOpen ? listener.descriptor : -1, events: Int16(POLLIN), revents: 0))
    var wake = turnEndMs
    for conversation in conversations {
      let events = conversation.need == .output ? POLLIN | POLLOUT : POLLIN
      waiting.append(pollfd(fd: conversation.descriptor, events: Int16(events), revents: 0))
      wake = min(wake, conversation.wakeMs)
    }
    let ms = wake == .max ? -1 : max(wake - Self.nowMs, 0)
    _ = poll(&waiting, nfds_t(waiting.count), Int32(clamping: ms))
    if waiting[0].revents != 0 { registry.clearBell() }
  }

  private func acceptAll(_ behavior: Behavior) {
    guard listener.door == .open else { return }
    while conversations.count < Self.mostOpen, let descriptor = Socket.accept(listener.descriptor) {
      conversations.append(
        Conversation(descriptor: descriptor, number: numbers, steps: behavior.steps, nowMs: Self.nowMs))
      numbers += 1
      registry.accepted()
    }
  }

  private func goOn() {
    let nowMs = Self.nowMs
    for index in conversations.indices {
      let before = conversations[index]
      conversations[index].receive(nowMs: nowMs)
      registry.note(before: before, after: conversations[index])
      let received = conversations[index]
      conversations[index].proceed(nowMs: nowMs)
      registry.note(before: received, after: conversations[index])
      if conversations[index].hasAnswered, !received.hasAnswered { registry.answered() }
    }
    conversations.removeAll { $0.need == .nothing }
  }

  static var nowMs: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
