package import Health
import Ledger

/// All decisions of a node, as a value: events in, actions out. It reads no clock, draws no chance and never waits.
package struct Machine: Sendable {
  /// How often `tick` is due, in ms.
  package static let tickMs: Int64 = 100
  /// A node that was not called for longer than this stood still, and means nothing that it measured meanwhile.
  package static let pauseMs: Int64 = 2000

  private let identity: Step.Identity
  private var upstreams = UpstreamTable()
  /// Nil: the ledger is this node's alone.
  private var node: NodeMachine?
  private var routes = ProbeRoutes()
  private var surroundings = Surroundings()
  private var retryBudget = RetryBudget()
  private var localErrors = LocalErrorLog()
  private var lastMs: Int64?
  private var isWarm = false
  private var freshness = Freshness()
  /// The number of the last batch of reports that went out: numbers of one run never start again.
  private var batches: UInt64 = 0
  /// Which reports of others were heard.
  private var reports = HeardReports()

  package init(profile: NodeProfile) {
    identity = Step.Identity(profile)
    node = profile.sharing.map { NodeMachine(profile, $0) }
  }

  /// The upstream whose peers are probed by this group; nil: there is no such group.
  package func upstream(ofGroup number: UInt32) -> UpstreamName? { upstreams.name(number: Int(number)) }

  /// Takes an event and appends what is to be done about it.
  package mutating func handle(_ event: MachineEvent, at moment: Moment, into actions: inout [MachineAction])
  {
    var step = Step(
      moment: moment, identity: identity, surroundings: surroundings, routes: routes, batches: batches,
      actions: actions, retryBudget: retryBudget)
    // Moved, not copied.
    actions = []
    routes = ProbeRoutes()
    noticePause(&step)
    take(event, &step)
    surroundings = step.surroundings
    routes = step.routes
    retryBudget = step.retryBudget
    batches = step.batches
    actions = step.actions
  }

  private mutating func take(_ event: MachineEvent, _ step: inout Step) {
    switch event {
    case .configured(let definitions): configure(definitions, &step)
    case .probed(let results): take(results, &step)
    case .answered(let ticket, let answer): answered(answer, ticket, &step)
    case .read(let ticket, let reading): read(reading, ticket, &step)
    case .heard(let announcement): heard(announcement, &step)
    case .tick: tick(&step)
    case .stopping:
      upstreams.each { $0.stop(&step) }
      node?.stop(&step)
    }
  }

  private mutating func noticePause(_ step: inout Step) {
    defer { lastMs = step.nowMs }
    guard let lastMs, step.policy.isPause(step.nowMs - lastMs) else { return }
    step.log(.paused(forMs: step.nowMs - lastMs))
    step.surroundings.notBeforeMs = step.nowMs
    guard node != nil else { return }
    node?.paused()
    freshness.lose()
    // What was decided meanwhile is not known, and perhaps the ledger is not there any more.
    if step.policy.showsStale { step.actions.append(.show(.stale(true))) }
    upstreams.each { $0.loseSight(at: lastMs) }
    look(&step)
  }

  private mutating func tick(_ step: inout Step) {
    upstreams.tick(&step)
    guard node != nil else { return }
    let isWarm = upstreams.isWarm
    if isWarm != self.isWarm {
      self.isWarm = isWarm
      regroup(&step)
    }
    let nowMs = step.nowMs
    let batches = step.batches
    node?.tick(
      isWarm: isWarm, revision: { upstreams.settled(of: batches) },
      refused: { upstreams.refused(at: nowMs) }, leading: { upstreams.led }, &step)
    if node?.tickTroubles(&step) == true { showNodes(&step) }
    readMissedReports(&step)
    showStaleIfOld(&step)
  }

  // MARK: Settings

  private mutating func configure(_ definitions: [UpstreamDefinition], _ step: inout Step) {
    let gone = upstreams.configure(definitions)
    for name in gone { drop(name, &step) }
    showOrder(&step)
    for definition in definitions { upstreams.with(definition.name) { $0.configure(definition, &step) } }
    if node?.configure(upstreams.digests) ?? true { regroup(&step) }
  }

  /// The settings do not have it any more.
  private mutating func drop(_ name: UpstreamName, _ step: inout Step) {
    let isPlain = upstreams.isPlain(name)
    if node == nil || isPlain {
      upstreams.with(name) { $0.end(&step) }
      upstreams.remove(name)
    } else {
      upstreams.with(name) { $0.configure(nil, &step) }
    }
  }

  private mutating func showOrder(_ step: inout Step) {
    guard let order = upstreams.newOrder() else { return }
    step.actions.append(.show(.order(order)))
  }

  // MARK: The nodes

  private mutating func look(_ step: inout Step) {
    step.surroundings =
      node?.surroundings(isWarm: isWarm, notBeforeMs: step.surroundings.notBeforeMs)
      ?? Surroundings(
        contact: .alone, roster: upstreams.ownRoster(step.profile), isRegistered: true,
        notBeforeMs: step.surroundings.notBeforeMs)
  }

  private mutating func regroup(_ step: inout Step) {
    look(&step)
    upstreams.each { machine in
      machine.regroup(&step)
      machine.decide(&step)
      machine.tickRole(&step)
    }
    readNewcomers(&step)
  }

  /// Who is new in an upstream, and has reported before that was known here.
  private mutating func readNewcomers(_ step: inout Step) {
    guard let entries = node?.membership.entries else { return }
    let told = entries.filter { reports.hasTold($0.key, $0.value.member) }.map(\.value.member.run)
    upstreams.each { $0.readNewcomers(told: Set(told), step) }
  }

  /// Who counts is as before; who may lead, or decide, is not.
  private mutating func rerank(_ step: inout Step) {
    look(&step)
    upstreams.each { machine in
      machine.rerank(step)
      machine.decide(&step)
      machine.tickRole(&step)
    }
  }

  /// Where the upstreams stand after a lapse was compared with where they stood before.
  private mutating func compared(isSetBack: Bool, _ step: inout Step) {
    guard let news = node?.compared(isSetBack: isSetBack, step), !news.isEmpty else { return }
    follow(news, &step)
  }

  private mutating func follow(_ news: NodeMachine.News, _ step: inout Step) {
    let wasLost = step.surroundings.contact == .lost
    look(&step)
    if wasLost, step.surroundings.contact != .lost { upstreams.each { $0.regainContact() } }
    if news.contains(.lost) {
      freshness.lose()
      if step.policy.showsStale { step.actions.append(.show(.stale(true))) }
      upstreams.each { $0.loseSight(at: step.nowMs) }
    }
    if news.contains(.loss), step.policy.tellsAgainAfterALoss { tellEverythingAgain() }
    if news.contains(.regrouped) {
      regroup(&step)
      let nodes = Set(step.surroundings.roster.nodes.map(\.name))
      if step.policy.countsOnlyAssigned { upstreams.each { $0.reports.keep(of: nodes) } }
    } else if news.contains(.reranked) {
      rerank(&step)
    }
    if news.contains(.answered) {
      // What waits for the ledger's time to pass.
      upstreams.touchAll()
      let followed = upstreams.shared()
      if followed.isEmpty {
        freshness.toldNothing(at: step.nowMs)
        compared(isSetBack: false, &step)
        showFresh(&step)
      } else if let number = node?.read(.standings(followed), &step) {
        freshness.ask(number, at: step.nowMs)
      }
      noteMissedReports(step)
      readMissedReports(&step)
    }
    showNodes(&step)
  }

  private func showNodes(_ step: inout Step) {
    if let view = node?.view { step.actions.append(.show(.cluster(view))) }
  }

  private mutating func tellEverythingAgain() {
    node?.tellAgain()
    upstreams.each { $0.reporter.tellAll() }
  }

  /// Each heartbeat tells how much its node has reported.
  private mutating func noteMissedReports(_ step: Step) {
    guard step.policy.readsMissedReports, let entries = node?.membership.entries else { return }
    reports.forget(notIn: entries)
    for (name, entry) in entries where name != step.profile.node {
      reports.note(name, entry.member, at: step.nowMs)
    }
  }

  private mutating func readMissedReports(_ step: inout Step) {
    guard reports.isMissingSome else { return }
    let patience = HeardReports.patienceMs(step, isDeaf: node?.isDeaf == true)
    let names = reports.due(at: step.nowMs, after: patience)
    guard !names.isEmpty else { return }
    // A number does not tell the upstream: whichever it may be is read.
    upstreams.each { $0.readReports(of: names, &step) }
  }

  // MARK: Probes

  private mutating func take(_ results: [ProbeResult], _ step: inout Step) {
    var touched: [Int] = []
    for result in results {
      guard let route = step.routes.find(result.id) else { continue }
      // It may have been this node that was slow.
      let startedMs = result.endedMs - Int64(result.outcome.phases.total / 1000)
      if startedMs < step.surroundings.notBeforeMs { continue }
      var result = result
      if case .local(let error) = result.outcome.verdict {
        localErrors.add(error, detail: result.outcome.detail, &step)
      }
      result.outcome.verdict = step.policy.counted(result.outcome.verdict)
      upstreams.with(number: route.upstream) { $0.count(result, peer: route.peer, &step) }
      // Results come in runs of one upstream.
      if touched.last != route.upstream { touched.append(route.upstream) }
    }
    if touched.count > 1 { touched = Set(touched).sorted() }
    for number in touched { upstreams.with(number: number) { $0.decide(&step) } }
  }

  // MARK: The ledger

  private mutating func answered(
    _ answer: Result<LedgerAnswer, LedgerError>, _ ticket: LedgerTicket, _ step: inout Step
  ) {
    guard let name = ticket.upstream else {
      let hasConsensus = upstreams.hasConsensus
      if let news = node?.answered(answer, ticket.number, hasConsensus: hasConsensus, &step), !news.isEmpty {
        follow(news, &step)
      }
      return
    }
    if case .failure(let error) = answer { refused(error.fault, &step) }
    // An upstream that is gone meanwhile wants no answer.
    upstreams.with(name) { $0.answered(answer, ticket.number, &step) }
    showOrder(&step)
  }

  private mutating func read(
    _ reading: Result<LedgerReading, LedgerError>, _ ticket: LedgerTicket, _ step: inout Step
  ) {
    if case .failure(let error) = reading { refused(error.fault, &step) }
    guard let name = ticket.upstream else { return readForNode(reading, ticket.number, &step) }
    var isOfOthers = false
    upstreams.with(name) { isOfOthers = !$0.received(reading, ticket.number, &step) }
    if isOfOthers { return }
    showOrder(&step)
    showFresh(&step)
  }

  private mutating func refused(_ fault: LedgerFault, _ step: inout Step) {
    if node?.refused(fault, &step) == true { showNodes(&step) }
  }

  /// What is shown is what the ledger holds, once all that has to be read for it is there, or was tried.
  private mutating func showFresh(_ step: inout Step) {
    guard upstreams.areReadOrFail(), freshness.confirm() else { return }
    upstreams.each { $0.hold(&step) }
    step.actions.append(.show(.stale(false)))
  }

  /// For a while now the ledger has not told what it holds, though heartbeats may get through.
  private mutating func showStaleIfOld(_ step: inout Step) {
    guard let sharing = step.profile.sharing, step.policy.showsStale, step.policy.ageOfReadingsCounts,
      freshness.expires(at: step.nowMs, afterMs: sharing.freshMs)
    else { return }
    step.actions.append(.show(.stale(true)))
  }

  private mutating func readForNode(
    _ reading: Result<LedgerReading, LedgerError>, _ number: UInt64, _ step: inout Step
  ) {
    if case .success(.standings(let standings)) = reading {
      guard step.surroundings.contact != .lost else { return }
      let askedMs = freshness.askedMs(number) ?? .min
      let isElsewhere = upstreams.isElsewhere(standings, askedMs: askedMs, step)
      if let news = node?.meetsAnother(isElsewhere, step), !news.isEmpty { follow(news, &step) }
      var isSetBack = false
      for name in upstreams.shared() {
        upstreams.with(name) { machine in
          if machine.isSetBack(standings[name]) { isSetBack = true }
          machine.readHead(standings[name], &step)
        }
      }
      compared(isSetBack: isSetBack, &step)
      // One that was deleted is not shown any more.
      showOrder(&step)
      freshness.told(number)
      return showFresh(&step)
    }
    guard let (isRegrouped, index) = node?.read(reading, number, &step) else { return }
    if isRegrouped { follow(.regrouped, &step) }
    if let index { take(index, &step) }
  }

  /// Upstreams of which this node has not known.
  private mutating func take(_ index: [UpstreamName: String], _ step: inout Step) {
    for name in index.keys.sorted() where !upstreams.has(name) { open(name, &step) }
    upstreams.forgetStrangers(notIn: index)
    showOrder(&step)
  }

  private mutating func open(_ name: UpstreamName, _ step: inout Step) {
    upstreams.open(name)
    upstreams.with(name) { machine in
      machine.regroup(&step)
      machine.readAgain(&step)
    }
    readNewcomers(&step)
  }

  private mutating func heard(_ batch: ReportBatch, _ step: inout Step) {
    // What is of no concern here is not missing either.
    var isKnown = true
    upstreams.with(batch.upstream) { if !$0.settings.isPlain { isKnown = $0.heard(batch, &step) } }
    if isKnown, step.policy.countsReports { reports.hear(batch) }
  }

  private mutating func heard(_ announcement: LedgerAnnouncement, _ step: inout Step) {
    switch announcement {
    case .listening, .gap:
      if node?.hears(&step) == true { showNodes(&step) }
      // It may be another ledger than before: what this node is goes out with the next heartbeat.
      node?.tellAgain()
      upstreams.each { machine in
        guard !machine.settings.isPlain else { return }
        machine.mayHaveMoved(step)
        machine.readAgain(&step)
        // Who does not lead sees by the next heartbeats what it has missed.
        if machine.role.isLeader { machine.readOthers(&step) }
      }
    case .deaf(let fault): node?.hearsNothing(fault, step)
    case .denied(let fault): if node?.deny(fault, &step) == true { showNodes(&step) }
    case .tick: break
    case .event(let event):
      // Whoever wrote everything again had found the ledger empty: what nodes told it is gone as well.
      if event.change == .resync, step.policy.tellsAgainAfterALoss { tellEverythingAgain() }
      if !upstreams.has(event.upstream) { open(event.upstream, &step) }
      upstreams.with(event.upstream) { if !$0.settings.isPlain { $0.heard(event, &step) } }
    case .reports(let batch): heard(batch, &step)
    case .control(let control):
      upstreams.with(control.upstream) { if !$0.settings.isPlain { $0.heard(control, &step) } }
    }
  }
}
