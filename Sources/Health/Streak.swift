/// Consecutive results that turn a peer: 1 or more each.
package struct Thresholds: Hashable, Sendable {
  /// Consecutive failures that take a peer down.
  package var fall: Int
  /// Consecutive successes that bring it up.
  package var rise: Int

  package init(fall: Int, rise: Int) {
    self.fall = fall
    self.rise = rise
  }
}

/// One node's view of one peer: the state machine of lua-resty-upstream-healthcheck (its keys `ok:`, `nok:`, `d:`).
///
/// Runs are consecutive and are not reset by a turn.
package struct Streak: Hashable, Sendable {
  package private(set) var state: PeerState
  /// Successes in a row, or the last such run while failures have not begun another.
  package private(set) var ok: UInt32 = 0
  /// Failures in a row, likewise.
  package private(set) var nok: UInt32 = 0

  package init(state: PeerState = .up) {
    self.state = state
  }

  /// Counts a failure. True when it turned the peer down.
  package mutating func fail(_ thresholds: Thresholds) -> Bool {
    nok = nok &+ 1 == 0 ? nok : nok + 1
    if nok == 1 { ok = 0 }
    guard state == .up, nok >= thresholds.fall else { return false }
    state = .down
    return true
  }

  /// Counts a success. True when it turned the peer up.
  package mutating func succeed(_ thresholds: Thresholds) -> Bool {
    ok = ok &+ 1 == 0 ? ok : ok + 1
    if ok == 1 { nok = 0 }
    guard state == .down, ok >= thresholds.rise else { return false }
    state = .up
    return true
  }

  /// Whether a run is under way that would turn the peer but has not yet.
  package var isTurning: Bool {
    switch state {
    case .up: nok > 0
    case .down: ok > 0
    }
  }
}
