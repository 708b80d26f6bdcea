import Ledger

/// Which reports of other nodes were heard, by their numbers, and which were not.
///
/// A run numbers what it reports, over all upstreams, and its heartbeats tell up to which number all of it has arrived in
/// the ledger. So a report that was missed is seen by its number alone, whichever upstreams are shared with its node.
struct HeardReports: Sendable {
  /// How long an announcement may be on its way after the heartbeat that tells of it, in ms. Both were sent in this order,
  /// on two connections.
  static let onItsWayMs: Int64 = 200
  /// How many numbers beyond a missing one are remembered; of more, all are forgotten, and what they tell is read.
  static let mostBeyond = 1000

  private struct Run: Hashable, Sendable {
    var node: String
    var run: String
  }

  private struct Heard: Sendable {
    /// Up to this number all are known.
    var upTo: UInt64 = 0
    /// Those that were heard beyond.
    var beyond: Set<UInt64> = []
    /// The number up to which a heartbeat told, and something was missing, and when that was seen first: steady ms.
    var missing: (upTo: UInt64, sinceMs: Int64)?
    /// It was not among the members last time: it may not be yet, or no more.
    var isAbsent = false

    mutating func add(_ number: UInt64) {
      guard number > upTo else { return }
      beyond.insert(number)
      while beyond.remove(upTo + 1) != nil { upTo += 1 }
      if beyond.count > HeardReports.mostBeyond { beyond = [] }
    }

    mutating func know(upTo number: UInt64) {
      guard number > upTo else { return }
      upTo = number
      beyond = beyond.filter { $0 > number }
      while beyond.remove(upTo + 1) != nil { upTo += 1 }
    }
  }

  private var runs: [Run: Heard] = [:]
  /// Nodes that have told more than is known here.
  private(set) var missedNodes: Set<String> = []

  /// How long to wait for what may still be on its way.
  static func patienceMs(_ context: Context, isDeaf: Bool) -> Int64 {
    context.policy.patienceMs(
      soonMs: isDeaf ? 0 : onItsWayMs, heartbeatMs: context.profile.sharing?.heartbeatMs ?? 0)
  }

  mutating func hear(_ batch: ReportBatch) {
    guard batch.number > 0 else { return }
    let run = Run(node: batch.node, run: batch.run)
    runs[run, default: Heard()].add(batch.number)
    guard let heard = runs[run], let missing = heard.missing, heard.upTo >= missing.upTo else { return }
    runs[run]?.missing = nil
    tally()
  }

  private mutating func tally() {
    let missed = runs.lazy.filter { $0.value.missing != nil }.map(\.key.node)
    if !missedNodes.isEmpty || !missed.isEmpty { missedNodes = Set(missed) }
  }

  /// It has reported something, heard or not.
  func hasTold(_ node: String, _ member: Member) -> Bool {
    if member.revision > 0 { return true }
    guard let heard = runs[Run(node: node, run: member.run)] else { return false }
    return heard.upTo > 0 || !heard.beyond.isEmpty
  }

  /// What heartbeats tell.
  mutating func note(_ entries: [String: Membership.Entry], besides own: String, at nowMs: Int64) {
    forget(notIn: entries)
    for (name, entry) in entries where name != own { note(name, entry.member, at: nowMs) }
    tally()
  }

  private mutating func note(_ node: String, _ member: Member, at nowMs: Int64) {
    let run = Run(node: node, run: member.run)
    if member.revision <= runs[run]?.upTo ?? 0 {
      runs[run]?.missing = nil
      return
    }
    // What is waited for is that which was told first: a node that reports all the time would be waited for for ever.
    guard runs[run]?.missing == nil else { return }
    runs[run, default: Heard()].missing = (member.revision, nowMs)
  }

  private mutating func forget(notIn entries: [String: Membership.Entry]) {
    for (run, heard) in runs {
      let isAbsent = entries[run.node]?.member.run != run.run
      // Who comes may be heard a moment before its first heartbeat is seen.
      if isAbsent, heard.isAbsent { runs[run] = nil } else { runs[run]?.isAbsent = isAbsent }
    }
  }

  /// The nodes of which something has been waited for long enough. It is to be read, and counts as known.
  mutating func due(at nowMs: Int64, after patienceMs: Int64) -> [String] {
    var names: [String] = []
    for (run, heard) in runs {
      guard let missing = heard.missing, nowMs - missing.sinceMs >= patienceMs else { continue }
      runs[run]?.missing = nil
      guard heard.upTo < missing.upTo else { continue }
      runs[run]?.know(upTo: missing.upTo)
      names.append(run.node)
    }
    tally()
    return names.sorted()
  }
}
