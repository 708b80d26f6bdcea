/// The fresh votes of the assigned probers on one peer. Small integers: there is one of these for each peer.
package struct Votes: Hashable, Sendable {
  package var up: UInt16
  package var down: UInt16
  /// Probers assigned to the peer; `up + down` is at most this.
  package var assigned: UInt16
  /// The down votes that take the peer down.
  package var needed: UInt16
  /// Probers that the settings ask for; more than `assigned` where there are too few nodes.
  package var wanted: UInt16

  /// - Parameter wanted: nil: as many as are assigned.
  package init(up: Int, down: Int, assigned: Int, quorum: Quorum, wanted: Int? = nil) {
    self.up = UInt16(clamping: up)
    self.down = UInt16(clamping: down)
    self.assigned = UInt16(clamping: assigned)
    needed = UInt16(clamping: quorum.needed(of: assigned))
    self.wanted = UInt16(clamping: max(wanted ?? assigned, assigned))
  }

  /// What the votes decide; nil: too few of either, and the last decision is held.
  ///
  /// Down when the down votes reach `needed`; up when so many vote up that the rest could not reach it.
  package var decision: PeerState? {
    if assigned == 0 { return nil }
    if down >= needed { return .down }
    if up + needed > assigned { return .up }
    return nil
  }
}

/// What a decision rests on.
package enum Evidence: String, Hashable, Sendable {
  /// Never decided by votes: the state the peer started with.
  case assumed
  /// Decided by fresh votes.
  case confirmed
  /// Too few fresh votes now: the last decision is held.
  case stale
}
