import Health
import Ledger

/// A leader that knows nothing, and a ledger that has lost a part of the upstream: what was decided is rebuilt from what
/// is left, and written again as one resync.
extension UpstreamMachine {
  mutating func readRemains(_ step: inout Step) {
    let nodes = step.surroundings.roster.nodes.map(\.name)
    following.remainsTicket = read(.remains(name, by: nodes), &step)
  }

  mutating func receiveRemains(_ reading: Result<LedgerReading, LedgerError>, _ step: inout Step) {
    following.remainsTicket = nil
    // Who leads no more has nothing to rebuild.
    guard leadership.held != nil else { return }
    switch reading {
    case .success(.remains(let remains)): rebuild(from: remains, &step)
    // A reading of everything finds the same loss, and leads back here.
    case .success, .failure: readLater(&step)
    }
    decide(&step)
  }

  private mutating func rebuild(from remains: LedgerRemains, _ step: inout Step) {
    take(remains.overrides)
    guard !remains.isUndecided, let definition = remains.definition ?? definition ?? configured
    else { return }
    let top = remains.top
    following.highestSeq = max(following.highestSeq, top.seq)
    following.highestTerm = max(following.highestTerm, top.term)
    following.ledgerSeq = max(following.ledgerSeq, top.seq)
    enforce(definition, &step)
    let rebuilt = remains.rebuilt(under: definition)
    take(rebuilt.overrides)
    for record in rebuilt.records {
      guard let place = index[record.peer] else { continue }
      peers[place].take(record)
      markDirty(place)
    }
    writing.mustResync = true
    step.log(.rebuilt(name, from: remains.sources))
  }
}
