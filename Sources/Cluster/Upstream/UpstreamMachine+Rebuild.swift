import Health
import Ledger

/// A leader that knows nothing, or less than was decided, and a ledger that has lost a part of the upstream: what was
/// decided is rebuilt from what is left, and written again as one resync.
extension UpstreamMachine {
  mutating func requestRemains(_ context: inout Context) {
    guard asking.retries.mayAsk(.remains, &context) else {
      return postponeReading(LedgerFault(.unreadable, "Redis has lost a part of upstream \(name)"), &context)
    }
    request(.remains(name, by: context.cluster.roster.nodes.map(\.name)), for: .remains, &context)
  }

  mutating func receiveRemains(_ reading: Result<LedgerReading, LedgerError>, _ context: inout Context) {
    // Who leads no more has nothing to rebuild.
    guard role.isLeader else { return }
    switch reading {
    case .success(.remains(let remains)):
      asking.retries.accepted(.remains)
      rebuild(from: remains, &context)
      if isInStep { release(&context) }
    case .success: break
    case .failure(let error):
      asking.retries.refused(.remains, error.sentence, &context)
      // A reading of everything finds the same loss, and leads back here.
      postponeReading(error.fault, &context)
    }
    decide(&context)
  }

  private mutating func rebuild(from remains: LedgerRemains, _ context: inout Context) {
    replica.receive(ofLedger: remains.overrides)
    let top = remains.top
    // What this node knows is as late as anything that is left, and more.
    let isKnown = remains.isUndecided || max(top.seq, leader?.ledgerSeq ?? 0) <= replica.head.seq
    if replica.isFollowed, isKnown {
      replica.needsReading(false)
      leader?.needsResync(context.policy.resyncs)
      return context.log(.resync(name, ledgerSeq: top.seq, knownSeq: replica.head.seq))
    }
    // The upstream begins, though a head of it may be left.
    if remains.isUndecided { return replica.needsReading(false) }
    guard let definition = remains.definition ?? inForce.definition ?? settings.definition else { return }
    replica.observe(top, context)
    leader?.stands(atLeastAt: top.seq)
    replica.rebuilt()
    enforce(definition, &context)
    let rebuilt = remains.rebuilt(under: definition)
    replica.receive(rebuilt.overrides)
    for record in rebuilt.records {
      guard let index = peers.index(of: record.peer) else { continue }
      // Of a peer that nothing is left of, an older decision is known at least.
      if replica.isFollowed, record.evidence == .assumed { continue }
      peers[index].adopt(record)
      peers.markDirty(index)
    }
    leader?.needsResync()
    // It was all there is to read.
    replica.needsReading(false)
    context.log(.rebuilt(name, from: remains.sources))
  }
}
