import Health
import Ledger

/// One peer as its upstream's machine knows it.
struct PeerWatch: Sendable {
  /// What is decided, as the ledger last confirmed it.
  private(set) var record: PeerRecord
  private var first: CheckWatch
  /// What most peers do not have takes a pointer's room, and not its own.
  private var boxed = Box.nothing
  /// Something may have to be decided about it.
  private(set) var isDirty = false
  /// Others have not been told of this view yet.
  private(set) var isUnreported = false

  init(record: PeerRecord, overrides: PeerOverrides? = nil, nowMs: Int64) {
    self.record = record
    first = CheckWatch(state: record.decided, nowMs: nowMs)
    self.overrides = overrides
  }

  private struct Rare: Sendable {
    /// Where the peer has several checks, those after the first.
    var others: [CheckWatch] = []
    /// What the definition in force has otherwise for it than for its upstream.
    var overrides: PeerOverrides?
    /// What its probes run by.
    var probedBy: PeerOverrides?
    /// When the log was told last that its certificate ends soon: ms since 1970; nil: it was not.
    var certificateToldMs: Int64?

    var isNothing: Bool {
      others.isEmpty && overrides == nil && probedBy == nil && certificateToldMs == nil
    }
  }

  private indirect enum Box: Sendable {
    case nothing
    case rare(Rare)
  }

  private var rare: Rare {
    get { if case .rare(let rare) = boxed { rare } else { Rare() } }
    set {
      if case .nothing = boxed, newValue.isNothing { return }
      boxed = newValue.isNothing ? .nothing : .rare(newValue)
    }
  }

  private var others: [CheckWatch] {
    get { rare.others }
    set { rare.others = newValue }
  }

  /// What the definition in force has otherwise for it than for its upstream.
  private(set) var overrides: PeerOverrides? {
    get { rare.overrides }
    set { rare.overrides = newValue }
  }

  // MARK: Its checks

  var checkCount: Int { 1 + others.count }

  subscript(check place: Int) -> CheckWatch {
    get { place == 0 ? first : others[place - 1] }
    _modify {
      if place == 0 { yield &first } else { yield &others[place - 1] }
    }
  }

  /// This node probes it.
  var isProbed: Bool { first.probe != nil }

  /// This node has had a result.
  var isSeen: Bool { first.last != nil || others.contains { $0.last != nil } }

  /// Has the checks of other settings from now on. The view of one that was there stays, by name, and that of the first as the
  /// first where no name says otherwise; one that is new starts as the peer is decided.
  mutating func arrange(_ names: [String], at nowMs: Int64) {
    let known = [first] + others
    let arranged = names.enumerated().map { place, name -> CheckWatch in
      let same = known.first { $0.name == name && !name.isEmpty }
      let isRenamed = place == 0 && !names.contains(first.name)
      return same ?? (isRenamed ? first : CheckWatch(name, state: record.decided, nowMs: nowMs))
    }
    first = arranged.first ?? first
    others = Array(arranged.dropFirst())
  }

  /// Takes a check over, or goes on with it where this node has seen it.
  mutating func watch(_ place: Int, _ probe: ProbeID, _ name: String, from view: PeerState, at nowMs: Int64) {
    rare.probedBy = overrides
    if self[check: place].last == nil {
      self[check: place].begin(probe, name, from: view, at: nowMs)
    } else {
      self[check: place].goOn(probe, name, at: nowMs)
    }
  }

  /// Its probes run by what the definition in force does not say any more.
  var isProbedOtherwise: Bool { isProbed && rare.probedBy != overrides }

  mutating func end() {
    first.end()
    for place in others.indices { others[place].end() }
    isUnreported = false
  }

  /// The probes are no more; what was seen stays.
  mutating func drop() {
    first.drop()
    for place in others.indices { others[place].drop() }
  }

  // MARK: This node's view: all checks have to hold

  /// Down as soon as one check is, whether or not the others say anything.
  var state: PeerState { others.isEmpty ? first.streak.state : telling.streak.state }

  /// This node's vote; nil: it has none, for want of fresh probes of its own.
  var vote: PeerState? {
    let telling = telling
    return telling.isFresh ? telling.streak.state : nil
  }

  /// The check that the view rests on: one that is down and was lately seen so, else one of which nothing is known for
  /// now, else one that is turning, else the one with the fewest successes.
  private var telling: CheckWatch {
    if others.isEmpty { return first }
    let all = [first] + others
    let down = all.filter { $0.streak.state == .down }
    if let check = down.first(where: \.isFresh) ?? all.first(where: { !$0.isFresh }) {
      return check.isFresh ? check : down.first ?? check
    }
    return all.first { $0.streak.isTurning } ?? all.min { $0.streak.ok < $1.streak.ok } ?? first
  }

