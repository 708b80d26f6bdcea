import Ledger

/// What this node is to an upstream. What belongs to a role lies in it, and is gone with it: nothing is left to be cleared.
enum UpstreamRole: Sendable {
  /// It follows what is decided, and does not bid for the lease before `untilMs`: steady ms.
  case follower(untilMs: Int64)
  /// It has asked for the lease.
  case candidate(Bid)
  case leader(Leader)

  var isLeader: Bool {
    if case .leader = self { true } else { false }
  }
}

/// A request for the lease whose answer is awaited.
struct Bid: Sendable {
  /// When it was sent: steady ms. The lease counts from there.
  let sentMs: Int64
  /// It is to replace a leader of another branch: what this node knows is that of a lost one.
  var isOverruling = false
}
