import Ledger

/// What a candidate has seen of an upstream's lease.
struct LeaseWatch: Sendable {
  /// What a lease that nobody renews outlives its time by, in ms, before it is replaced whatever its expiry says.
  static let graceMs: Int64 = 1000

  /// It has been looked for at least once since the ledger could be reached.
  private(set) var hasLooked = false
  private(set) var lease: Lease?
  /// When it was last seen to change: ms of `Observation`.
  private(set) var changedMs: Int64 = 0
  /// Since when nobody holds it: steady ms; nil: somebody does.
  private var freeSinceMs: Int64?

  mutating func observe(_ lease: Lease?, observedMs: Int64, nowMs: Int64) {
    defer { hasLooked = true }
    guard let lease else {
      if freeSinceMs == nil || !hasLooked { freeSinceMs = nowMs }
      return
    }
    freeSinceMs = nil
    if lease != self.lease || !hasLooked { changedMs = observedMs }
    self.lease = lease
  }

  /// The ledger cannot be reached: what was seen may be long over.
  mutating func forget() {
    hasLooked = false
    freeSinceMs = nil
  }

  // MARK: Those who cannot hold it

  /// For how long nobody hands the lease to a node that let it run out, in ms.
  static let shunMs: Int64 = 600_000

  /// Takes one's own new lease. Whoever was handed the one before and never renewed it cannot lead, whatever its rank.
  mutating func adopt(_ lease: Lease, observedMs: Int64, nowMs: Int64) {
    if let before = self.lease, before.beat == 1, before.holder.node != lease.holder.node {
      shunned = Shunned(node: before.holder.node, untilMs: nowMs + Self.shunMs)
    }
    observe(lease, observedMs: observedMs, nowMs: nowMs)
  }

  func isShunned(_ node: String, at nowMs: Int64) -> Bool {
    shunned.map { $0.node == node && nowMs < $0.untilMs } ?? false
  }

  private var shunned: Shunned?

  private struct Shunned: Sendable {
    var node: String
    var untilMs: Int64
  }

  /// Who decides now, as last seen.
  var current: Lease? { freeSinceMs == nil ? lease : nil }

  enum Opportunity: Hashable, Sendable {
    case none
    case free
    /// Its holder is silent: it is to be replaced as it was seen.
    case silent(Lease)
  }

  /// - Parameter delayMs: how long this candidate lets better ones try.
  func opportunity(delayMs: Int64, leaseMs: Int, observedMs: Int64, nowMs: Int64) -> Opportunity {
    guard hasLooked else { return .none }
    if let freeSinceMs { return nowMs - freeSinceMs >= delayMs ? .free : .none }
    guard let lease, observedMs - changedMs >= Int64(leaseMs) + Self.graceMs + delayMs else { return .none }
    return .silent(lease)
  }
}
