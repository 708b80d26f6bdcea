import Health
import Ledger

/// One peer as its upstream's machine knows it.
struct PeerWatch: Sendable {
  /// What is decided, as the ledger last confirmed it.
  private(set) var record: PeerRecord
  /// This node's own view.
  private(set) var streak: Streak
  /// The number its probes run under; nil: this node does not probe it.
  private(set) var probe: ProbeID?
  /// What the definition in force has otherwise for it than for its upstream.
  private(set) var overrides: PeerOverrides?
  /// What its probes run by.
  private var probedBy: PeerOverrides?
  /// The last result that counted; nil: there was none.
  private(set) var last: LastResult?
  /// When watching began: steady ms. Counts as a result for being overdue.
  private(set) var watchedSinceMs: Int64
  /// Its probe is overdue: the view is no vote.
  private(set) var isLate = false
  /// The view is that of the consensus which this node began with, or had after a long silence, and no result of its own
  /// has agreed with it yet: that is no vote. A peer that has just come back would be voted down by who saw nothing but successes.
  private(set) var isInherited = true
  private(set) var isPacedFast = false
  /// When the log was told last that its certificate ends soon: ms since 1970.
  private(set) var certificateToldMs = Int64.min
  /// Something may have to be decided about it.
  private(set) var isDirty = false
  /// Others have not been told of this view yet.
  private(set) var isUnreported = false

  struct LastResult: Sendable {
    /// Success or a failure: local errors do not count.
    var verdict: Outcome.Verdict
    var micros: UInt32
    var detail: String
    var endedMs: Int64
    var wallMs: Int64
    /// Of the peer's certificate: seconds since 1970; 0: none was seen.
    var certificateEndsS: Int64
  }

  init(record: PeerRecord, overrides: PeerOverrides? = nil, nowMs: Int64) {
    self.record = record
    self.overrides = overrides
    streak = Streak(state: record.decided)
    watchedSinceMs = nowMs
  }

  /// This node's vote; nil: it has none, for want of a fresh probe of its own.
  var vote: PeerState? { probe == nil || last == nil || isLate || isInherited ? nil : streak.state }

  /// What others are told.
  var report: Report? { isInherited ? nil : seen }

  /// What this node shows of its own probes.
  var seen: Report? {
    guard probe != nil, let last else { return nil }
    var report = Report(
      state: streak.state, ok: streak.ok, nok: streak.nok, code: Outcome(last.verdict).code,
      detail: last.detail,
      micros: last.micros, atMs: last.wallMs, late: isLate)
    report.certificateEndsS = last.certificateEndsS
    return report
  }

  /// Takes the peer over: the view starts from the consensus, with counters at zero.
  mutating func begin(_ probe: ProbeID, from view: PeerState, at nowMs: Int64) {
    self.probe = probe
    probedBy = overrides
    streak = Streak(state: view)
    last = nil
    isInherited = true
    watchedSinceMs = nowMs
    isLate = false
    isPacedFast = false
  }

  /// Goes on with other settings: the view stays.
  mutating func goOn(_ probe: ProbeID, at nowMs: Int64) {
    self.probe = probe
    probedBy = overrides
    watchedSinceMs = nowMs
    isPacedFast = false
  }

  /// Its probes run by what the definition in force does not say any more.
  var isProbedOtherwise: Bool { probe != nil && probedBy != overrides }

  mutating func end() {
    probe = nil
    last = nil
    isInherited = true
    isLate = false
    isUnreported = false
  }

  /// The probe is no more; what was seen stays.
  mutating func drop() { probe = nil }

  /// Another definition has it, too.
  mutating func stays(as peer: PeerDefinition) {
    record.role = peer.role
    overrides = peer.overrides
    isDirty = false
  }

  /// True: it was not yet.
  mutating func markDirty() -> Bool {
    defer { isDirty = true }
    return !isDirty
  }

  mutating func clean() { isDirty = false }

  /// True: it was not yet.
  mutating func markUnreported() -> Bool {
    defer { isUnreported = true }
    return !isUnreported
  }

  mutating func told() { isUnreported = false }

  mutating func turnLate() { isLate = true }

  /// Whether it is to be probed faster from now on; nil: as before.
  mutating func changePace() -> Bool? {
    guard streak.isTurning != isPacedFast else { return nil }
    isPacedFast.toggle()
    return isPacedFast
  }

  /// Takes what was decided meanwhile.
  mutating func adopt(_ record: PeerRecord) {
    let role = self.record.role
    self.record = record
    self.record.role = role
    if isInherited, last == nil || streak.state != record.decided { streak = Streak(state: record.decided) }
  }

  /// Counts a result. True when the view others see of it has changed.
  ///
  /// - Parameter overdueMs: after so long without a result the view is none any more.
  mutating func count(
    _ result: ProbeResult, _ thresholds: Thresholds, overdueMs: Int64, wallMs: Int64
  ) -> Bool {
    let before = (streak.state, last?.verdict, isLate, isInherited)
    if let last, result.endedMs - last.endedMs > overdueMs, isCounted(result) { inherit() }
    switch result.outcome.verdict {
    case .success: _ = streak.succeed(thresholds)
    case .failure: _ = streak.fail(thresholds)
    case .local: return false
    }
    let outcome = result.outcome
    // The first result that agrees makes the view this node's own.
    if (outcome.verdict == .success) == (streak.state == .up) { isInherited = false }
    last = LastResult(
      verdict: outcome.verdict, micros: outcome.phases.total,
      detail: outcome.detail.isEmpty && outcome.status > 0 ? "\(outcome.status)" : outcome.detail,
      endedMs: result.endedMs, wallMs: wallMs, certificateEndsS: outcome.certificate?.endsS ?? 0)
    isLate = false
    return before != (streak.state, outcome.verdict, false, isInherited)
  }

  /// Once a day: its certificate ends within `warningMs`, or has ended.
  mutating func mustTellOfCertificate(within warningMs: Int, wallMs: Int64) -> Bool {
    guard let ends = last?.certificateEndsS, ends > 0, ends * 1000 - wallMs < Int64(warningMs),
      certificateToldMs == .min || wallMs - certificateToldMs >= 86_400_000
    else { return false }
    certificateToldMs = wallMs
    return true
  }

  /// What was seen before a long silence is no view of now: one failure would make it a vote for up. It starts from the
  /// consensus again.
  private mutating func inherit() {
    isInherited = true
    if streak.state != record.decided { streak = Streak(state: record.decided) }
  }

  private func isCounted(_ result: ProbeResult) -> Bool {
    if case .local = result.outcome.verdict { false } else { true }
  }

  /// Its probe is overdue, and was not before.
  func becomesLate(at nowMs: Int64, afterMs overdueMs: Int64) -> Bool {
    probe != nil && !isLate && nowMs - (last?.endedMs ?? watchedSinceMs) > overdueMs
  }
}
