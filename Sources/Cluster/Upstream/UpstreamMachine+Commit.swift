import Health
import Ledger

extension UpstreamMachine {
  /// Decides whatever may be decided now, and sends it to the ledger.
  mutating func decide(_ context: inout Context) {
    guard let leader, !leader.isHandingOver, context.cluster.isInTouch, leader.isUsable(context),
      !isFollowedByAnother(leader, context)
    else { return }
    if let pending = leader.pending { return sendAgain(pending, &context) }
    guard isInStep, asking.retries.isReady(.commit, &context) else { return }
    // Also of an upstream that the settings do not have any more: whoever is to lead it next may know less.
    if leader.mustResync, settings.isChecked || isSomebodys { return sendResync(leader, &context) }
    guard settings.isChecked else { return }
    if let new = newDefinition(context) {
      // Who has only heard of higher numbers does not give them out again.
      if leader.ledgerSeq < replica.highest.seq { return sendResync(leader, &context) }
      return send(bringingIn(new, context), leader, &context)
    }
    if asking.commits.isPausing(at: context.nowMs) { return }
    // A new leader commits once, whatever there is to say: the head is of its term then, above all that was decided before
    // it, also on a primary that is none any more.
    let isNew = replica.isFollowed && inForce.definition != nil && replica.head.term < leader.holder.term
    // So it is at nearly every tick.
    guard isNew || peers.isDirty else { return }
    let draft = judged(context)
    guard !draft.isEmpty || isNew else { return }
    send(draft, leader, &context)
  }

  /// Not this node, and somebody has it: what nobody has is not written again.
  private var isSomebodys: Bool {
    inForce.checker != nil && !participants.group.participants.isEmpty
  }

  // MARK: The definition

  /// What is to come into force; nil: what is in force stays.
  private func newDefinition(_ context: Context) -> UpstreamDefinition? {
    let target = participants.target
    guard context.cluster.maySettle, target != replica.head.digest, target == settings.digest,
      isInForceLong(context)
    else { return nil }
    return settings.definition
  }

  /// What others carry is heard within two heartbeats: a new leader may not know yet by whom the one in force was carried.
  private func isInForceLong(_ context: Context) -> Bool {
    guard let sharing = context.profile.sharing else { return true }
    return inForce.sinceMs.map { context.nowMs - $0 >= 2 * sharing.heartbeatMs } ?? true
  }

  private func bringingIn(_ new: UpstreamDefinition, _ context: Context) -> CommitDraft {
    let kept = Set(new.peers.map(\.name))
    return CommitDraft(
      changes: [.definition(digest: new.digest)],
      records: peers.records(under: new, byName: context.policy.findsPeersByName),
      removed: peers.names.filter { !kept.contains($0) }.sorted(), definition: new,
      // They may be older than the ledger's: it was emptied before anything was in force.
      overrides: replica.overrides.filter { kept.contains($0.key) })
  }

  /// Everything that is known, in place of what the ledger holds.
  private func resync(_ context: Context) -> CommitDraft {
    let definition = inForce.definition ?? settings.definition
    let byName = context.policy.findsPeersByName
    return CommitDraft(
      changes: [.resync], records: definition.map { peers.records(under: $0, byName: byName) } ?? [],
      removed: [], definition: definition, overrides: replica.overrides,
      floorSeq: context.policy.sequenceFloor(knowing: replica.highest.seq))
  }

  // MARK: To the ledger

  /// Each but the first waits, also where it is done each time: it is not to be needed again and again.
  private mutating func sendResync(_ leader: Leader, _ context: inout Context) {
    guard asking.retries.mayAsk(.resync, &context) else { return }
    send(resync(context), leader, &context)
    asking.retries.tried(.resync, "the ledger loses what is written", &context)
  }

  private mutating func send(_ draft: CommitDraft, _ leader: Leader, _ context: inout Context) {
    asking.retries.asks(.commit, &context)
    let holder = leader.holder
    let isResync = draft.changes.contains(.resync)
    let panic = panic(after: draft, context)
    var changes = draft.changes
    if panic.isOn != replica.head.panic { changes.append(.panic(panic.isOn, panic.count)) }
    let commit = Commit(
      upstream: name, holder: holder, id: "\(holder.term).\(holder.run).\(asking.commits.next())",
      expectedSeq: leader.ledgerSeq,
      after: isResync ? "" : context.policy.predecessor(replica.head.commit),
      changes: changes, records: draft.records,
      removed: draft.removed, definition: draft.definition, floorSeq: draft.floorSeq,
      overrides: draft.overrides, liftedRev: replica.highest.liftedRev, panic: panic.isOn)
    asking.commits.sent(at: context.nowMs)
    self.leader?.sent(commit, at: context.nowMs)
    ask(.commit(commit), for: .commit, &context)
  }

