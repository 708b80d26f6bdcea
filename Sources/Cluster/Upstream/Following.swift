import Health
import Ledger

/// How this node keeps up with what the ledger holds of an upstream.
struct Following: Sendable {
  /// Milliseconds between two readings for the sake of evidence alone.
  static let evidenceMs: Int64 = 10_000

  /// The reading under way.
  var ticket: UInt64?
  /// The commits sent before the reading under way; nil: one was on its way, so it does not tell what a leader has written.
  var commitsBefore: UInt64?
  /// What is left of the upstream is being read, by a leader that knows nothing itself.
  var remainsTicket: UInt64?
  /// Why it could not be read, and how often in a row.
  var trouble: UpstreamTrouble?
  var failures = 0
  /// What was read last was a part only, of this head.
  var partOf: Head?
  /// What is known may be outdated.
  var mustRead = false
  var lastMs: Int64 = .min
  /// The highest sequence number ever seen: none below is given out again.
  var highestSeq: UInt64 = 0
  /// The highest term ever seen; one more, where two runs had that: whoever leads next gets one above both.
  private(set) var highestTerm: UInt64 = 0
  /// When a higher one was last seen: steady ms.
  private(set) var termMs: Int64 = .min
  /// Who has the highest term; empty: nobody.
  private var highestRun = ""
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

  /// Since when the ledger has been seen to stand on another branch by a node that may not lead: ms of `Observation`.
  var otherBranchSinceMs: Int64?
  /// Where it stood when the ledger was lost; nil: that was compared since, or it was not lost.
  var beforeLapse: BeforeLapse?

  struct BeforeLapse: Sendable {
    var head: Head
    /// Of the lease that was last seen; 0: none was.
    var term: UInt64
  }

  /// Nothing is known to be missing.
  var isInStep: Bool { ticket == nil && remainsTicket == nil && !mustRead }

  mutating func fail(_ fault: LedgerFault, wallMs: Int64) {
    failures += 1
    if trouble?.fault != fault { trouble = UpstreamTrouble(fault, sinceMs: trouble?.sinceMs ?? wallMs) }
  }

  mutating func see(_ head: Head, _ step: Step) {
    see(head.position, step)
    liftedRev = max(liftedRev, head.liftedRev)
    highestRev = max(highestRev, head.words, liftedRev)
  }

  mutating func see(_ position: Position, _ step: Step) {
    highestSeq = max(highestSeq, position.seq)
    see(term: position.term, run: position.run, step)
  }

  mutating func see(_ lease: Lease, _ step: Step) {
    see(term: lease.holder.term, run: lease.holder.run, step)
  }

  private mutating func see(term: UInt64, run: String, _ step: Step) {
    if term > highestTerm || (term == highestTerm && highestRun.isEmpty) {
      (highestTerm, highestRun) = (term, run)
      termMs = step.nowMs
    } else if term == highestTerm, run != highestRun, !run.isEmpty, step.keeps(.runsCompared) {
      (highestTerm, highestRun) = (min(term + 1, Lease.highestTerm), "")
      termMs = step.nowMs
    }
  }
}
