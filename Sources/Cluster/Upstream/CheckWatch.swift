import Health

/// One check of one peer, as this node sees it.
struct CheckWatch: Sendable {
  /// How it is called among several; empty: it is the only one.
  private(set) var name = ""
  private(set) var streak: Streak
  /// The number its probes run under; nil: this node does not probe it.
  private(set) var probe: ProbeID?
  /// The last result that counted; nil: there was none.
  private(set) var last: LastResult?
  /// When watching began: steady ms. Counts as a result for being overdue.
  private var watchedSinceMs: Int64
  /// Its probe is overdue: the view is no vote.
  private(set) var isLate = false
  /// The view is that of the consensus which this node began with, or had after a long silence, and no result of its own
  /// has agreed with it yet: that is no vote. A peer that has just come back would be voted down by who saw nothing but successes.
  private(set) var isInherited = true
  private var isPacedFast = false

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

  init(_ name: String = "", state: PeerState, nowMs: Int64) {
    self.name = name
    streak = Streak(state: state)
    watchedSinceMs = nowMs
  }

  /// It was seen by this node's own results, and lately.
  var isFresh: Bool { probe != nil && last != nil && !isLate && !isInherited }

  /// Takes the check over: the view starts from the consensus, with counters at zero.
  mutating func begin(_ probe: ProbeID, _ name: String, from view: PeerState, at nowMs: Int64) {
    self = CheckWatch(name, state: view, nowMs: nowMs)
    self.probe = probe
  }

  /// Goes on with other settings: the view stays.
  mutating func goOn(_ probe: ProbeID, _ name: String, at nowMs: Int64) {
    self.probe = probe
    self.name = name
    watchedSinceMs = nowMs
    isPacedFast = false
  }

  mutating func end() {
    probe = nil
    last = nil
    isInherited = true
    isLate = false
  }

  /// The probe is no more; what was seen stays.
  mutating func drop() { probe = nil }

  mutating func turnLate() { isLate = true }

  /// Whether it is to be probed faster from now on; nil: as before.
  mutating func changePace() -> Bool? {
    guard streak.isTurning != isPacedFast else { return nil }
    isPacedFast.toggle()
    return isPacedFast
  }

  /// Takes what was decided meanwhile.
  mutating func adopt(_ decided: PeerState) {
    if isInherited, last == nil || streak.state != decided { streak = Streak(state: decided) }
  }

  /// Counts a result that is no local error.
  ///
  /// - Parameters:
  ///   - decided: what is decided of the peer.
  ///   - overdueMs: after so long without a result the view is none any more.
  mutating func count(
    _ result: ProbeResult, _ thresholds: Thresholds, decided: PeerState, overdueMs: Int64, wallMs: Int64
  ) {
    let outcome = result.outcome
    if let last, result.endedMs - last.endedMs > overdueMs { inherit(decided) }
    _ = outcome.verdict == .success ? streak.succeed(thresholds) : streak.fail(thresholds)
    // The first result that agrees makes the view this node's own.
    if (outcome.verdict == .success) == (streak.state == .up) { isInherited = false }
    last = LastResult(
      verdict: outcome.verdict, micros: outcome.phases.total,
      detail: outcome.detail.isEmpty && outcome.status > 0 ? "\(outcome.status)" : outcome.detail,
      endedMs: result.endedMs, wallMs: wallMs, certificateEndsS: outcome.certificate?.endsS ?? 0)
    isLate = false
  }

  /// What was seen before a long silence is no view of now: one failure would make it a vote for up. It starts from the
  /// consensus again.
  private mutating func inherit(_ decided: PeerState) {
    isInherited = true
    if streak.state != decided { streak = Streak(state: decided) }
  }

  /// Its probe is overdue, and was not before.
  func becomesLate(at nowMs: Int64, afterMs overdueMs: Int64) -> Bool {
    probe != nil && !isLate && nowMs - (last?.endedMs ?? watchedSinceMs) > overdueMs
  }
}
