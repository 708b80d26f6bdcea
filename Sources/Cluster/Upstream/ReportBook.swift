import Health
import Ledger

/// What the other nodes report of an upstream's peers, and what of that is to be read because it was not heard.
struct ReportBook: Sendable {
  /// Nodes that were dropped of which the last report is remembered: names may be new with each start.
  static let mostOutdated = 100

  /// By node.
  private(set) var reportsByNode: [String: NodeReports] = [:]
  /// How often something came that is to be shown: counters that go up are not.
  private(set) var changes: UInt64 = 0
  /// Some may not have been heard: all are read before anything is decided by them.
  private(set) var mustReadAll = false
  /// Of each node that was dropped, the last report that was known.
  private var outdated: [String: Outdated] = [:]
  /// Nodes that are new here and have reported before: when that is read, by steady ms.
  private var newcomers: [String: Int64] = [:]
  /// Nodes of which something was missed while a reading was under way: that may be from before it.
  private var missedAgain: Set<String> = []
  /// The runs of others whose reports were heard from the first on, or read since.
  private var met: Set<String> = []
  /// When something of each node was last heard or read: steady ms.
  private var toldMs: [String: Int64] = [:]

  private struct Outdated: Sendable {
    var run: String
    var rev: UInt64
  }

  // MARK: What is to be read

  mutating func needsAll(_ isNeeded: Bool = true) { mustReadAll = isNeeded }

  /// Something of this node was missed while its reports were being read.
  mutating func missesAgain(_ node: String) { missedAgain.insert(node) }

  /// Its reports were read. True: they are to be read once more.
  mutating func hasReadMissed(_ node: String) -> Bool { missedAgain.remove(node) != nil }

  /// Who takes part now, and what of that had been reported before it was known here.
  ///
  /// - Parameter told: the runs that have reported something, on this upstream or another.
  mutating func meet(_ others: [Group.Participant], told: Set<String>, at nowMs: Int64) {
    let new = others.filter { !met.contains($0.run) }
    met = Set(others.map(\.run))
    // Who was away may be about to tell that what it had reported is late.
    for node in new where told.contains(node.run) && reportsByNode[node.name]?.run != node.run {
      newcomers[node.name] = nowMs + HeardReports.onItsWayMs
    }
  }

  var newcomersDueMs: Int64? { newcomers.values.min() }

  /// Newcomers whose reports are to be read now.
  mutating func dueNewcomers(at nowMs: Int64) -> [String] {
    guard !newcomers.isEmpty else { return [] }
    let due = newcomers.filter { nowMs >= $0.value }.keys.sorted()
    for name in due { newcomers[name] = nil }
    return due.filter { reportsByNode[$0] == nil }
  }

  // MARK: What was told

  /// What was heard. Nil: it does not follow on what is known; otherwise the peers of which something is new.
  mutating func hear(_ batch: ReportBatch, at nowMs: Int64) -> [PeerName]? {
    let known = reportsByNode[batch.node].flatMap { $0.run == batch.run ? $0.rev : nil }
    if let known, known >= batch.rev { return [] }
    if batch.isWhole {
      toldMs[batch.node] = nowMs
      return replace(NodeReports(run: batch.run, rev: batch.rev, reports: batch.reports), of: batch.node)
    }
    guard let known, known + 1 == batch.rev else { return nil }
    toldMs[batch.node] = nowMs
    reportsByNode[batch.node]?.rev = batch.rev
    if !batch.isQuiet { changes += 1 }
    for (peer, report) in batch.reports { reportsByNode[batch.node]?.reports[peer] = report }
    for peer in batch.removed { reportsByNode[batch.node]?.reports[peer] = nil }
    return Array(batch.reports.keys) + batch.removed
  }

  /// What was read. Returns the peers of which something is new.
  mutating func receive(
    _ read: [String: NodeReports], besides own: String, at nowMs: Int64
  ) -> [PeerName] {
    var news: [PeerName] = []
    for (node, nodeReports) in read where node != own {
      if let known = reportsByNode[node], known.run == nodeReports.run, known.rev >= nodeReports.rev {
        continue
      }
      toldMs[node] = nowMs
      news += replace(nodeReports, of: node)
    }
    return news
  }

  private mutating func replace(_ nodeReports: NodeReports, of node: String) -> [PeerName] {
    // Who was dropped and is back may have stood still: what it had told before is no vote.
    if let before = outdated[node] {
      if before.run == nodeReports.run, nodeReports.rev <= before.rev { return [] }
      outdated[node] = nil
    }
    let before = reportsByNode[node]?.run == nodeReports.run ? reportsByNode[node]?.reports : nil
    reportsByNode[node] = nodeReports
    changes += 1
    return Array(Set(nodeReports.reports.keys).union(before?.keys ?? [:].keys))
  }

  /// Reports of nodes that are gone are of no use.
  mutating func keep(of nodes: Set<String>) {
    for node in reportsByNode.keys where !nodes.contains(node) { drop(node) }
  }

  /// These nodes could not report: what they had told before is no vote, wherever it is read. What they tell again may have
  /// been heard before their heartbeats.
  ///
  /// - Parameter untilMs: of each, when it was told at the latest: steady ms.
  mutating func void(_ untilMs: [String: Int64]) {
    for (node, untilMs) in untilMs where toldMs[node] ?? .min <= untilMs { drop(node) }
  }

  private mutating func drop(_ node: String) {
    toldMs[node] = nil
    guard let nodeReports = reportsByNode.removeValue(forKey: node) else { return }
    if outdated.count >= Self.mostOutdated { outdated = [:] }
    outdated[node] = Outdated(run: nodeReports.run, rev: nodeReports.rev)
  }

  /// Nothing of an upstream that was deleted counts.
  mutating func removeSheets() {
    reportsByNode = [:]
    toldMs = [:]
  }
}
