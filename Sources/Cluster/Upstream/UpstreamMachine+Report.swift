import Health
import Ledger

extension UpstreamMachine {
  mutating func markUnreported(_ place: Int) {
    guard !peers[place].isUnreported else { return }
    peers[place].isUnreported = true
    reporting.changed.append(peers[place].record.peer)
  }

  /// Tells the others what is new.
  mutating func report(_ step: inout Step) {
    guard step.profile.sharing != nil, step.surroundings.isInTouch, reporting.inFlight == nil,
      step.nowMs >= reporting.notBeforeMs
    else { return }
    if !isChecked { return reportEnd(&step) }
    let countersAreDue = reporting.countersMs.map { step.nowMs - $0 >= Reporting.countersMs } ?? true
    let hasNews = !reporting.changed.isEmpty || !reporting.removed.isEmpty
    guard hasNews || countersAreDue, reporting.rev > 0 || hasNews, retries.mayAsk(.report, &step) else {
      return
    }
    // Counters go by themselves: what has changed is told to everybody in full.
    send(batch(everything: reporting.mustTellAll || !hasNews, hasNews: hasNews, &step), &step)
  }

  /// The settings do not have it any more: what was told is taken back, so that it does not count when they have it again.
  private mutating func reportEnd(_ step: inout Step) {
    guard reporting.mustTellEnd, retries.mayAsk(.report, &step) else { return }
    reporting.mustTellAll = true
    send(batch(everything: true, hasNews: true, &step), &step)
  }

  private mutating func batch(everything: Bool, hasNews: Bool, _ step: inout Step) -> ReportBatch {
    step.batches += 1
    var batch = ReportBatch(
      upstream: name, node: step.profile.node, run: step.profile.run, rev: reporting.rev + 1,
      number: step.batches, isWhole: reporting.mustTellAll, isQuiet: !hasNews)
    let places = everything ? Array(peers.indices) : reporting.changed.compactMap { index[$0] }
    for place in places {
      peers[place].isUnreported = false
      let peer = peers[place].record.peer
      if let report = peers[place].report {
        batch.reports[peer] = report
      } else if peers[place].probe != nil {
        // What was told before a long silence is no view any more.
        reporting.removed.insert(peer)
      }
    }
    if !batch.isWhole { batch.removed = reporting.removed.sorted() }
    if hasNews || reporting.countersMs == nil { reporting.newsMs = step.nowMs }
    if everything { reporting.countersMs = step.nowMs }
    reporting.changed = []
    reporting.removed = []
    reporting.mustTellAll = false
    return batch
  }

  private mutating func send(_ batch: ReportBatch, _ step: inout Step) {
    reporting.rev = batch.rev
    reporting.notBeforeMs = step.nowMs + Reporting.pauseMs
    reporting.inFlight = Reporting.InFlight(
      number: ask(.report(batch, forMs: Reporting.lifeMs), &step), batch: batch)
  }

  mutating func reported(_ answer: Result<LedgerAnswer, LedgerError>, _ step: inout Step) {
    let isEnd = reporting.inFlight.map { $0.batch.isWhole && $0.batch.reports.isEmpty } ?? false
    reporting.inFlight = nil
    switch answer {
    case .success(.reported):
      retries.accepted(.report)
      reporting.isRefused = false
      if isEnd { reporting.mustTellEnd = false }
    case .success:
      reporting.isRefused = false
      tellAll()
      retries.refused(.report, "the ledger has lost the ones before", &step)
    case .failure(let error):
      tellAll()
      // Where heartbeats are refused as well, it is no more than that.
      if error.fault.kind.isAnswer, step.surroundings.isInTouch { reporting.isRefused = true }
      retries.refused(.report, error.sentence, &step)
    }
  }

  /// Everything is to be told again.
  mutating func tellAll() {
    reporting.mustTellAll = true
    reporting.countersMs = nil
  }

  // MARK: What others tell

  /// Whoever leads from now on, or may have missed something while it leads, reads the reports of the others before it
  /// decides by them: what it has heard may be of another primary.
  mutating func readOthers(_ step: inout Step) {
    reporting.mustReadOthers = step.profile.sharing != nil
    tickOthers(&step)
  }

  mutating func tickOthers(_ step: inout Step) {
    readNewcomersIfDue(&step)
    guard reporting.mustReadOthers, reporting.othersTicket == nil,
      step.surroundings.contact != .lost
    else { return }
    let others = assignment.nodes.filter { $0 != step.profile.node }
    guard !others.isEmpty else {
      reporting.mustReadOthers = false
      return
    }
    guard retries.mayAsk(.reportsRead, &step) else { return }
    reporting.mustReadOthers = false
    reporting.othersTicket = read(.reports(name, by: others), &step)
  }

