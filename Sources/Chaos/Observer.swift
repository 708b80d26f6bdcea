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
    /// Nodes that are disturbed, or behind, when they were looked at last.
    var outOfStep: Set<String> = []
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
        if page?.stale == false { seen.outOfStep.remove(name) } else { seen.outOfStep.insert(name) }
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

  /// Returns how long it took until all undisturbed nodes are in step; nil: they were not within the time.
  func untilInStep(_ nodes: NodeSet, within limit: Duration = .seconds(60)) async -> Duration? {
    let begin = ContinuousClock.now
    // A look that began before the fault was over does not count.
    try? await Task.sleep(for: .milliseconds(250))
    let isInStep = await seen.first(within: limit) { seen in
      seen.outOfStep.allSatisfy { !nodes.state($0).isUndisturbed } ? true : nil
    }
    return isInStep == true ? .now - begin : nil
  }

  var violations: [String] { seen.value.judge.violations + seen.value.violations }
}
