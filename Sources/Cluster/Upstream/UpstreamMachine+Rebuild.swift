import Health
import Ledger

/// A leader that knows nothing, and a ledger that has lost a part of the upstream: what was decided is rebuilt from what
/// is left, and written again as one resync.
extension UpstreamMachine {
  mutating func readRemains(_ step: inout Step) {
    guard retries.mayAsk(.remains, &step) else {
      return readLater(LedgerFault(.unreadable, "Redis has lost a part of upstream \(name)"), &step)
    }
    read(.remains(name, by: step.surroundings.roster.nodes.map(\.name)), for: .remains, &step)
  }

  mutating func receiveRemains(_ reading: Result<LedgerReading, LedgerError>, _ step: inout Step) {
    // Who leads no more has nothing to rebuild.
    guard role.isLeader else { return }
    switch reading {
    case .success(.remains(let remains)):
      retries.accepted(.remains)
      rebuild(from: remains, &step)
      if isInStep { release(&step) }
    case .success: break
    case .failure(let error):
      retries.refused(.remains, error.sentence, &step)
      // A reading of everything finds the same loss, and leads back here.
      readLater(error.fault, &step)
    }
    decide(&step)
  }

  private mutating func rebuild(from remains: LedgerRemains, _ step: inout Step) {
    replica.take(remains.overrides)
    guard !remains.isUndecided,
      let definition = remains.definition ?? inForce.definition ?? settings.definition
    else { return }
    let top = remains.top
    replica.see(top, step)
    leader?.stands(atLeastAt: top.seq)
    replica.rebuilt()
    enforce(definition, &step)
    let rebuilt = remains.rebuilt(under: definition)
    replica.take(rebuilt.overrides)
    for record in rebuilt.records {
      guard let index = peers.index(of: record.peer) else { continue }
      peers[index].adopt(record)
      peers.markDirty(index)
    }
    leader?.needsResync()
    // It was all there is to read.
    replica.needsReading(false)
    step.log(.rebuilt(name, from: remains.sources))
  }
}
