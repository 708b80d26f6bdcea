import Ledger

/// What a node that has just reached the ledger has yet to find out before it decides anything: who there is, and whether
/// it has missed that others came, went or decided.
struct Settling: Hashable, Sendable {
  /// Heartbeats for which a member that was not heard since is waited for, where the rest is known.
  static let patienceHeartbeats: Int64 = 2

  /// Since when the ledger is reached: ms of `Observation`, like the others.
  private(set) var sinceMs: Int64
  /// Before this moment nobody can know who there is.
  private(set) var wholeUntilMs: Int64
  /// From this moment on nobody is waited for any longer.
  private(set) var patientUntilMs: Int64
  /// From this moment on nothing is.
  private(set) var longestUntilMs: Int64
  /// The members that were named at first and have not been heard since, as they were then.
  private(set) var unheard: [String: Pulse]
  /// Where the upstreams stand was compared with what was known before.
  private(set) var hasPositions = false

  /// - Parameters:
  ///   - wholeUntilMs: before this moment nobody can know who there is.
  ///   - isWhole: nothing is known of what was before.
  ///   - isLong: others may have dropped this node meanwhile, and it would have dropped them.
  init(
    until wholeUntilMs: Int64, isWhole: Bool, isLong: Bool, _ sharing: NodeProfile.Sharing, unheard: [Member],
    at observedMs: Int64
  ) {
    sinceMs = observedMs
    self.wholeUntilMs = wholeUntilMs
    longestUntilMs = max(wholeUntilMs, observedMs + sharing.settlingMs)
    patientUntilMs =
      isLong ? longestUntilMs : observedMs + Self.patienceHeartbeats * sharing.heartbeatMs
    self.unheard = Dictionary(unheard.map { ($0.node, $0.pulse) }) { $1 }
    hasPositions = isWhole
  }

  /// True: somebody was heard who was not.
  mutating func hear(_ members: [Member]) -> Bool {
    guard !unheard.isEmpty else { return false }
    let before = unheard.count
    let pulses = Dictionary(members.map { ($0.node, $0.pulse) }) { $1 }
    // Who is named no more was dropped by others. An earlier beat is that of another primary, which was behind.
    unheard = unheard.filter { node, before in
      pulses[node].map { $0.run == before.run && $0.beat <= before.beat } ?? false
    }
    return unheard.count != before
  }

  mutating func compared() { hasPositions = true }

  /// It lasts for as long as somebody may be there whom this node cannot know.
  func isWhole(at observedMs: Int64) -> Bool { observedMs < wholeUntilMs }

  /// Whoever was not heard by now is waited for no longer.
  func isImpatient(at observedMs: Int64) -> Bool { !isWhole(at: observedMs) && observedMs >= patientUntilMs }

  func isOver(at observedMs: Int64) -> Bool {
    if isWhole(at: observedMs) { return false }
    if observedMs >= longestUntilMs { return true }
    return hasPositions && (unheard.isEmpty || observedMs >= patientUntilMs)
  }
}
