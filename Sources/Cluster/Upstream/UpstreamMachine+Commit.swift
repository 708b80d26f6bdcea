import Health
import Ledger

extension UpstreamMachine {
  /// Decides whatever may be decided now, and sends it to the ledger.
  mutating func decide(_ step: inout Step) {
    guard let held = leadership.held, held.handOver == nil, step.surroundings.isInTouch,
      held.isUsable(step), !isFollowedByAnother(held, step)
    else { return }
    if writing.inFlight != nil { return sendAgain(&step) }
    guard following.isInStep, retries.isReady(.commit, &step) else { return }
    // Also of an upstream that the settings do not have any more: whoever is to lead it next may know less.
    if writing.mustResync, isChecked || definition?.checker != nil {
      return sendResync(held.lease.holder, &step)
    }
    guard isChecked else { return }
    if let new = newDefinition(step) {
      // Who has only heard of higher numbers does not give them out again.
      if following.ledgerSeq < following.highestSeq { return sendResync(held.lease.holder, &step) }
      return send(bringingIn(new, step), held.lease.holder, &step)
    }
    if let last = writing.lastMs, step.nowMs - last < Writing.pauseMs { return }
    // A new leader commits once, whatever there is to say: the head is of its term then, above all that was decided before
    // it, also on a primary that is none any more.
    let isNew = isFollowed && definition != nil && head.term < held.lease.holder.term
    // So it is at nearly every tick.
    guard isNew || !writing.dirty.isEmpty else { return }
    let draft = judged(step)
    guard !draft.isEmpty || isNew else { return }
    send(draft, held.lease.holder, &step)
  }

  // MARK: The definition

  /// What is to come into force; nil: what is in force stays.
  private func newDefinition(_ step: Step) -> UpstreamDefinition? {
    guard step.surroundings.maySettle, target != head.digest, target == configuredDigest, isInForceLong(step)
    else { return nil }
    return configured
  }

  /// What others carry is heard within two heartbeats: a new leader may not know yet by whom the one in force was carried.
  private func isInForceLong(_ step: Step) -> Bool {
    guard let sharing = step.profile.sharing else { return true }
    return enforcedMs.map { step.nowMs - $0 >= 2 * sharing.heartbeatMs } ?? true
  }

  private func bringingIn(_ new: UpstreamDefinition, _ step: Step) -> CommitDraft {
    let kept = Set(new.peers.map(\.name))
    return CommitDraft(
      changes: [.definition(digest: new.digest)], records: records(under: new, step),
      removed: peers.map(\.record.peer).filter { !kept.contains($0) }.sorted(), definition: new,
      // Words may be older than the ledger's: it was emptied before anything was in force.
      overrides: overrides.filter { kept.contains($0.key) })
  }

  /// Everything that is known, in place of what the ledger holds.
  private func resync(_ step: Step) -> CommitDraft {
    let definition = definition ?? configured
    return CommitDraft(
      changes: [.resync], records: definition.map { records(under: $0, step) } ?? [], removed: [],
      definition: definition, overrides: overrides,
      floorSeq: step.keeps(.sequenceFloor) ? following.highestSeq : 0)
  }

  // MARK: What the votes make of every dirty peer

  private mutating func judged(_ step: Step) -> CommitDraft {
    var draft = CommitDraft()
    guard definition != nil else { return draft }
    let maySettle = step.surroundings.maySettle && reporting.hasOthers
    var left: [PeerName] = []
    // In the order of the definition, however the news of them came.
    let places = writing.dirty.compactMap { index[$0] }.sorted()
    for place in places {
      judge(place, maySettle, into: &draft, step)
      // What may not be decided yet stays open.
      if maySettle { peers[place].isDirty = false } else { left.append(peers[place].record.peer) }
    }
    writing.dirty = left
    return draft
  }

  private func judge(_ place: Int, _ maySettle: Bool, into draft: inout CommitDraft, _ step: Step) {
    let before = peers[place].record
    var record = before
    let word = obey(&record)
    let why = maySettle ? decide(&record, place, step) : ""
    record.status = record.override?.state.status ?? record.decided
    guard record != before else { return }
    if record.status != before.status { record.sinceMs = 0 }  // the ledger's clock tells
    draft.records.append(record)
    if let word {
      draft.changes.append(word)
      // It may have been heard of another primary, and be missing in this one.
      draft.overrides[record.peer] = overrides[record.peer]
    }
    guard record.status != before.status, record.override == nil, word == nil else { return }
    draft.changes.append(
      .transition(
        Transition(
          peer: record.peer, role: record.role, from: before.status, to: record.status, reason: record.reason,
          detail: why,
          votes: record.votes ?? Votes(up: 0, down: 0, assigned: assignment.width, quorum: .majority))))
  }

