import Health
import Ledger

/// What nodes tell each other of their probes.
extension UpstreamMachine {
  // MARK: What this node tells

  mutating func report(_ step: inout Step) {
    guard step.profile.sharing != nil, step.surroundings.isInTouch,
      let part = reporter.due(isChecked: settings.isChecked, at: step.nowMs), retries.mayAsk(.report, &step)
    else { return }
    let batch = reporter.batch(part, of: name, &peers, &step)
    ask(.report(batch, forMs: Reporter.lifeMs), for: .report, &step)
  }

  mutating func didReport(_ answer: Result<LedgerAnswer, LedgerError>, _ step: inout Step) {
    switch answer {
    case .success(.reported):
      retries.accepted(.report)
      reporter.accepted()
    case .success:
      reporter.isBehind()
      retries.refused(.report, "the ledger has lost the ones before", &step)
    case .failure(let error):
      // Where heartbeats are refused as well, it is no more than that.
      reporter.failed(isRefused: error.fault.kind.isAnswer && step.surroundings.isInTouch)
      retries.refused(.report, error.sentence, &step)
    }
  }

  // MARK: What others tell

  /// Whoever leads from now on, or may have missed something while it leads, reads the reports of the others before it
  /// decides by them: what it has heard may be of another primary.
  mutating func readOthers(_ step: inout Step) {
    reports.readAll(step.profile.sharing != nil)
    tickReports(&step)
  }

  /// No report is known to be missing.
  var hasAllReports: Bool { !reports.mustReadAll && !requests.isOpen(.reportsOfAll) }

  mutating func tickReports(_ step: inout Step) {
    readReports(of: reports.dueNewcomers(at: step.nowMs), &step)
    guard reports.mustReadAll, !requests.isOpen(.reportsOfAll), step.surroundings.contact != .lost
    else { return }
    let others = participants.assignment.nodes.filter { $0 != step.profile.node }
    guard !others.isEmpty else { return reports.readAll(false) }
    guard retries.mayAsk(.reportsRead, &step) else { return }
    reports.readAll(false)
    read(.reports(name, by: others), for: .reportsOfAll, &step)
  }

  mutating func receiveReports(_ reading: Result<LedgerReading, LedgerError>, _ step: inout Step) {
    switch reading {
    case .success(.reports(let sheets)):
      retries.accepted(.reportsRead)
      let before = reports.changes
      for peer in reports.take(sheets, besides: step.profile.node) { peers.markDirty(peer) }
      if reports.changes != before { display.change() }
    case .success: break
    case .failure(let error):
      reports.readAll()
      retries.refused(.reportsRead, error.sentence, &step)
    }
  }

  /// False: it does not follow on what is known.
  mutating func heard(_ batch: ReportBatch, _ step: inout Step) -> Bool {
    guard batch.node != step.profile.node else { return true }
    let before = reports.changes
    guard let news = reports.hear(batch) else { return false }
    for peer in news { peers.markDirty(peer) }
    if reports.changes != before { display.change() }
    return true
  }

  /// Reports of these nodes were missed: of this upstream or of another one.
  mutating func readReports(of nodes: [String], _ step: inout Step) {
    guard !settings.isPlain else { return }
    for node in nodes where participants.group.participants.contains(where: { $0.name == node }) {
      if requests.isOpen(.reports(of: node)) {
        reports.missesAgain(node)
      } else {
        read(.reports(name, by: [node]), for: .reports(of: node), &step)
      }
    }
  }

  /// What was told of this upstream before it, or who told it, was known here.
  ///
  /// - Parameter told: the runs that have reported something, on this upstream or another.
  mutating func readNewcomers(told: Set<String>, _ step: Step) {
    guard !settings.isPlain else { return }
    let others = participants.group.participants.filter { $0.name != step.profile.node }
    reports.meet(others, told: told, at: step.nowMs)
  }
}
