import Health
import Ledger

/// The lead of an upstream: the lease in hand, what is being written under it, and what has to be put right first.
struct Leader: Sendable {
  private(set) var lease: Lease
  /// When this node came to hold it: steady ms.
  let sinceMs: Int64
  /// When the request that won or prolonged it was *sent*: the lease counts from there.
  private(set) var countsFromMs: Int64
  private(set) var isRenewing = false
  private(set) var isHandingOver = false
  /// The commit that has no answer yet.
  private(set) var pending: PendingCommit?
  /// What is to be put right before anything new is written. There is one such thing at a time: what was found last tells.
  private var repair: Repair
  /// The number of the last event that the ledger is known to hold: where the next commit begins.
  private(set) var ledgerSeq: UInt64

  init(_ lease: Lease, bid: Bid, ledgerSeq: UInt64, _ context: Context) {
    self.lease = lease
    self.ledgerSeq = ledgerSeq
    sinceMs = context.nowMs
    countsFromMs = context.policy.leaseStartMs(askedMs: bid.sentMs, grantedMs: context.nowMs)
    repair = bid.isOverruling ? .readBranch : .none
  }

  private enum Repair: Hashable, Sendable {
    case none
    /// The ledger had two primaries, and what is known here is from the one that is gone: the other's counts, and is written
    /// again under higher numbers once it was read.
    case readBranch
    /// The ledger knows less than this node.
    case writeAll
  }

  var holder: LeaseHolder { lease.holder }

  // MARK: The lease

  /// Whether decisions may be written now.
  func isUsable(_ context: Context) -> Bool {
    3 * (context.nowMs - countsFromMs) < context.policy.usableThirds * Int64(context.profile.leaseMs)
  }

  func isOver(_ context: Context) -> Bool {
    context.nowMs - countsFromMs >= Int64(context.profile.leaseMs) && !isUsable(context)
  }

  /// When the lease is to be renewed: after a third of it; `.max`: not while something else is asked of it.
  func renewalDueMs(leaseMs: Int64) -> Int64 {
    isRenewing || isHandingOver ? .max : countsFromMs + (leaseMs + 2) / 3
  }

  mutating func asksForRenewal() { isRenewing = true }

  mutating func renewed(_ lease: Lease, askedMs: Int64, _ context: Context) {
    self.lease = lease
    countsFromMs = context.policy.leaseStartMs(askedMs: askedMs, grantedMs: context.nowMs)
    isRenewing = false
  }

  /// It is asked for again soon; until then the lease runs on as long as it counts.
  mutating func renewalFailed() { isRenewing = false }

  mutating func handsOver() { isHandingOver = true }

  // MARK: What is written

  mutating func sent(_ commit: Commit, at nowMs: Int64) {
    pending = PendingCommit(commit: commit, sentMs: nowMs)
    repair = .none
  }

  mutating func sentAgain(_ commit: Commit) {
    pending?.commit = commit
    pending?.againAtMs = nil
  }

  /// Nothing is known of it, or nothing was done: the very same is to be sent again.
  mutating func commitFailed(againAtMs: Int64, isUnknown: Bool) {
    pending?.againAtMs = againAtMs
    if isUnknown { pending?.isUnknown = true }
  }

  /// It was answered, or is given up.
  mutating func endCommit() { pending = nil }

  /// An event of this lead was heard: proof that its commit was done somewhere.
  mutating func heardOwn(_ seq: UInt64) {
    if let first = pending?.commit.firstSeq, seq >= first { pending?.isDone = true }
  }

  // MARK: What is to be put right

  mutating func stands(at seq: UInt64) { ledgerSeq = seq }
  mutating func stands(atLeastAt seq: UInt64) { ledgerSeq = max(ledgerSeq, seq) }

  /// Everything is to be written again.
  var mustResync: Bool { repair == .writeAll }
  var isOnLostBranch: Bool { repair == .readBranch }
  var isInOrder: Bool { repair == .none }

  mutating func needsResync(_ isNeeded: Bool = true) { repair = isNeeded ? .writeAll : .none }
  mutating func findsItselfOnALostBranch() { repair = .readBranch }
}

/// A commit on its way to the ledger.
struct PendingCommit: Sendable {
  fileprivate(set) var commit: Commit
  /// When it was sent for the first time: steady ms.
  let sentMs: Int64
  /// It is sent again, the very same, when this comes; nil: an answer is under way.
  fileprivate(set) var againAtMs: Int64?
  /// It was sent, and nobody knows what became of it.
  fileprivate(set) var isUnknown = false
  /// Its events were heard.
  fileprivate(set) var isDone = false
}

/// What a run has committed of an upstream, whichever leads it was under.
struct CommitLog: Sendable {
  /// At most one commit of an upstream in this many ms.
  static let pauseMs: Int64 = 100
  /// For so long a node that may not commit says so, in ms: it cannot find out whether it may again without leading.
  static let forbiddenForMs: Int64 = 600_000

  /// How many there were: numbers of one run never start again.
  private(set) var count: UInt64
  private var lastMs: Int64?
  /// When one was last refused for want of a right: steady ms.
  private var forbiddenMs: Int64?

  init(after count: UInt64 = 0) { self.count = count }

  mutating func next() -> UInt64 {
    count += 1
    return count
  }

  mutating func sent(at nowMs: Int64) { lastMs = nowMs }

  /// The pause since the last one is not over.
  func isPausing(at nowMs: Int64) -> Bool { lastMs.map { nowMs - $0 < Self.pauseMs } ?? false }

  mutating func forbid(at nowMs: Int64) { forbiddenMs = nowMs }
  mutating func allow() { forbiddenMs = nil }

  func isForbidden(at nowMs: Int64) -> Bool {
    forbiddenMs.map { nowMs - $0 < Self.forbiddenForMs } ?? false
  }
}
