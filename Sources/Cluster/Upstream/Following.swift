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
  /// What is known may be outdated.
  var mustRead = false
  var againAtMs: Int64 = .min
  var lastMs: Int64 = .min
  /// The highest sequence number ever seen: none below is given out again.
  var highestSeq: UInt64 = 0
  var highestTerm: UInt64 = 0
  /// The number of the last event that the ledger is known to hold: where the next commit begins.
  var ledgerSeq: UInt64 = 0

  /// The ledger was seen to stand behind what this node knows, while somebody led it.
  private(set) var behind: Lease?
  /// It is taken as it stands, though this node has known something later.
  var isYielding = false

  /// Takes note that the ledger stands behind.
  ///
  /// What this node knows may have been decided on another primary, which is none any more. A leader compares whenever
  /// it renews its lease, and writes anew what was lost: who has renewed twice meanwhile stands by what is there.
  mutating func isBehind(under lease: Lease?) {
    guard let lease else {
      behind = nil
      return
    }
    guard let seen = behind, seen.holder == lease.holder else {
      behind = lease
      return
    }
    if lease.beat >= seen.beat + 2 { isYielding = true }
  }

  mutating func isNotBehind() {
    behind = nil
    isYielding = false
  }

  /// Nothing is known to be missing.
  var isInStep: Bool { ticket == nil && !mustRead }

  mutating func see(_ head: Head) {
    highestSeq = max(highestSeq, head.seq)
    highestTerm = max(highestTerm, head.term)
  }
}

extension Head {
  /// Decided before `other` was.
  func isBehind(_ other: Head) -> Bool { (term, seq) < (other.term, other.seq) }

  func isAt(_ other: Head) -> Bool { (term, run, seq) == (other.term, other.run, other.seq) }
}
