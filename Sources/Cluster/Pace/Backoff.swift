import Health
import Ledger

/// When a request that was refused may be asked again: each time twice as long after, up to a longest rest.
///
/// A success ends the rest. It ends the doubling only when it lasts: what is refused, done and refused in turns is refused
/// again and again.
struct Backoff: Sendable {
  private(set) var refusals = 0
  /// How often it was asked again after a refusal.
  private(set) var retries: UInt64 = 0
  private(set) var notBeforeMs = Int64.min
  private(set) var isRefused = false
  /// It may have been done, and is not to be needed again soon.
  private var isTried = false
  private var refusedMs = Int64.min
  private var askedMs = Int64.min

  /// - Parameter chance: the part of the rest's second half that is waited, as a hash.
  mutating func refused(_ pace: Pace, chance: UInt64, at nowMs: Int64) {
    if isCalm(pace, at: nowMs) { refusals = 0 }
    let whole = pace.restMs(after: refusals)
    refusals += 1
    isRefused = true
    isTried = false
    refusedMs = nowMs
    // Nodes and upstreams that were refused in one moment do not all come back in one.
    let half = UInt64(whole / 2)
    notBeforeMs = nowMs + whole - Int64(half) + Int64(chance.multipliedFullWidth(by: half + 1).high)
  }

  /// The same for what should be needed once: to be asked again soon is as bad as a refusal.
  mutating func tried(_ pace: Pace, chance: UInt64, at nowMs: Int64) {
    refused(pace, chance: chance, at: nowMs)
    isRefused = false
    isTried = true
  }

  mutating func accepted() {
    isRefused = false
    isTried = false
    notBeforeMs = .min
  }

  /// The reason for all refusals is gone.
  mutating func forgive() {
    accepted()
    refusals = 0
    refusedMs = .min
  }

  mutating func asked(_ pace: Pace, at nowMs: Int64) {
    askedMs = nowMs
    if isRefused || isTried && !isCalm(pace, at: nowMs) { retries += 1 }
  }

  func isReady(_ pace: Pace, at nowMs: Int64) -> Bool {
    nowMs >= notBeforeMs && (askedMs == .min || nowMs - askedMs >= pace.gapMs)
  }

  /// Asked now it would be a repetition: it was refused, or asked a moment ago.
  func isRepetition(at nowMs: Int64) -> Bool {
    isRefused || (askedMs != .min && nowMs - askedMs < Pace.momentMs)
  }

  /// Nothing was refused for long enough to begin anew.
  func isCalm(_ pace: Pace, at nowMs: Int64) -> Bool {
    !isRefused && (refusedMs == .min || nowMs - refusedMs >= 2 * pace.longestMs)
  }
}

/// How a kind of request is paced, in ms.
struct Pace: Hashable, Sendable {
  /// What is asked again sooner than this is a repetition, refused or not.
  static let momentMs: Int64 = 1000

  /// The rest after the first refusal; between half of it and all of it is waited.
  var firstMs: Int64
  var longestMs: Int64
  /// Between two requests, whatever became of the first.
  var gapMs: Int64 = 100

  func restMs(after refusals: Int) -> Int64 { min(longestMs, firstMs << Int64(min(refusals, 30))) }
}

extension RequestKind {
  /// No rest is longer than what ends the trouble that is told of refusals (`Troubles.quietMs`).
  var pace: Pace {
    switch self {
    // The next in rank leads within L + 2.5 s.
    case .lease: Pace(firstMs: 500, longestMs: 2000)
    // It is asked for after a third of the lease, and must be there after two.
    case .renewal: Pace(firstMs: 100, longestMs: 1000)
    // It has a pause of its own; a definition may follow another commit at once.
    case .commit: Pace(firstMs: 100, longestMs: 2000, gapMs: 0)
    // Written again within 2 H.
    case .resync: Pace(firstMs: 100, longestMs: 4000, gapMs: 0)
    case .report: Pace(firstMs: 100, longestMs: 4000)
    case .snapshot, .remains, .reportsRead, .index: Pace(firstMs: 500, longestMs: 4000)
    case .handOver, .nodeInfo, .nodeInfos, .missing, .override: Pace(firstMs: 1000, longestMs: 4000)
    case .delete: Pace(firstMs: 5000, longestMs: 60_000)
    }
  }
}
