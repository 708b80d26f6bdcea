import Health
import Ledger

/// What this node knows of what the ledger holds of an upstream, and how it keeps up with it.
struct Replica: Sendable {
  /// Milliseconds between two readings for the sake of evidence alone.
  static let evidenceMs: Int64 = 10_000

  /// Where the records of this node stand.
  private(set) var head = Head()
  /// The last override of each peer, lifted ones among them.
  private(set) var overrides: [PeerName: Override] = [:]
  private(set) var highest = Highest()
  /// The records are the ledger's, the number is still that of a lost branch: nothing is shown before both are written.
  private(set) var isBetweenBranches = false

  /// What is known may be outdated.
  private(set) var mustRead = false
  /// When it was last read: steady ms.
  private(set) var readMs: Int64 = .min
  /// Why it could not be read, and how often in a row.
  private(set) var trouble: UpstreamTrouble?
  private(set) var failures = 0
  /// What was read last was a part only, of this head.
  private(set) var partOf: Head?
  /// The highest number that there was of it when it was last deleted.
  private var deletedSeq: UInt64 = 0
  /// Since when the ledger has been seen to stand on another branch by a node that may not lead: ms of `Observation`.
  private(set) var otherBranchSinceMs: Int64?
  /// Where it stood when the ledger was lost; nil: that was compared since, or it was not lost.
  private var beforeLapse: (head: Head, term: UInt64)?

  /// - Parameter highest: what was seen of it before this node let go of it.
  init(after highest: Highest = Highest()) { self.highest = highest }

  /// What was decided before this node came is known to it.
  var isFollowed: Bool { head.seq > 0 }

  // MARK: Reading

  mutating func needsReading() { mustRead = true }
  mutating func needsReading(_ isNeeded: Bool) { mustRead = isNeeded }

  mutating func isRead(at nowMs: Int64) {
    mustRead = false
    readMs = nowMs
  }

  /// It was not long ago that it was read for the sake of evidence.
  func isEvidenceYoung(at nowMs: Int64) -> Bool { readMs != .min && nowMs - readMs < Self.evidenceMs }

  /// It could not be read, or that did not help.
  mutating func fail(_ fault: LedgerFault, wallMs: Int64) {
    failures += 1
    if trouble?.fault != fault { trouble = UpstreamTrouble(fault, sinceMs: trouble?.sinceMs ?? wallMs) }
  }

  mutating func isInTrouble(_ fault: LedgerFault, wallMs: Int64) {
    trouble = UpstreamTrouble(fault, sinceMs: wallMs)
  }

  mutating func forgive() {
    trouble = nil
    failures = 0
  }

  mutating func didReadPart(of head: Head) { partOf = head }

  /// Something has changed in what could be read in part only. True: it is worth a look at once.
  mutating func noticeRepair() -> Bool {
    defer { partOf = nil }
    return partOf != nil
  }

  // MARK: Where it stands

  /// What it would be for those who read here if this node showed what the ledger holds.
  enum Progress: Hashable, Sendable {
    case none, forward, back
    /// The ledger stands on another branch, at a number that was used here for something else: nobody may be led there
    /// under it.
    case across
  }

  func progress(to stands: Head, _ context: Context) -> Progress {
    switch head.position.relation(of: context.policy.comparable(stands.position, with: head)) {
    case .same: .none
    case .ahead: .forward
    case .behind: .back
    case .otherBranch: stands.seq >= head.seq ? .forward : .across
    }
  }

  func judge(_ event: LedgerEvent, _ context: Context) -> Position.Judgement {
    guard context.policy.judgesEvents else { return .next }
    let position = context.policy.comparable(event.position, with: head)
    let judgement = head.position.judge(position, event.change)
    return judgement == .gap && !context.policy.takesOnlyTheNextEvent ? .next : judgement
  }

  /// An event was taken that follows on what is known. Whichever commit it was of: the next reading of heads tells.
  mutating func follow(_ event: LedgerEvent) {
    head.seq = event.seq
    head.checkedMs = event.atMs
    head.commit = ""
    if case .panic(let isOn, _) = event.change { head.panic = isOn }
  }

  /// What this node has written is what the ledger holds.
  mutating func didCommit(_ head: Head, without removed: [PeerName], _ context: Context) {
    self.head = head
    highest.observe(head, context)
    isBetweenBranches = false
    for peer in removed { overrides[peer] = nil }
  }

  /// What was read of the ledger is what is known from now on.
  ///
  /// - Parameter isBelow: numbers never go back: what is taken over from another branch gets new ones.
  mutating func adopt(_ head: Head, isBelow: Bool) {
    isBetweenBranches = isBelow
    if isBelow { self.head.digest = head.digest } else { self.head = head }
    self.head.panic = head.panic
    self.head.words = head.words
  }

  /// The records were rebuilt from what is left, and are above where this node stands: they are shown once they are
  /// written.
  mutating func rebuilt() { isBetweenBranches = isFollowed }

