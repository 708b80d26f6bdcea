import Ledger

/// Reports of other nodes that their heartbeats tell of and that were not heard.
struct MissedReports: Sendable {
  /// How long an announcement may be on its way after the heartbeat that tells of it, in ms. Both were sent in this order,
  /// on two connections.
  static let onItsWayMs: Int64 = 200

  private struct Missing: Sendable {
    var run: String
    /// As its heartbeat tells it.
    var revision: UInt64
    /// When that was first seen to be more than is known here: steady ms.
    var sinceMs: Int64
  }

  private var nodes: [String: Missing] = [:]

  var isEmpty: Bool { nodes.isEmpty }

  /// How long to wait for what may still be on its way.
  static func patienceMs(_ step: Step, isDeaf: Bool) -> Int64 {
    if !step.keeps(.missedReportsReadSoon) { return step.profile.sharing?.heartbeatMs ?? 0 }
    return isDeaf ? 0 : onItsWayMs
  }

  /// - Parameter known: the sum of the revisions that are known here of its present run.
  mutating func note(_ node: String, _ member: Member, known: UInt64, at nowMs: Int64) {
    guard member.revision > known else {
      if !nodes.isEmpty { nodes[node] = nil }
      return
    }
    let before = nodes[node].flatMap { $0.run == member.run ? $0 : nil }
    // What is waited for is that which was told first: a node that reports all the time would be waited for for ever.
    guard before == nil else { return }
    nodes[node] = Missing(run: member.run, revision: member.revision, sinceMs: nowMs)
  }

  mutating func forget(notIn entries: [String: Membership.Entry]) {
    for node in nodes.keys where entries[node] == nil { nodes[node] = nil }
  }

  /// Those that have been waited for long enough; the next heartbeat tells whether anything is still missing.
  mutating func due(at nowMs: Int64, after patienceMs: Int64) -> [(
    node: String, run: String, revision: UInt64
  )] {
    let due = nodes.filter { nowMs - $0.value.sinceMs >= patienceMs }.sorted { $0.key < $1.key }
    for (node, _) in due { nodes[node] = nil }
    return due.map { ($0.key, $0.value.run, $0.value.revision) }
  }
}
