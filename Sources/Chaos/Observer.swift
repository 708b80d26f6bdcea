import Backends
import Dispatch
import Glibc
import Health
import Ledger

/// Looks at the cluster from outside while it is disturbed: what a reader of Redis is told, and the pages of all nodes.
final class Observer: Sendable {
  struct Seen: Sendable {
    var judge = Judge()
    var violations: [String] = []
    /// Pages that were read.
    var pages = 0
    /// The highest term and number of each upstream on the page of each start of a node.
    var positions: [String: (term: UInt64, seq: UInt64)] = [:]
    /// Nodes that nothing disturbs and that were not in step when they were looked at last.
    var outOfStep: Set<String> = []
    /// Since when there is one.
    var outSince: ContinuousClock.Instant?
    /// Times in which there was one, in their order.
    var outages: [Range<ContinuousClock.Instant>] = []

    mutating func note(_ node: String, isInStep: Bool, at now: ContinuousClock.Instant) {
      if isInStep { outOfStep.remove(node) } else { outOfStep.insert(node) }
      if outOfStep.isEmpty {
        if let since = outSince { outages.append(since..<now) }
        outSince = nil
      } else {
        outSince = outSince ?? now
      }
    }
  }

  let seen = Watched(Seen())
  let truth = Watched(Truth())

  static var nowMs: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Until the task is cancelled.
  func follow(_ store: any LedgerStore) async {
    for await news in store.follow(.all) {
      let truth = truth.value
      let nowMs = Self.nowMs
      seen.change { $0.judge.hear(news, against: truth, at: nowMs) }
    }
  }

  /// Until the task is cancelled.
  func watch(_ name: String, of nodes: NodeSet) async {
    while !Task.isCancelled {
      let state = nodes.state(name)
      let page = state.isUndisturbed ? await nodes.page(name) : nil
      seen.change { seen in
        seen.note(name, isInStep: !state.isUndisturbed || page?.stale == false, at: .now)
        guard let page else { return }
        seen.pages += 1
        for upstream in page.upstreams { note(upstream, "\(name) (start \(state.start))", &seen) }
      }
      try? await Task.sleep(for: .milliseconds(100))
    }
  }

  private func note(_ upstream: NodeSet.Page.Upstream, _ node: String, _ seen: inout Seen) {
    guard let term = upstream.term, let seq = upstream.seq else { return }
    let key = "\(node) \(upstream.name)"
    if let before = seen.positions[key], term < before.term {
      seen.violations.append(
        "the page of \(node) shows term \(term) of \(upstream.name) after \(before.term)")
    }
    seen.positions[key] = (term, seq)
  }

  /// Returns when all undisturbed nodes are in step; false: they were not within the time.
  func isInStep(within limit: Duration = .seconds(60)) async -> Bool {
    // A look that began before the fault was over does not count.
    try? await Task.sleep(for: .milliseconds(250))
    return await seen.first(within: limit) { $0.outOfStep.isEmpty ? true : nil } ?? false
  }

  /// The longest time since then in which an undisturbed node was not in step.
  func longestOutage(since begin: ContinuousClock.Instant) -> Duration {
    let outages = seen.value.outages.filter { $0.upperBound > begin }
    return outages.map { $0.upperBound - $0.lowerBound }.max() ?? .zero
  }

  var violations: [String] { seen.value.judge.violations + seen.value.violations }
}