  /// Nobody knows what became of it: the identical commit goes out once more, and the ledger tells.
  private mutating func sendAgain(_ pending: PendingCommit, _ context: inout Context) {
    guard let again = pending.againAtMs, context.nowMs >= again, asking.retries.mayAsk(.commit, &context)
    else {
      return
    }
    var commit = pending.commit
    if !context.policy.repeatsIdentically { commit.id += ".\(asking.commits.next())" }
    leader?.sentAgain(commit)
    ask(.commit(commit), for: .commit, &context)
  }

  // MARK: The answer

  mutating func didCommit(_ answer: Result<LedgerAnswer, LedgerError>, _ context: inout Context) {
    guard let pending = leader?.pending else { return }
    switch answer {
    case .success(.committed(let seq, let atMs)), .success(.already(let seq, let atMs)):
      leader?.endCommit()
      asking.commits.allow()
      asking.retries.accepted(.commit)
      committed(pending.commit, seq: seq, atMs: atMs, &context)
      if display.isHeld, isInStep { release(&context) }
    case .success(.outOfStep(let stands)):
      leader?.endCommit()
      asking.retries.refused(.commit, "it is out of step with what the ledger holds", &context)
      // Another primary may have taken it: its numbers are not given out again.
      if pending.isUnknown { replica.observe(seq: pending.commit.lastSeq) }
      decideAgain(pending.commit)
      standsElsewhere(stands, &context)
    case .success: lose(&context)
    case .failure(let error):
      let againAtMs = asking.retries.refused(.commit, error.sentence, &context)
      var isUnknown = false
      if case .outcomeUnknown = error { isUnknown = true }
      leader?.commitFailed(againAtMs: againAtMs, isUnknown: isUnknown)
      if error.fault.kind == .noPermission { forbid(&context) }
      return
    }
    decide(&context)
  }

  /// This node may not commit. What it would have written is for whom it hands the lead over to.
  private mutating func forbid(_ context: inout Context) {
    asking.commits.forbid(at: context.nowMs)
    guard let pending = leader?.pending, context.policy.wantsCommittersToLead else { return }
    leader?.endCommit()
    giveUp(pending)
  }

  /// Who decides next decides it again. If it was done after all, its numbers are not given out again.
  mutating func giveUp(_ pending: PendingCommit) {
    if pending.isDone { replica.observe(seq: pending.commit.lastSeq) }
    decideAgain(pending.commit)
  }

  /// Nothing of the commit was written, or nobody knows: all it held is open again.
  private mutating func decideAgain(_ commit: Commit) {
    for record in commit.records { peers.markDirty(record.peer) }
    if commit.isResync { leader?.needsResync() }
  }

  private mutating func committed(_ commit: Commit, seq: UInt64, atMs: Int64, _ context: inout Context) {
    // As the ledger reckons it.
    let lifts = commit.removed.isEmpty ? 0 : max(UInt64(clamping: atMs), commit.holder.term) + 1
    let before = replica.head
    var head = Head(
      term: commit.holder.term, run: commit.holder.run, leader: commit.holder.node, seq: seq,
      commit: commit.id, digest: commit.definition?.digest ?? before.digest, checkedMs: atMs,
      words: before.words, liftedRev: max(replica.highest.liftedRev, lifts))
    head.panic = commit.panic
    replica.didCommit(head, without: commit.removed, context)
    leader?.stands(at: seq)
    if let definition = commit.definition { enforce(definition, &context) }
    peers.adopt(
      commit.records.lazy.map { record in
        var record = record
        if record.sinceMs == 0 { record.sinceMs = atMs }
        return record
      })
    if commit.definition != nil { regroup(&context) }
    // In this order, so that who reads the line finds the page as it says.
    show(&context)
    for change in commit.changes { tell(change, &context) }
  }

  private func tell(_ change: LedgerEvent.Change, _ context: inout Context) {
    switch change {
    case .transition(let transition):
      context.log(.consensus(name, transition.peer, to: transition.to, transition.votes))
    case .override(let peer, let state, let by, let why, _):
      context.log(.override(name, peer, state, by: by, why: why))
    case .definition(let digest):
      if context.profile.sharing != nil { context.log(.definition(name, digest: digest)) }
    case .resync: break
    case .panic(let isOn, let count): context.log(.panic(name, isOn, count))
    }
  }

  // MARK: No answer

  /// What a leader has decided may be in the ledger, and known to all others, while it waits for the answer.
  mutating func noticeSlowCommit(_ context: inout Context) {
    guard let slowMs = slowCommitMs(context), context.nowMs >= slowMs, context.policy.showsStale else {
      return
    }
    replica.isInTrouble(
      LedgerFault(.deadline, "what was decided has no answer"), wallMs: context.moment.wallMs)
    holdNow(&context)
  }

  /// When the commit under way has had no answer for long; nil: there is none, or that was noticed.
  func slowCommitMs(_ context: Context) -> Int64? {
    guard let pending = leader?.pending, replica.trouble == nil, let sharing = context.profile.sharing
    else { return nil }
    return pending.sentMs + 2 * sharing.heartbeatMs
  }
}