  mutating func tookReports(
    _ reading: Result<LedgerReading, LedgerError>, _ number: UInt64, _ step: inout Step
  ) {
    let missedOf = reporting.missedAsked.removeValue(forKey: number)
    switch reading {
    case .success(.reports(let sheets)):
      retries.accepted(.reportsRead)
      take(sheets, &step)
    case .success: break
    case .failure(let error):
      reporting.mustReadOthers = true
      retries.refused(.reportsRead, error.sentence, &step)
    }
    if let missedOf, reporting.missedAgain.remove(missedOf) != nil { readReports(of: [missedOf], &step) }
    guard reporting.othersTicket == number else { return }
    reporting.othersTicket = nil
    decide(&step)
  }

  /// False: it does not follow on what is known.
  mutating func heard(_ batch: ReportBatch, _ step: inout Step) -> Bool {
    guard batch.node != step.profile.node else { return true }
    let known = sheets[batch.node].flatMap { $0.run == batch.run ? $0.rev : nil }
    if let known, known >= batch.rev { return true }
    if batch.isWhole {
      take(ReportSheet(run: batch.run, rev: batch.rev, reports: batch.reports), of: batch.node)
      return true
    }
    guard let known, known + 1 == batch.rev else { return false }
    sheets[batch.node]?.rev = batch.rev
    for (peer, report) in batch.reports {
      sheets[batch.node]?.reports[peer] = report
      if let place = index[peer] { markDirty(place) }
    }
    for peer in batch.removed {
      sheets[batch.node]?.reports[peer] = nil
      if let place = index[peer] { markDirty(place) }
    }
    display.isDue = true
    return true
  }

  /// Reports of these nodes were missed: of this upstream or of another one.
  mutating func readReports(of nodes: [String], _ step: inout Step) {
    guard !isPlain else { return }
    for node in nodes where group.participants.contains(where: { $0.name == node }) {
      if reporting.missedAsked.values.contains(node) {
        reporting.missedAgain.insert(node)
      } else {
        reporting.missedAsked[read(.reports(name, by: [node]), &step)] = node
      }
    }
  }

  /// What was told of this upstream before it, or who told it, was known here.
  ///
  /// - Parameter told: the runs that have reported something, on this upstream or another.
  mutating func readNewcomers(told: Set<String>, _ step: inout Step) {
    guard !isPlain else { return }
    let others = group.participants.filter { $0.name != step.profile.node }
    let new = others.filter { !reporting.met.contains($0.run) }
    reporting.met = Set(others.map(\.run))
    // Who was away may be about to tell that what it had reported is late.
    for node in new where told.contains(node.run) && sheets[node.name]?.run != node.run {
      reporting.newcomers[node.name] = step.nowMs + HeardReports.onItsWayMs
    }
  }

  private mutating func readNewcomersIfDue(_ step: inout Step) {
    guard !reporting.newcomers.isEmpty else { return }
    let due = reporting.newcomers.filter { step.nowMs >= $0.value }.keys.sorted()
    for name in due { reporting.newcomers[name] = nil }
    readReports(of: due.filter { sheets[$0] == nil }, &step)
  }

  /// What was read of the ledger.
  mutating func take(_ sheets: [String: ReportSheet], _ step: inout Step) {
    for (node, sheet) in sheets where node != step.profile.node {
      if let known = self.sheets[node], known.run == sheet.run, known.rev >= sheet.rev { continue }
      take(sheet, of: node)
    }
  }

  private mutating func take(_ sheet: ReportSheet, of node: String) {
    // Who was dropped and is back may have stood still: what it had told before is no vote.
    if let outdated = reporting.outdated[node] {
      if outdated.run == sheet.run, sheet.rev <= outdated.rev { return }
      reporting.outdated[node] = nil
    }
    let before = sheets[node]?.run == sheet.run ? sheets[node]?.reports : nil
    sheets[node] = sheet
    for peer in Set(sheet.reports.keys).union(before?.keys ?? [:].keys) {
      if let place = index[peer] { markDirty(place) }
    }
    display.isDue = true
  }

  /// Sheets of nodes that are gone are of no use.
  mutating func keepSheets(of nodes: Set<String>) {
    for (node, sheet) in sheets where !nodes.contains(node) {
      sheets[node] = nil
      if reporting.outdated.count >= Reporting.mostOutdated { reporting.outdated = [:] }
      reporting.outdated[node] = Reporting.Outdated(run: sheet.run, rev: sheet.rev)
    }
  }
}
