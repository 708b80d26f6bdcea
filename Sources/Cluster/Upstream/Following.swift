import Health
import Ledger

/// How this node keeps up with what the ledger holds of an upstream.
struct Following: Sendable {
  /// Milliseconds before a reading that failed is tried again.
  static let retryMs: Int64 = 500
  /// Milliseconds between two readings for the sake of evidence alone.
  static let evidenceMs: Int64 = 10_000

  /// The reading under way.
  var ticket: UInt64?
  /// The commits sent before the reading under way; nil: one was on its way, so it does not tell what a leader has written.
  var commitsBefore: UInt64?
  /// What is left of the upstream is being read, by a leader that knows nothing itself.
  var remainsTicket: UInt64?
  /// What is known may be outdated.
  var mustRead = false
  var againAtMs: Int64 = .min
  var lastMs: Int64 = .min
  /// The highest sequence number ever seen: none below is given out again.
  var highestSeq: UInt64 = 0
  var highestTerm: UInt64 = 0
  /// The highest revision of an override ever heard of, lifted ones among them.
  var highestRev: UInt64 = 0
  /// The highest `Head.liftedRev` ever seen.
  var liftedRev: UInt64 = 0
  /// The ledger had two primaries, and what is known here is from the one that is gone: the other's counts.
  var isOnLostBranch = false
  /// The records are the ledger's, the number is still that of the lost branch: nothing is shown before both are written.
  var isBetweenBranches = false
  /// The number of the last event that the ledger is known to hold: where the next commit begins.
  var ledgerSeq: UInt64 = 0

  /// Nothing is known to be missing.
  var isInStep: Bool { ticket == nil && remainsTicket == nil && !mustRead }

  mutating func see(_ head: Head) {
    highestSeq = max(highestSeq, head.seq)
    highestTerm = max(highestTerm, head.term)
    liftedRev = max(liftedRev, head.liftedRev)
    highestRev = max(highestRev, head.words, liftedRev)
  }
}

extension Head {
  /// Decided before `other` was.
  func isBehind(_ other: Head) -> Bool { (term, seq) < (other.term, other.seq) }

  func isAt(_ other: Head) -> Bool { (term, run, seq) == (other.term, other.run, other.seq) }
}