  /// Puts the operator's last word on top; nil: it is there already.
  private func obey(_ record: inout PeerRecord) -> LedgerEvent.Change? {
    guard let word = overrides[record.peer] else { return nil }
    switch (word.state, record.override) {
    case (.auto, nil): return nil
    case (.auto, let known?):
      guard word.rev > known.rev else { return nil }
      record.override = nil
    case (_, let known):
      guard word.rev > known?.rev ?? 0 else { return nil }
      record.override = word
    }
    return .override(record.peer, word.state, by: word.by, why: word.why, rev: word.rev)
  }

  /// Returns why, for people.
  private func decide(_ record: inout PeerRecord, _ place: Int, _ step: Step) -> String {
    let votes = votes(on: place, step)
    let decision = decision(of: votes, step)
    if decision != nil {
      record.evidence = .confirmed
      record.votes = votes
    } else if record.evidence == .confirmed {
      record.evidence = .stale
    }
    if definition?.keepsDown(place) == true {
      record.decided = .down
      record.reason = PeerRecord.markedDown
      return "marked down in the settings"
    }
    guard let decision, decision != record.decided || record.isMarkedDown else { return "" }
    let why = reason(for: decision, place, step)
    record.decided = decision
    record.reason = why.code
    return why.sentence
  }

  private func decision(of votes: Votes, _ step: Step) -> PeerState? {
    if !step.keeps(.quorum), votes.down + 1 >= votes.needed, votes.down > 0 { return .down }
    return votes.decision
  }

  // MARK: To the ledger

  /// Each but the first waits, also where it is done each time: it is not to be needed again and again.
  private mutating func sendResync(_ holder: LeaseHolder, _ step: inout Step) {
    guard retries.mayAsk(.resync, &step) else { return }
    send(resync(step), holder, &step)
    retries.tried(.resync, "the ledger loses what is written", &step)
  }

  private mutating func send(_ draft: CommitDraft, _ holder: LeaseHolder, _ step: inout Step) {
    retries.asks(.commit, &step)
    writing.counter += 1
    let commit = Commit(
      upstream: name, holder: holder, id: "\(holder.term).\(holder.run).\(writing.counter)",
      expectedSeq: following.ledgerSeq,
      after: step.keeps(.commitsBuildOnTheLast) && !draft.changes.contains(.resync) ? head.commit : "",
      changes: draft.changes, records: draft.records,
      removed: draft.removed, definition: draft.definition, floorSeq: draft.floorSeq,
      overrides: draft.overrides, liftedRev: following.liftedRev)
    writing.lastMs = step.nowMs
    writing.mustResync = false
    writing.inFlight = Writing.InFlight(
      number: ask(.commit(commit), &step), commit: commit, sentMs: step.nowMs)
  }

  /// Nobody knows what became of it: the identical commit goes out once more, and the ledger tells.
  private mutating func sendAgain(_ step: inout Step) {
    guard var inFlight = writing.inFlight, let again = inFlight.againAtMs, step.nowMs >= again,
      retries.mayAsk(.commit, &step)
    else { return }
    if !step.keeps(.identicalRetry) {
      writing.counter += 1
      inFlight.commit.id += ".\(writing.counter)"
    }
    inFlight.number = ask(.commit(inFlight.commit), &step)
    inFlight.againAtMs = nil
    writing.inFlight = inFlight
  }

  mutating func wrote(_ answer: Result<LedgerAnswer, LedgerError>, _ step: inout Step) {
    guard let inFlight = writing.inFlight else { return }
    switch answer {
    case .success(.committed(let seq, let atMs)), .success(.already(let seq, let atMs)):
      writing.inFlight = nil
      writing.forbiddenMs = nil
      retries.accepted(.commit)
      written(inFlight.commit, seq: seq, atMs: atMs, &step)
      if display.isHeld, following.isInStep { release(&step) }
    case .success(.outOfStep(let stands)):
      writing.inFlight = nil
      retries.refused(.commit, "it is out of step with what the ledger holds", &step)
      // Another primary may have taken it: its numbers are not given out again.
      if inFlight.isUnknown { following.highestSeq = max(following.highestSeq, inFlight.commit.lastSeq) }
      decideAgain(inFlight.commit)
      standsElsewhere(stands, inFlight.commit.holder, &step)
    case .success: lose(&step)
    case .failure(let error):
      writing.inFlight?.againAtMs = retries.refused(.commit, error.sentence, &step)
      if case .outcomeUnknown = error { writing.inFlight?.isUnknown = true }
      if error.fault.kind == .noPermission { forbid(&step) }
      return
    }
    decide(&step)
  }

