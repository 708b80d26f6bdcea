import Health
import Ledger

extension UpstreamMachine {
  /// Decides whatever may be decided now, and sends it to the ledger.
  mutating func decide(_ step: inout Step) {
    guard let definition, definition.checker != nil, !writing.isEmpty || writing.inFlight != nil else {
      return
    }
    guard let held = leadership.held, held.isUsable(at: step.nowMs, leaseMs: step.profile.leaseMs) else {
      return
    }
    if writing.inFlight != nil { return sendAgain(&step) }
    if let last = writing.lastMs, step.nowMs - last < Writing.pauseMs, !writing.definitionIsNew { return }
    let draft = draft(definition)
    guard !draft.isEmpty else { return }
    send(draft, held.lease.holder, &step)
  }

  /// What the present votes make of every dirty peer.
  private mutating func draft(_ definition: UpstreamDefinition) -> CommitDraft {
    var draft = CommitDraft()
    let everything = writing.definitionIsNew || writing.mustResync
    if writing.mustResync { draft.changes.append(.resync) }
    if writing.definitionIsNew {
      draft.changes.append(.definition(digest: definition.digest))
      draft.definition = definition
    }
    if writing.mustResync { draft.definition = definition }
    draft.removed = writing.removed.sorted()
    for place in everything ? Array(peers.indices) : writing.dirty.compactMap({ index[$0] }) {
      judge(place, always: everything, into: &draft)
    }
    writing.dirty = []
    writing.removed = []
    writing.definitionIsNew = false
    writing.mustResync = false
    return draft
  }

  private mutating func judge(_ place: Int, always: Bool, into draft: inout CommitDraft) {
    peers[place].isDirty = false
    let before = peers[place].record
    let record = decided(place)
    guard always || record.status != before.status || record.evidence != before.evidence else { return }
    draft.records.append(record)
    guard record.status != before.status else { return }
    draft.changes.append(.transition(transition(place, record)))
  }

  private func decided(_ place: Int) -> PeerRecord {
    var record = peers[place].record
    let vote = peers[place].vote
    let votes = Votes(
      up: vote == .up ? 1 : 0, down: vote == .down ? 1 : 0, assigned: 1, quorum: checker?.quorum ?? .majority)
    guard let decision = votes.decision else {
      if record.evidence == .confirmed { record.evidence = .stale }
      return record
    }
    record.evidence = .confirmed
    record.votes = votes
    guard decision != record.decided else { return record }
    record.decided = decision
    record.status = decision
    record.reason = peers[place].last.map { Outcome($0.verdict).code } ?? ""
    record.sinceMs = 0  // the ledger's clock tells
    return record
  }

  private func transition(_ place: Int, _ record: PeerRecord) -> Transition {
    let streak = peers[place].streak
    let last = peers[place].last
    let detail: String =
      if let last, case .failure(let failure) = last.verdict {
        failure.sentence(peer: record.peer, detail: last.detail)
      } else {
        "\(streak.ok) success(es) in a row"
      }
    return Transition(
      peer: record.peer, role: record.role, from: record.status.opposite, to: record.status,
      reason: record.reason, detail: detail,
      votes: record.votes ?? Votes(up: 0, down: 0, assigned: 1, quorum: .majority))
  }

  // MARK: To the ledger

  private mutating func send(_ draft: CommitDraft, _ holder: LeaseHolder, _ step: inout Step) {
    writing.counter += 1
    let commit = Commit(
      upstream: name, holder: holder, id: "\(holder.term).\(holder.run).\(writing.counter)",
      expectedSeq: head.seq,
      changes: draft.changes, records: draft.records, removed: draft.removed, definition: draft.definition)
    writing.lastMs = step.nowMs
    writing.inFlight = Writing.InFlight(number: ask(.commit(commit), &step), commit: commit)
  }

  /// Nobody knows what became of it: the identical commit goes out once more, and the ledger tells.
  private mutating func sendAgain(_ step: inout Step) {
    guard var inFlight = writing.inFlight, let again = inFlight.againAtMs, step.nowMs >= again else { return }
    inFlight.number = ask(.commit(inFlight.commit), &step)
    inFlight.againAtMs = nil
    writing.inFlight = inFlight
  }

  mutating func wrote(_ answer: Result<LedgerAnswer, LedgerError>, _ step: inout Step) {
    guard let inFlight = writing.inFlight else { return }
    switch answer {
    case .success(.committed(let seq, let atMs)), .success(.already(let seq, let atMs)):
      writing.inFlight = nil
      written(inFlight.commit, seq: seq, atMs: atMs, &step)
    case .success(.outOfStep(let stands)):
      writing.inFlight = nil
      head = stands
      decideAgain(inFlight.commit)
      writing.mustResync = true
    case .success:
      writing.inFlight = nil
      decideAgain(inFlight.commit)
      lose(&step)
    case .failure:
      writing.inFlight?.againAtMs = step.nowMs + Writing.pauseMs
      return
    }
    decide(&step)
  }

  private mutating func written(_ commit: Commit, seq: UInt64, atMs: Int64, _ step: inout Step) {
    for var record in commit.records {
      if record.sinceMs == 0 { record.sinceMs = atMs }
      guard let place = index[record.peer] else { continue }
      let role = peers[place].record.role
      peers[place].record = record
      peers[place].record.role = role
    }
    head = Head(
      term: commit.holder.term, run: commit.holder.run, leader: commit.holder.node, seq: seq,
      commit: commit.id,
      digest: commit.definition?.digest ?? head.digest, checkedMs: atMs)
    // In this order, so that who reads the line finds the page as it says.
    show(&step)
    for case .transition(let transition) in commit.changes {
      step.log(.consensus(name, transition.peer, to: transition.to, transition.votes))
    }
  }

  /// Nothing of the commit was written: all it held is open again.
  private mutating func decideAgain(_ commit: Commit) {
    for record in commit.records {
      if let place = index[record.peer] { markDirty(place) }
    }
    writing.removed.formUnion(commit.removed.filter { index[$0] == nil })
    if commit.definition != nil { writing.definitionIsNew = true }
    if commit.changes.contains(.resync) { writing.mustResync = true }
  }
}

/// What a commit is to hold.
struct CommitDraft {
  var changes: [LedgerEvent.Change] = []
  var records: [PeerRecord] = []
  var removed: [PeerName] = []
  var definition: UpstreamDefinition?

  var isEmpty: Bool { changes.isEmpty && records.isEmpty && removed.isEmpty && definition == nil }
}
