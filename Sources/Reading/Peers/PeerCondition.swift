import Health
package import Ledger

/// What the page makes of a peer, worst first.
package enum PeerCondition: Int, Hashable, Sendable, Comparable, CaseIterable {
  case down
  /// An operator holds it up against the votes.
  case forced
  /// Down by an operator's word or the settings: no fault, and nobody's to mend.
  case out
  /// The last decision is held: too few fresh votes.
  case held
  /// Up, while failures are being counted, or while a prober calls it down.
  case failing
  case up
  /// Nobody probes it: shown as it was configured.
  case unchecked

  /// - Parameters:
  ///   - isDoubted: a prober other than this node calls it down or counts failures.
  ///   - isHeld: everything is, since the ledger cannot be reached. The page says that once, for all of them.
  package init(_ peer: PeerView, isChecked: Bool, isDoubted: Bool = false, isHeld: Bool = false) {
    if peer.record.status == .down {
      self = peer.record.overrideInForce == nil && !peer.record.isMarkedDown ? .down : .out
    } else if !isChecked {
      self = .unchecked
    } else if peer.record.isForcedUp {
      self = .forced
    } else if peer.record.evidence == .stale, !isHeld {
      self = .held
    } else if isDoubted {
      self = .failing
    } else if let report = peer.report, report.state == .down || report.nok > 0 {
      self = .failing
    } else {
      self = .up
    }
  }

  /// Whether somebody may want to look.
  package var isProblem: Bool { self < .up }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
