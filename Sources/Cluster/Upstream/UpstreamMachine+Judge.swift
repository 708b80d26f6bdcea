import Health
import Ledger

/// What the votes, the overrides and the settings make of every peer that is open.
extension UpstreamMachine {
  mutating func judged(_ context: Context) -> CommitDraft {
    var draft = CommitDraft()
    guard inForce.definition != nil else { return draft }
    let maySettle = context.cluster.maySettle && hasAllReports(context)
    let votes = voteCount(context)
    for index in peers.dirtyIndices { judge(index, votes, maySettle, into: &draft) }
    // What may not be decided yet stays open.
    if maySettle { peers.clean() }
    return draft
  }

  private func voteCount(_ context: Context) -> VoteCount {
    VoteCount(
      node: context.profile.node, peers: peers, assignment: participants.assignment,
      probers: participants.probers, reportsByNode: reports.reportsByNode, checker: inForce.checker,
      silent: context.profile.sharing.map {
        context.policy.muted(context.cluster.silent(at: context.nowMs, afterMs: $0.memberExpiryMs))
      } ?? [],
      isShared: context.profile.sharing != nil, policy: context.policy)
  }

  private func judge(_ index: Int, _ count: VoteCount, _ maySettle: Bool, into draft: inout CommitDraft) {
    let before = peers[index].record
    var record = before
    let override = applyOverride(to: &record)
    let why = maySettle ? decide(&record, index, count) : ""
    record.status = record.override?.state.status ?? record.decided
    guard record != before else { return }
    if record.status != before.status { record.sinceMs = 0 }  // the ledger's clock tells
    draft.records.append(record)
    if let override {
      draft.changes.append(override)
      // It may have been heard of another primary, and be missing in this one.
      draft.overrides[record.peer] = replica.overrides[record.peer]
    }
    guard record.status != before.status, record.override == nil, override == nil else { return }
    let none = Votes(up: 0, down: 0, assigned: participants.assignment.width, quorum: .majority)
    draft.changes.append(
      .transition(
        Transition(
          peer: record.peer, role: record.role, from: before.status, to: record.status,
          reason: record.reason, detail: why, votes: record.votes ?? none)))
  }

  /// Puts the last override of the peer on top; nil: it is there already.
  private func applyOverride(to record: inout PeerRecord) -> LedgerEvent.Change? {
    guard let override = replica.overrides[record.peer] else { return nil }
    switch (override.state, record.override) {
    case (.auto, nil): return nil
    case (.auto, let known?):
      guard override.rev >= known.rev else { return nil }
      record.override = nil
    case (_, let known):
      // Of another primary there may be another one with the same revision.
      guard override.rev > known?.rev ?? 0 || override.rev == known?.rev && override.state != known?.state
      else { return nil }
      record.override = override
    }
    return .override(record.peer, override.state, by: override.by, why: override.why, rev: override.rev)
  }

  /// Returns why, for people.
  private func decide(_ record: inout PeerRecord, _ index: Int, _ count: VoteCount) -> String {
    let votes = count.votes(on: index)
    let decision = count.policy.decision(of: votes)
    if decision != nil {
      record.evidence = .confirmed
      record.votes = votes
    } else if record.evidence == .confirmed {
      record.evidence = .stale
    }
    if inForce.definition?.keepsDown(index) == true {
      record.decided = .down
      record.reason = PeerRecord.markedDown
      return "marked down in the settings"
    }
    guard let decision, decision != record.decided || record.isMarkedDown else { return "" }
    let why = count.reason(for: decision, index)
    record.decided = decision
    record.reason = why.code
    return why.sentence
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