  /// What others are told.
  var report: Report? { telling.isInherited ? nil : seen }

  /// What this node shows of its own probes.
  var seen: Report? {
    let telling = telling
    guard telling.probe != nil, let last = telling.last else { return nil }
    var report = Report(
      state: telling.streak.state, ok: telling.streak.ok, nok: telling.streak.nok,
      code: Outcome(last.verdict).code, detail: detail(of: telling, last), micros: last.micros,
      atMs: last.wallMs,
      late: telling.isLate)
    report.certificateEndsS = last.certificateEndsS
    guard !others.isEmpty else { return report }
    let results = ([first] + others).compactMap(\.last)
    report.certificateEndsS = certificateEndsS
    if last.verdict == .success { report.micros = results.map(\.micros).max() ?? last.micros }
    return report
  }

  /// The first end of a certificate that was seen: seconds since 1970; 0: none was.
  var certificateEndsS: Int64 {
    let ends = first.last?.certificateEndsS ?? 0
    if others.isEmpty { return ends }
    return ([ends] + others.map { $0.last?.certificateEndsS ?? 0 }).filter { $0 > 0 }.min() ?? 0
  }

  /// Among several checks a failure says whose it is.
  private func detail(of check: CheckWatch, _ last: CheckWatch.LastResult) -> String {
    guard !others.isEmpty, last.verdict != .success else { return last.detail }
    let further = ([first] + others).filter { $0.streak.state == .down && $0.name != check.name }.map(\.name)
    let also = further.isEmpty ? "" : " (down as well: \(further.joined(separator: ", ")))"
    return "check \(check.name): \(last.detail)\(also)"
  }

  // MARK: Results

  /// Counts a result. True when the view others see of it has changed.
  ///
  /// - Parameter overdueMs: after so long without a result the view is none any more.
  mutating func count(
    _ result: ProbeResult, check place: Int = 0, _ thresholds: Thresholds, overdueMs: Int64, wallMs: Int64
  ) -> Bool {
    if case .local = result.outcome.verdict { return false }
    let before = Glimpse(telling)
    self[check: place]
      .count(result, thresholds, decided: record.decided, overdueMs: overdueMs, wallMs: wallMs)
    return before != Glimpse(telling)
  }

  /// What others see of a view at once: counters and latencies are told later.
  private struct Glimpse: Equatable {
    var name: String
    var state: PeerState
    var verdict: Outcome.Verdict?
    var isLate: Bool
    var isInherited: Bool

    init(_ check: CheckWatch) {
      name = check.streak.state == .down || check.streak.isTurning ? check.name : ""
      state = check.streak.state
      verdict = check.last?.verdict
      isLate = check.isLate
      isInherited = check.isInherited
    }
  }

  /// Checks whose probes are overdue, and were not before, are late from now on. True: there were some.
  ///
  /// - Parameter overdueMs: of the check at each place.
  mutating func turnLate(at nowMs: Int64, afterMs overdueMs: [Int64]) -> Bool {
    var isAnyLate = false
    for place in 0..<min(checkCount, overdueMs.count)
    where self[check: place].becomesLate(at: nowMs, afterMs: overdueMs[place]) {
      self[check: place].turnLate()
      isAnyLate = true
    }
    return isAnyLate
  }

  /// Once a day: its certificate ends within `warningMs`, or has ended.
  mutating func mustTellOfCertificate(within warningMs: Int, wallMs: Int64) -> Bool {
    let ends = certificateEndsS
    guard ends > 0, ends * 1000 - wallMs < Int64(warningMs),
      rare.certificateToldMs.map({ wallMs - $0 >= 86_400_000 }) ?? true
    else { return false }
    rare.certificateToldMs = wallMs
    return true
  }

  // MARK: Its record

  /// Another definition has it, too.
  mutating func stays(as peer: PeerDefinition) {
    record.role = peer.role
    overrides = peer.overrides
    isDirty = false
  }

  /// Takes what was decided meanwhile.
  mutating func adopt(_ record: PeerRecord) {
    let role = self.record.role
    self.record = record
    self.record.role = role
    first.adopt(record.decided)
    for place in others.indices { others[place].adopt(record.decided) }
  }

  // MARK: What is open

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
}
