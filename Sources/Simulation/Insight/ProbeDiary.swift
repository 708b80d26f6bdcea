import Cluster
import Health
import Ledger

/// Each node's view of each peer of each upstream, counted anew from what its probes found.
struct ProbeDiary {
  private struct Entry {
    var run = ""
    /// Since when it is watched: another view begins where that is another moment.
    var sinceUs: Int64 = .min
    var streak = Streak()
    /// No result has agreed with the state yet: it follows what is decided.
    var isInherited = true
    /// When its last result that counts came, by the node's clock: ms.
    var lastMs: Int64?
    /// When the view last was `up` or `down`, at the end of a probe that counts: true µs.
    var upUs: Int64 = .min
    var downUs: Int64 = .min
  }

  /// By peer, then by node.
  private var entries = PerUpstream<[[Entry]]>([])

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    guard case .probed(let node, let watch, let verdict) = traceEvent,
      let checker = node.groups[watch.target.group], !node.isLastProbeVoid
    else { return }
    if case .local = verdict { return }
    observe(watch, by: node, verdict, checker, in: world, &entries[watch.upstream])
  }

  private func observe(
    _ watch: SimulatedWatch, by node: SimulatedNode, _ verdict: Outcome.Verdict, _ checker: Checker,
    in world: World,
    _ entries: inout [[Entry]]
  ) {
    let peer = watch.peer
    if entries.isEmpty { entries = world.backends.map { _ in [] } }
    while entries[peer].count <= node.number { entries[peer].append(Entry()) }
    var entry = entries[peer][node.number]
    if entry.run != node.run || entry.sinceUs != watch.sinceUs {
      entry.run = node.run
      entry.sinceUs = watch.sinceUs
      entry.streak = Streak()
      entry.isInherited = true
      entry.lastMs = nil
    }
    if isLate(entry, node, checker, in: world) { entry.isInherited = true }
    entry.lastMs = node.steadyMs(at: world.nowUs)
    // It starts from what is decided, as far as the node knows.
    let known = node.view(of: watch.upstream)?.peers.first { $0.record.peer == watch.target.peer }
    let decided = known?.record.decided ?? .up
    let wasInherited = entry.isInherited
    if entry.isInherited {
      if entry.streak.state != decided { entry.streak = Streak(state: decided) }
    }
    switch verdict {
    case .success: _ = entry.streak.succeed(checker.thresholds)
    default: _ = entry.streak.fail(checker.thresholds)
    }
    if (verdict == .success) == (entry.streak.state == .up) { entry.isInherited = false }
    // What is decided may have turned since it was shown, and back, and the view began anew each time: one result that agrees makes
    // it the node's own.
    if wasInherited || (verdict == .success) == (decided == .up) {
      if verdict == .success { entry.upUs = world.nowUs } else { entry.downUs = world.nowUs }
    }
    guard !entry.isInherited else {
      entries[peer][node.number] = entry
      return
    }
    if entry.streak.state == .up { entry.upUs = world.nowUs } else { entry.downUs = world.nowUs }
    entries[peer][node.number] = entry
  }

  /// The node has had no result for so long that its view was none any more: it begins anew.
  private func isLate(_ entry: Entry, _ node: SimulatedNode, _ checker: Checker, in world: World) -> Bool {
    guard let lastMs = entry.lastMs else { return false }
    return node.steadyMs(at: world.nowUs) - lastMs > ProbeSchedule.overdueMs(checker: checker)
  }

  /// How many nodes had this view of the peer at some moment since `us`.
  func count(of state: PeerState, on peer: Int, of upstream: UpstreamName, since us: Int64) -> Int {
    let entries = entries[upstream]
    guard entries.indices.contains(peer) else { return 0 }
    return entries[peer].count { (state == .up ? $0.upUs : $0.downUs) >= us }
  }

  /// When a probe of the peer that counts last ended; nil: none ever did.
  func lastUs(of peer: Int, of upstream: UpstreamName) -> Int64? {
    let entries = entries[upstream]
    guard entries.indices.contains(peer) else { return nil }
    let last = entries[peer].lazy.map { max($0.upUs, $0.downUs) }.max() ?? .min
    return last == .min ? nil : last
  }
}

/// How old what a decision rests on may be: ms of true time.
struct FreshnessBounds {
  let checker: Checker
  let setup: Setup
  let slowness: Int64

  init(_ checker: Checker, in world: World) {
    self.checker = checker
    setup = world.plan.setup
    slowness = world.slowness
  }

  /// After the last result, where every node lives and is in touch: overdue, noticed within a second, told.
  var aliveMs: Int64 { (ProbeSchedule.overdueMs(checker: checker) + 1100) * slowness / 1000 + 500 }

  /// Where nodes may die too: their votes count until they are dropped, and what happens at the same time takes longer.
  var anyMs: Int64 {
    (ProbeSchedule.overdueMs(checker: checker) + 1100 + setup.expiryMs + 5 * setup.heartbeatMs / 2) * slowness
      / 1000 + 3000
  }

  /// Until what a node says with its heartbeats is heard by all.
  var tellingMs: Int64 { 3 * setup.heartbeatMs * slowness / 1000 }

  /// From the start of one probe to that of the next where each takes up to the time-out: one ends before another starts.
  var slowIntervalMs: Int64 {
    let every = Int64(checker.intervalMs)
    return (Int64(checker.timeoutMs) / every + 1) * every
  }

  /// Until so many probes in a row have ended.
  func streakMs(_ count: Int) -> Int64 {
    (Int64(count) * slowIntervalMs + Int64(checker.timeoutMs)) * slowness / 1000
  }
}