  /// This node may not commit. What it would have written is for whom it hands the lead over to.
  private mutating func forbid(_ step: inout Step) {
    writing.forbiddenMs = step.nowMs
    guard let inFlight = writing.inFlight, step.keeps(.committersLead) else { return }
    writing.inFlight = nil
    giveUp(inFlight)
  }

  /// Who decides next decides it again. If it was done after all, its numbers are not given out again.
  mutating func giveUp(_ inFlight: Writing.InFlight) {
    if inFlight.isDone { following.highestSeq = max(following.highestSeq, inFlight.commit.lastSeq) }
    decideAgain(inFlight.commit)
  }

  /// The ledger is not where this leader left it. Under its own term nobody else may write: it has lost something, or a
  /// strange hand was there.
  mutating func standsElsewhere(_ stands: Head, _ holder: LeaseHolder, _ step: inout Step) {
    following.see(stands, step)
    following.ledgerSeq = stands.seq
    // It lacks what was written without an event, or another primary has it: that is decided again.
    if stands.isWhole, isOfAnotherCommit(stands, step) { return readAgain(&step) }
    let isOwn = (stands.term, stands.run) == (holder.term, holder.run)
    switch progress(to: stands, step) {
    case .forward where stands.isWhole && !isOwn: return readAgain(&step)
    case .across:
      following.isOnLostBranch = true
      return readAgain(&step)
    default: break
    }
    writing.mustResync = step.keeps(.resync)
    step.log(.resync(name, ledgerSeq: stands.seq, knownSeq: head.seq))
  }

  /// The ledger stands at the same number, and another commit has made it so.
  func isOfAnotherCommit(_ stands: Head, _ step: Step) -> Bool {
    progress(to: stands, step) == .none && stands.commit != head.commit && step.keeps(.commitsBuildOnTheLast)
  }

  private mutating func written(_ commit: Commit, seq: UInt64, atMs: Int64, _ step: inout Step) {
    // As the ledger reckons it.
    let lifts = commit.removed.isEmpty ? 0 : max(UInt64(clamping: atMs), commit.holder.term) + 1
    head = Head(
      term: commit.holder.term, run: commit.holder.run, leader: commit.holder.node, seq: seq,
      commit: commit.id, digest: commit.definition?.digest ?? head.digest, checkedMs: atMs,
      words: head.words, liftedRev: max(following.liftedRev, lifts))
    following.see(head, step)
    following.ledgerSeq = seq
    following.isBetweenBranches = false
    if let definition = commit.definition { enforce(definition, &step) }
    for var record in commit.records {
      if record.sinceMs == 0 { record.sinceMs = atMs }
      if let place = index[record.peer] { peers[place].take(record) }
    }
    for peer in commit.removed { overrides[peer] = nil }
    if commit.definition != nil { regroup(&step) }
    // In this order, so that who reads the line finds the page as it says.
    show(&step)
    for change in commit.changes { tell(change, &step) }
  }

  private func tell(_ change: LedgerEvent.Change, _ step: inout Step) {
    switch change {
    case .transition(let transition):
      step.log(.consensus(name, transition.peer, to: transition.to, transition.votes))
    case .override(let peer, let state, let by, let why, _):
      step.log(.override(name, peer, state, by: by, why: why))
    case .definition(let digest):
      if step.profile.sharing != nil { step.log(.definition(name, digest: digest)) }
    case .resync: break
    }
  }

  /// Nothing of the commit was written, or nobody knows: all it held is open again.
  mutating func decideAgain(_ commit: Commit) {
    for record in commit.records {
      if let place = index[record.peer] { markDirty(place) }
    }
    if commit.isResync { writing.mustResync = true }
  }
}

/// What a commit is to hold.
struct CommitDraft {
  var changes: [LedgerEvent.Change] = []
  var records: [PeerRecord] = []
  var removed: [PeerName] = []
  var definition: UpstreamDefinition?
  var overrides: [PeerName: Override] = [:]
  var floorSeq: UInt64 = 0

  var isEmpty: Bool { changes.isEmpty && records.isEmpty && removed.isEmpty && definition == nil }
}
