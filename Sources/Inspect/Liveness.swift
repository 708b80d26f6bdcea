package import Ledger

/// What a member's last heartbeat tells at the time of a reading. Nodes judge each other by what they see change; this is
/// for people alone.
package enum Liveness: Hashable, Sendable {
  case live
  case leaving
  /// Not heard for so many milliseconds, which is longer than a member may be silent.
  case silent(Int64)
  /// It ended without leaving, and was last heard so many milliseconds ago.
  case missing(Int64)

  /// - Parameter atMs: the ledger's time of the reading.
  package init(_ member: Member, atMs: Int64, expiryMs: Int) {
    let age = max(0, atMs - member.atMs)
    self = member.isLeaving ? .leaving : age > Int64(expiryMs) ? .silent(age) : .live
  }
}
