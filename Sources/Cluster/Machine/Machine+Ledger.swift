import Health
import Ledger

/// What the ledger answers and announces, on its way to the upstream or to the node.
extension Machine {
  mutating func answered(
    _ answer: Result<LedgerAnswer, LedgerError>, _ ticket: LedgerTicket, _ context: inout Context
  ) {
    guard let name = ticket.upstream else {
      let hasConsensus = upstreams.hasConsensus
      if let news = node?.answered(answer, ticket.number, hasConsensus: hasConsensus, &context), !news.isEmpty
      {
        follow(news, &context)
      }
      return
    }
    if case .failure(let error) = answer { refused(error.fault, &context) }
    // An upstream that is gone meanwhile wants no answer.
    upstreams.with(name) { $0.answered(answer, ticket.number, &context) }
    showOrder(&context)
  }

  mutating func receive(
    _ reading: Result<LedgerReading, LedgerError>, _ ticket: LedgerTicket, _ context: inout Context
  ) {
    if case .failure(let error) = reading { refused(error.fault, &context) }
    guard let name = ticket.upstream else { return receiveForNode(reading, ticket.number, &context) }
    var isOfOthers = false
    upstreams.with(name) { isOfOthers = !$0.received(reading, ticket.number, &context) }
    if isOfOthers { return }
    showOrder(&context)
    showFresh(&context)
  }

  private mutating func refused(_ fault: LedgerFault, _ context: inout Context) {
    if node?.refused(fault, &context) == true { showNodes(&context) }
  }

  /// What is shown is what the ledger holds, once all that has to be read for it is there, or was tried.
  mutating func showFresh(_ context: inout Context) {
    guard upstreams.areReadOrFail(), freshness.confirm() else { return }
    upstreams.each { $0.hold(&context) }
    context.actions.append(.show(.stale(false)))
  }

  /// For a while now the ledger has not told what it holds, though heartbeats may get through.
  mutating func showStaleIfOld(_ context: inout Context) {
    guard let sharing = context.profile.sharing, context.policy.showsStale,
      context.policy.ageOfReadingsCounts,
      freshness.expires(at: context.nowMs, afterMs: sharing.freshMs)
    else { return }
    context.actions.append(.show(.stale(true)))
  }

  private mutating func receiveForNode(
    _ reading: Result<LedgerReading, LedgerError>, _ number: UInt64, _ context: inout Context
  ) {
    if case .success(.headReadings(let headReadings)) = reading {
      guard context.cluster.contact != .lost else { return }
      let askedMs = freshness.askedMs(number) ?? .min
      let isElsewhere = upstreams.isElsewhere(headReadings, askedMs: askedMs, context)
      if let news = node?.meetsAnother(isElsewhere, context), !news.isEmpty { follow(news, &context) }
      var isSetBack = false
      for name in upstreams.shared() {
        upstreams.with(name) { machine in
          if machine.isSetBack(headReadings[name]) { isSetBack = true }
          machine.receiveHead(headReadings[name], &context)
        }
      }
      compared(isSetBack: isSetBack, &context)
      // One that was deleted is not shown any more.
      showOrder(&context)
      freshness.told(number)
      return showFresh(&context)
    }
    guard let read = node?.receive(reading, number, &context) else { return }
    if read.isRegrouped {
      follow(.regrouped, &context)
    } else if read.isForgotten {
      showNodes(&context)
    }
    if let index = read.index { receive(index, &context) }
  }

  /// Upstreams of which this node has not known.
  private mutating func receive(_ index: [UpstreamName: String], _ context: inout Context) {
    for name in index.keys.sorted() where !upstreams.has(name) { open(name, &context) }
    upstreams.forgetStrangers(notIn: index)
    showOrder(&context)
  }

  mutating func open(_ name: UpstreamName, _ context: inout Context) {
    upstreams.open(name)
    upstreams.with(name) { machine in
      machine.regroup(&context)
      machine.requestSnapshot(&context)
    }
    requestNewcomersReports(of: name, &context)
  }

  private mutating func heard(_ batch: ReportBatch, _ context: inout Context) {
    // What is of no concern here is not missing either.
    var isKnown = true
    upstreams.with(batch.upstream) { if !$0.settings.isPlain { isKnown = $0.heard(batch, &context) } }
    if isKnown, context.policy.countsReports { reports.hear(batch) }
  }

  mutating func heard(_ announcement: LedgerAnnouncement, _ context: inout Context) {
    switch announcement {
    case .listening, .gap:
      if node?.hears(&context) == true { showNodes(&context) }
      // It may be another ledger than before: what this node is goes out with the next heartbeat.
      node?.tellAgain()
      upstreams.each { machine in
        guard !machine.settings.isPlain else { return }
        machine.mayHaveMoved(context)
        machine.requestSnapshot(&context)
        // Who does not lead sees by the next heartbeats what it has missed.
        if machine.role.isLeader { machine.requestOthersReports(&context) }
      }
    case .deaf(let fault): node?.hearsNothing(fault, context)
    case .denied(let fault): if node?.deny(fault, &context) == true { showNodes(&context) }
    case .tick: break
    case .event(let event):
      // Whoever wrote everything again had found the ledger empty: what nodes told it is gone as well.
      if event.change == .resync, context.policy.tellsAgainAfterALoss { tellEverythingAgain() }
      if !upstreams.has(event.upstream) { open(event.upstream, &context) }
      upstreams.with(event.upstream) { if !$0.settings.isPlain { $0.heard(event, &context) } }
    case .reports(let batch): heard(batch, &context)
    case .control(let control):
      upstreams.with(control.upstream) { if !$0.settings.isPlain { $0.heard(control, &context) } }
    }
  }
}
