import Health
import Ledger

/// What this node has told the others of an upstream's peers, and what it has yet to.
struct Reporting: Sendable {
  /// Changes are collected for at most so many ms.
  static let pauseMs: Int64 = 100
  /// Counters and latencies are told at most this often, in ms.
  static let countersMs: Int64 = 10_000
  /// Nodes that were dropped of which the last report is remembered: names may be new with each start.
  static let mostOutdated = 100
  /// How long reports last without another batch, in ms.
  static let lifeMs = 30_000

  /// That of the last batch sent.
  var rev: UInt64 = 0
  /// Peers whose view has changed; each once.
  var changed: [PeerName] = []
  /// Peers that this node no longer reports.
  var removed: Set<PeerName> = []
  /// The ledger may not have what was told before.
  var mustTellAll = true
  /// What was told is to be taken back: the settings do not have the upstream any more.
  var mustTellEnd = false
  var inFlight: InFlight?
  /// The last one was refused by an answer.
  var isRefused = false
  var notBeforeMs: Int64 = .min
  var countersMs: Int64?
  /// When something was last told that is not told again by itself with the next counters: steady ms.
  var newsMs: Int64?

  /// What was told in the moments before `ms` may be lost: a replica that takes over has not always had it. It is told
  /// again when the ledger can be had; who has not lost it writes the same once more.
  mutating func doubt(at ms: Int64) {
    guard let newsMs, ms - newsMs < Self.countersMs else { return }
    countersMs = nil
  }

  /// Reports of others may not have been heard: they are read before anything is decided by them.
  var mustReadOthers = false
  /// The reading under way.
  var othersTicket: UInt64?
  /// Readings of one node's reports that are under way, by number.
  var missedAsked: [UInt64: String] = [:]

  /// Of each node that was dropped, the last report that was known.
  var outdated: [String: Outdated] = [:]
  /// Nodes that are new here and have reported before: when that is read, by steady ms.
  var newcomers: [String: Int64] = [:]
  /// Nodes of which something was missed while a reading was under way: that may be from before it.
  var missedAgain: Set<String> = []
  /// The runs of others whose reports were heard from the first on, or read since.
  var met: Set<String> = []

  /// No report is known to be missing.
  var hasOthers: Bool { !mustReadOthers && othersTicket == nil }

  /// The question was for reports of others.
  func isReading(_ number: UInt64) -> Bool { othersTicket == number || missedAsked[number] != nil }

  struct Outdated: Sendable {
    var run: String
    var rev: UInt64
  }

  struct InFlight: Sendable {
    var number: UInt64
    var batch: ReportBatch
  }
}
