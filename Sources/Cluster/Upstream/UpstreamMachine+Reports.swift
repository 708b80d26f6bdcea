import Health
import Ledger

/// What nodes tell each other of their probes.
extension UpstreamMachine {
  // MARK: What this node tells

  mutating func report(_ context: inout Context) {
    guard context.profile.sharing != nil, context.cluster.isInTouch,
      let part = reporter.due(isChecked: settings.isChecked, at: context.nowMs),
      asking.retries.mayAsk(.report, &context)
    else { return }
    let batch = reporter.batch(part, of: name, &peers, &context)
    ask(.report(batch, forMs: Reporter.lifeMs), for: .report, &context)
  }

  mutating func didReport(_ answer: Result<LedgerAnswer, LedgerError>, _ context: inout Context) {
    switch answer {
    case .success(.reported):
      asking.retries.accepted(.report)
      reporter.accepted()
    case .success:
      reporter.isBehind()
      asking.retries.refused(.report, "the ledger has lost the ones before", &context)
    case .failure(let error):
      // Where heartbeats are refused as well, it is no more than that.
      reporter.failed(isRefused: error.fault.kind.isAnswer && context.cluster.isInTouch)
      asking.retries.refused(.report, error.sentence, &context)
    }
  }

  // MARK: What others tell

  /// Whoever leads from now on, or may have missed something while it leads, reads the reports of the others before it
  /// decides by them: what it has heard may be of another primary.
  mutating func requestOthersReports(_ context: inout Context) {
    reports.needsAll(context.profile.sharing != nil)
    tickReports(&context)
  }

  /// No report is known to be missing: what was told before it is no vote of now.
  func hasAllReports(_ context: Context) -> Bool {
    !reports.mustReadAll && !asking.requests.isReadingReports
      && (context.missedNodes.isEmpty || context.missedNodes.isDisjoint(with: participants.assignment.nodes))
  }

  mutating func tickReports(_ context: inout Context) {
    requestReports(of: reports.dueNewcomers(at: context.nowMs), &context)
    guard reports.mustReadAll, !asking.requests.isOpen(.reportsOfAll), context.cluster.contact != .lost
    else { return }
    let others = participants.tellers(context.policy).filter { $0 != context.profile.node }
    guard !others.isEmpty else { return reports.needsAll(false) }
    guard asking.retries.mayAsk(.reportsRead, &context) else { return }
    reports.needsAll(false)
    request(.reports(name, by: others), for: .reportsOfAll, &context)
  }

  mutating func receiveReports(_ reading: Result<LedgerReading, LedgerError>, _ context: inout Context) {
    switch reading {
    case .success(.reports(let reportsByNode)):
      asking.retries.accepted(.reportsRead)
      let before = reports.changes
      for peer in reports.receive(
        reportsByNode, besides: context.profile.node, at: context.nowMs)
      { peers.markDirty(peer) }
      if reports.changes != before { display.change() }
    case .success: break
    case .failure(let error):
      reports.needsAll()
      asking.retries.refused(.reportsRead, error.sentence, &context)
    }
  }

  /// False: it does not follow on what is known.
  mutating func heard(_ batch: ReportBatch, _ context: inout Context) -> Bool {
    guard batch.node != context.profile.node else { return true }
    let before = reports.changes
    guard let news = reports.hear(batch, at: context.nowMs) else { return false }
    for peer in news { peers.markDirty(peer) }
    if reports.changes != before { display.change() }
    return true
  }

  /// Reports of these nodes were missed: of this upstream or of another one.
  mutating func requestReports(of nodes: [String], _ context: inout Context) {
    guard !settings.isPlain, !nodes.isEmpty else { return }
    let tellers = participants.tellers(context.policy)
    for node in nodes where tellers.contains(node) {
      if asking.requests.isOpen(.reports(of: node)) {
        reports.missesAgain(node)
      } else {
        request(.reports(name, by: [node]), for: .reports(of: node), &context)
      }
    }
  }

  /// What was told of this upstream before it, or who told it, was known here.
  ///
  /// - Parameter told: the runs that have reported something, on this upstream or another.
  mutating func requestNewcomersReports(told: Set<String>, _ context: Context) {
    guard !settings.isPlain else { return }
    let others = participants.group.participants.filter { $0.name != context.profile.node }
    reports.meet(others, told: told, at: context.nowMs)
  }
}