  mutating func observe(_ head: Head, _ context: Context) { highest.observe(head, context) }
  mutating func observe(_ position: Position, _ context: Context) { highest.observe(position, context) }
  mutating func observe(_ lease: Lease, _ context: Context) { highest.observe(lease, context) }
  mutating func observe(seq: UInt64) { highest.observe(seq: seq) }
  mutating func isOver(term: UInt64) { highest.isOver(term: term) }

  mutating func isOnOtherBranch(since ms: Int64?) { otherBranchSinceMs = ms }

  /// The ledger was deleted of it.
  mutating func knowNothing() {
    head = Head()
    overrides = [:]
    deletedSeq = highest.seq
  }

  /// What stays true when this node lets go of it; nil: no number is known, or it was deleted since.
  var lasting: Highest? { highest.seq > deletedSeq ? highest : nil }

  // MARK: Overrides

  /// Takes over the later one of each peer.
  mutating func receive(_ others: [PeerName: Override]) {
    for (peer, override) in others where override.rev > overrides[peer]?.rev ?? 0 {
      overrides[peer] = override
      highest.observe(rev: override.rev)
    }
  }

  /// What the ledger holds of them. Two primaries may have given one revision to two overrides: the one that is left counts.
  mutating func receive(ofLedger others: [PeerName: Override]) {
    receive(others)
    for (peer, override) in others where override.rev == overrides[peer]?.rev { overrides[peer] = override }
  }

  /// Those that went with their peers.
  mutating func removeOverride(of peer: PeerName) { overrides[peer] = nil }

  /// What is remembered here and was lifted with its peer, as the ledger tells where it has lost nothing. An override that
  /// is missing there and was not lifted is from another primary, and stays.
  mutating func forgetLifted(_ snapshot: LedgerSnapshot, _ context: Context) {
    guard snapshot.head.isWhole, context.policy.keepsLiftedOverridesLifted else { return }
    for (peer, override) in overrides
    where override.rev <= snapshot.head.liftedRev && snapshot.overrides[peer] == nil { overrides[peer] = nil }
  }

  /// Overrides that are remembered here and that the ledger does not have, nor has lifted: they were given on a primary
  /// which is lost.
  private(set) var lostOverrides: [PeerName] = []

  mutating func compareOverrides(with snapshot: LedgerSnapshot) {
    lostOverrides =
      !snapshot.head.isWhole
      ? []
      : overrides.filter { peer, override in
        override.state != .auto && override.rev > snapshot.head.liftedRev && snapshot.overrides[peer] == nil
      }.keys.sorted()
  }

  mutating func gaveLostOverrides() { lostOverrides = [] }

  // MARK: A lapse

  /// - Parameter term: of the lease that was last seen; 0: none was.
  mutating func loseSight(term: UInt64) { beforeLapse = (head, term) }

  /// The first time after a lapse: the ledger stands behind where it stood before.
  ///
  /// - Parameter isNobodys: nobody has the upstream: it may have been deleted.
  mutating func isSetBack(_ headReading: HeadReading?, isNobodys: Bool) -> Bool {
    guard let before = beforeLapse else { return false }
    beforeLapse = nil
    if let lease = headReading?.lease, lease.holder.term < before.term { return true }
    guard before.head.seq > 0, !isNobodys else { return false }
    guard let head = headReading?.head else { return true }
    return (head.term, head.seq) < (before.head.term, before.head.seq)
  }
}

/// The highest numbers that were ever seen of an upstream, wherever they were written.
struct Highest: Sendable {
  /// None below is given out again.
  private(set) var seq: UInt64 = 0
  /// One more, where two runs had that: whoever leads next gets one above both.
  private(set) var term: UInt64 = 0
  /// When a higher one was last seen: steady ms.
  private(set) var termMs: Int64 = .min
  /// Who has the highest term; empty: nobody.
  private var run = ""
  /// Of overrides, lifted ones among them.
  private(set) var rev: UInt64 = 0
  private(set) var liftedRev: UInt64 = 0

  mutating func observe(_ head: Head, _ context: Context) {
    observe(head.position, context)
    liftedRev = max(liftedRev, head.liftedRev)
    rev = max(rev, head.words, liftedRev)
  }

  mutating func observe(_ position: Position, _ context: Context) {
    seq = max(seq, position.seq)
    observe(term: position.term, run: position.run, context)
  }

  mutating func observe(_ lease: Lease, _ context: Context) {
    observe(term: lease.holder.term, run: lease.holder.run, context)
  }

  mutating func observe(seq: UInt64) { self.seq = max(self.seq, seq) }
  mutating func observe(rev: UInt64) { self.rev = max(self.rev, rev) }

  /// This node has led under this term, and leads under it no more: whoever leads next gets a higher one.
  mutating func isOver(term: UInt64) {
    if term >= self.term { (self.term, run) = (min(term + 1, Lease.highestTerm), "") }
  }

  private mutating func observe(term: UInt64, run: String, _ context: Context) {
    if term > self.term || (term == self.term && self.run.isEmpty) {
      (self.term, self.run) = (term, run)
      termMs = context.nowMs
    } else if term == self.term, run != self.run, !run.isEmpty, context.policy.tellsRunsApart {
      (self.term, self.run) = (min(term + 1, Lease.highestTerm), "")
      termMs = context.nowMs
    }
  }
}
