import Ledger

/// Whether this node decides for an upstream now.
enum Leadership: Hashable, Sendable {
  /// It does not, and asks for the lease when this moment comes.
  case waiting(untilMs: Int64)
  /// It has asked.
  case asking(number: UInt64, sentMs: Int64)
  case leading(HeldLease)

  /// The lease in hand, whether or not it may still be used.
  var held: HeldLease? {
    if case .leading(let held) = self { held } else { nil }
  }
}

/// A lease this node holds.
struct HeldLease: Hashable, Sendable {
  var lease: Lease
  /// When the request that won or prolonged it was *sent*: the lease counts from there.
  var countsFromMs: Int64
  /// The renewal under way; nil: none.
  var renewal: Renewal?

  struct Renewal: Hashable, Sendable {
    var number: UInt64
    var sentMs: Int64
  }

  /// Whether decisions may be written at `nowMs`: for two thirds of the lease, so that a slow answer or a clock that
  /// runs fast does no harm.
  func isUsable(at nowMs: Int64, leaseMs: Int) -> Bool {
    3 * (nowMs - countsFromMs) < 2 * Int64(leaseMs)
  }

  /// Whether a renewal is due: after a third of the lease.
  func wantsRenewal(at nowMs: Int64, leaseMs: Int) -> Bool {
    renewal == nil && 3 * (nowMs - countsFromMs) >= Int64(leaseMs)
  }
}
