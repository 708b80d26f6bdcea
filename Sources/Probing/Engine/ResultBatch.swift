import Health

/// Results on their way out: many at once, so that nobody is woken for each.
struct ResultBatch {
  /// How long a success may wait for company, in ns. A failure does not wait: somebody may have to be told.
  static let longestWaitNs: UInt64 = 10_000_000
  static let most = 1024

  private let sink: @Sendable ([ProbeResult]) -> Void
  private var waiting: [ProbeResult] = []
  /// When what waits must leave; nil: nothing waits.
  private(set) var dueNs: UInt64?

  init(sink: @escaping @Sendable ([ProbeResult]) -> Void) {
    self.sink = sink
  }

  mutating func add(_ result: ProbeResult, nowNs: UInt64) {
    waiting.append(result)
    let isUrgent = result.outcome.verdict != .success || waiting.count >= Self.most
    dueNs = isUrgent ? nowNs : dueNs ?? nowNs + Self.longestWaitNs
  }

  mutating func flushIfDue(nowNs: UInt64) {
    guard let dueNs, dueNs <= nowNs else { return }
    flush()
  }

  mutating func flush() {
    dueNs = nil
    guard !waiting.isEmpty else { return }
    sink(waiting)
    waiting.removeAll(keepingCapacity: waiting.capacity <= 4 * Self.most)
  }
}
