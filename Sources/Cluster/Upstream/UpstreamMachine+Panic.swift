import Health
import Ledger

/// Whether so few peers are up that who heeds it should use all of them. Reckoned by the leader alone, with each commit.
extension UpstreamMachine {
  func panic(after draft: CommitDraft, _ context: Context) -> (isOn: Bool, count: UpCount) {
    let definition = draft.definition ?? inForce.definition
    guard let percent = definition?.checker?.panicBelow, context.policy.tellsPanic else {
      return (false, UpCount(up: 0, total: 0))
    }
    let count = UpCount(records(after: draft))
    return (count.isPanic(below: percent), count)
  }

  /// All records as they will be.
  private func records(after draft: CommitDraft) -> [PeerRecord] {
    // With a definition all are written.
    if draft.definition != nil { return draft.records }
    var records = peers.map(\.record)
    for record in draft.records {
      if let index = peers.index(of: record.peer) { records[index] = record }
    }
    return records
  }
}
