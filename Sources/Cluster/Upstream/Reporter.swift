import Health
import Ledger

/// What this node tells the others of its own probes of an upstream: what is new, what is on its way, and what has to be
/// told once more.
struct Reporter: Sendable {
  /// Changes are collected for at most so many ms.
  static let pauseMs: Int64 = 100
  /// Counters and latencies are told at most this often, in ms.
  static let countersMs: Int64 = 10_000
  /// How long reports last without another batch, in ms.
  static let lifeMs = 30_000

  /// That of the last batch sent: revisions of one run never start again.
  private(set) var rev: UInt64
  /// Peers whose view has changed; each once.
  private var changed: [PeerName] = []
  /// Peers that this node no longer reports.
  private var removed: Set<PeerName> = []
  /// The ledger may not have what was told before.
  private var mustTellAll = true
  /// What was told is to be taken back: the settings do not have the upstream any more.
  private var mustTellEnd = false
  /// The batch that has no answer yet.
  private(set) var pending: ReportBatch?
  /// The last one was refused by an answer.
  private(set) var isRefused = false
  private var notBeforeMs: Int64 = .min
  private var countersMs: Int64?
  /// When something was last told that is not told again by itself with the next counters: steady ms.
  private var newsMs: Int64?

  init(after rev: UInt64 = 0) { self.rev = rev }

  // MARK: What is new

  mutating func changes(_ peer: PeerName) { changed.append(peer) }
  mutating func withdraw(_ peer: PeerName) { removed.insert(peer) }
  mutating func goesOn(with peer: PeerName) { removed.remove(peer) }

  /// Everything is to be told again.
  mutating func tellAll() {
    mustTellAll = true
    countersMs = nil
  }

  /// The settings have it from now on, or do not any more: of what was told before nothing counts.
  mutating func begins(wasChecked: Bool) {
    mustTellEnd = wasChecked && rev > 0
    tellAll()
  }

  /// What was told in the moments before `ms` may be lost: a replica that takes over has not always had it. It is told
  /// again when the ledger can be had; who has not lost it writes the same once more.
  mutating func doubt(at ms: Int64) {
    guard let newsMs, ms - newsMs < Self.countersMs else { return }
    countersMs = nil
  }

  /// The ledger cannot be reached, which says nothing about reports.
  mutating func loseSight() { isRefused = false }

  // MARK: The next batch

  enum Part: Hashable, Sendable {
    /// What has changed, to be heard by all.
    case news
    /// All peers, and nothing of them is new: whoever wants it reads it.
    case counters
    /// The upstream is taken back.
    case end
  }

  private var hasNews: Bool { !changed.isEmpty || !removed.isEmpty }

  /// What is to be told now; nil: nothing.
  ///
  /// - Parameter isChecked: the settings have the upstream.
  func due(isChecked: Bool, at nowMs: Int64) -> Part? {
    guard pending == nil, nowMs >= notBeforeMs else { return nil }
    if !isChecked { return mustTellEnd ? .end : nil }
    if hasNews { return .news }
    let isDue = countersMs.map { nowMs - $0 >= Self.countersMs } ?? true
    return isDue && rev > 0 ? .counters : nil
  }

  /// When that is, if nothing happens before: steady ms; `.max`: never.
  func dueMs(isChecked: Bool, next: Int64) -> Int64 {
    guard pending == nil else { return .max }
    if !isChecked { return mustTellEnd ? max(notBeforeMs, next) : .max }
    if hasNews { return max(notBeforeMs, next) }
    guard rev > 0 else { return .max }
    return max(countersMs.map { $0 + Self.countersMs } ?? next, notBeforeMs)
  }

  /// Makes the batch that is due, which counts as sent.
  mutating func batch(
    _ part: Part, of upstream: UpstreamName, _ peers: inout PeerTable, _ context: inout Context
  ) -> ReportBatch {
    context.batches += 1
    if part == .end { mustTellAll = true }
    let isEverything = mustTellAll || part == .counters
    var batch = ReportBatch(
      upstream: upstream, node: context.profile.node, run: context.profile.run, rev: rev + 1,
      number: context.batches, isWhole: mustTellAll, isQuiet: part == .counters)
    for index in isEverything ? Array(peers.indices) : changed.compactMap({ peers.index(of: $0) }) {
      peers[index].told()
      let peer = peers[index].record.peer
      if let report = peers[index].report {
        batch.reports[peer] = report
      } else if peers[index].isProbed {
        // What was told before a long silence is no view any more.
        removed.insert(peer)
      }
    }
    if !batch.isWhole { batch.removed = removed.sorted() }
    if part != .counters || countersMs == nil { newsMs = context.nowMs }
    if isEverything { countersMs = context.nowMs }
    changed = []
    removed = []
    mustTellAll = false
    rev = batch.rev
    notBeforeMs = context.nowMs + Self.pauseMs
    pending = batch
    return batch
  }

  // MARK: Answers

  mutating func accepted() {
    if let pending, pending.isWhole, pending.reports.isEmpty { mustTellEnd = false }
    pending = nil
    isRefused = false
  }

  /// The ledger has lost the ones before.
  mutating func isBehind() {
    pending = nil
    isRefused = false
    tellAll()
  }

  /// - Parameter isRefused: the ledger does not take reports from this node.
  mutating func failed(isRefused: Bool) {
    pending = nil
    tellAll()
    if isRefused { self.isRefused = true }
  }
}
