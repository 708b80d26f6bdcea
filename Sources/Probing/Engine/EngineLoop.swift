import CLinux
import Glibc
import HTTP2
import Health
import TLS

/// The engine's thread: one epoll, one timer wheel, all probes. It asks and measures; it judges nothing but answers.
///
/// Only its own thread touches it, but for `EngineMailbox`.
final class EngineLoop {
  /// A node that stood still for longer than this, in ns, believes nothing that it measured meanwhile.
  static let longestPauseNs: UInt64 = 2_000_000_000
  private static let eventsAtOnce = 512
  /// Rounds of reading before deadlines are looked at all the same.
  private static let mostRounds = 64

  let epoll: Int32
  let mailbox: EngineMailbox
  var slots: SlotTable
  var groups: [GroupSlot] = []
  var sockets: SocketTable
  var wheel: TimerWheel
  var results: ResultBatch
  var counters = EngineCounters()
  /// The time at which this round of the loop began.
  var nowNs: UInt64
  /// Where answers are read to before they are judged.
  let buffer: UnsafeMutablePointer<UInt8>
  /// The TLS of connections under way, by slot.
  var sessions: [Int32: TLSSession] = [:]
  let tlsContexts = TLSContexts()
  let http2 = HTTP2Library()
  /// Where what is encrypted is read to; nil: nothing was yet.
  var sealedBuffer: UnsafeMutableRawBufferPointer?
  /// Slots that may start because another of their group ended; they start when the round's events are handled.
  var admitted: [Int32] = []
  private var expired: [Int32] = []
  private let events: UnsafeMutablePointer<epoll_event>

  init(epoll: Int32, mailbox: EngineMailbox, sink: @escaping @Sendable ([ProbeResult]) -> Void) {
    self.epoll = epoll
    self.mailbox = mailbox
    slots = SlotTable()
    sockets = SocketTable(epoll: epoll)
    nowNs = SteadyClock.nowNs
    wheel = TimerWheel(now: Int64(nowNs / 1_000_000))
    results = ResultBatch(sink: sink)
    buffer = .allocate(capacity: StatusLine.longest)
    events = .allocate(capacity: Self.eventsAtOnce)
    events.initialize(repeating: epoll_event(), count: Self.eventsAtOnce)
  }

  deinit {
    buffer.deallocate()
    sealedBuffer?.deallocate()
    events.deallocate()
  }

  private func statistics() -> EngineStatistics {
    var statistics = counters.statistics(sockets: sockets)
    statistics.groups = groups.compactMap { group in
      var copy = group.statistics
      copy?.inFlight = group.inFlight
      return copy
    }
    return statistics
  }

  var nowMs: Int64 { Int64(nowNs / 1_000_000) }

  func run() {
    while let post = mailbox.popFirst() {
      for order in post.orders { apply(order) }
      for answer in post.asking { answer(statistics()) }
      let before = nowNs
      let planned = waitNs()
      readEvents(waitNs: planned)
      if nowNs - before > planned + Self.longestPauseNs { abandonAll() }
      expireTimers()
      startAdmitted()
      sockets.endPartings(nowMs: nowMs)
      if (wheel.ticksToWake ?? 2) > 1 { sockets.endConnections() }
      results.flushIfDue(nowNs: nowNs)
    }
    results.flush()
    leaveAll()
  }

  /// Lets the connections that are open end in order, as far as that is soon.
  private func leaveAll() {
    for slot in 0..<slots.count where slots[slot].stage.isInFlight { abandon(slot) }
    nowNs = SteadyClock.nowNs
    let endNs = nowNs + UInt64(mailbox.leaveMs) * 1_000_000
    while nowNs < endNs, sockets.partingUntilMs != nil { readEvents(waitNs: endNs - nowNs) }
    sockets.endPartings(nowMs: .max)
    sockets.endConnections()
  }

  /// Answers that are there are read before any deadline is looked at: an overloaded prober must not call its peers
  /// slow.
  private func readEvents(waitNs: UInt64) {
    var wait = waitNs
    for _ in 0..<Self.mostRounds {
      var time = timespec(tv_sec: Int(wait / 1_000_000_000), tv_nsec: Int(wait % 1_000_000_000))
      let count = epoll_pwait2(epoll, events, Int32(Self.eventsAtOnce), &time, nil)
      nowNs = SteadyClock.nowNs
      for index in 0..<max(Int(count), 0) {
        let event = events[index]
        if event.data.u64 == EngineMailbox.wakeMark { mailbox.clearWake() } else { handle(event) }
      }
      if count < Self.eventsAtOnce { return }
      wait = 0
    }
  }

  /// How long nothing will be due: until the tick of the next timer begins, or results want to leave.
  private func waitNs() -> UInt64 {
    guard admitted.isEmpty else { return 0 }
    let now = SteadyClock.nowNs
    var until = now + 1_000_000_000
    if let ticks = wheel.ticksToWake { until = min(until, UInt64(wheel.now + ticks) * 1_000_000) }
    if let due = results.dueNs { until = min(until, due) }
    if let ms = sockets.partingUntilMs { until = min(until, UInt64(ms) * 1_000_000) }
    return until > now ? until - now : 0
  }

  private func expireTimers() {
    guard nowMs > wheel.now else { return }
    sockets.endConnections()
    expired.removeAll(keepingCapacity: true)
    wheel.advance(to: nowMs, in: slots.base, into: &expired)
    for slot in expired {
      switch slots[slot].stage {
      case .waiting: admit(slot)
      case .connecting, .handshaking, .sending, .receiving: timeOut(slot)
      case .vacant, .queued: break
      }
    }
  }

  private func timeOut(_ slot: Int32) {
    let failure: Failure =
      switch slots[slot].stage {
      case .connecting: .connectTimedOut
      case .handshaking: .handshakeTimedOut
      case .sending: .sendTimedOut
      default: .receiveTimedOut
      }
    let isAnswering = slots[slot].stage == .receiving
    let progress = isAnswering ? slots[slot].exchange?.takeUnretainedValue().progress : nil
    finish(
      slot, .failure(failure), detail: progress.map { failure.detail(after: $0) },
      leave: slots[slot].stage == .connecting ? .reset : .fin)
  }

  /// Ends every probe under way without a word on its peer: the node stood still.
  private func abandonAll() {
    counters.pauses += 1
    for slot in 0..<slots.count where slots[slot].stage.isInFlight {
      finish(slot, .local(.paused))
    }
  }

  /// Starts the probe, or puts it in line where its group has no place.
  private func admit(_ slot: Int32) {
    let group = Int(slots[slot].group)
    guard groups[group].inFlight < groups[group].most else {
      slots[slot].stage = .queued
      return enqueue(slot, in: group)
    }
    groups[group].inFlight += 1
    start(slot)
  }

  private func startAdmitted() {
    while !admitted.isEmpty {
      sockets.endConnections()
      var batch: [Int32] = []
      swap(&batch, &admitted)
      // A start that fails at once admits the next; they are taken in turn, not by recursion.
      for slot in batch where slots[slot].stage == .queued { start(slot) }
    }
  }
}
