/// The fresh votes of the assigned probers on one peer.
package struct Votes: Hashable, Sendable {
  package var up: Int
  package var down: Int
  /// Probers assigned to the peer; `up + down` is at most this.
  package var assigned: Int
  /// The down votes that take the peer down.
  package var needed: Int

  package init(up: Int, down: Int, assigned: Int, quorum: Quorum) {
    self.up = up
    self.down = down
    self.assigned = assigned
    needed = quorum.needed(of: assigned)
  }

  package init(up: Int, down: Int, assigned: Int, needed: Int) {
    self.up = up
    self.down = down
    self.assigned = assigned
    self.needed = needed
  }

  /// What the votes decide; nil: too few of either, and the last decision is held.
  ///
  /// Down when the down votes reach `needed`; up when so many vote up that the rest could not reach it.
  package var decision: PeerState? {
    if assigned == 0 { return nil }
    if down >= needed { return .down }
    if up >= assigned - needed + 1 { return .up }
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
