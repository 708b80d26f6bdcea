package import Health
import Ledger

/// All decisions of a node, as a value: events in, actions out. It reads no clock, draws no chance and never waits.
package struct Machine: Sendable {
  /// How often `tick` is due, in ms.
  package static let tickMs: Int64 = 100
  /// A node that was not called for longer than this stood still, and means nothing that it measured meanwhile.
  package static let pauseMs: Int64 = 2000

  private let identity: Context.Identity
  private var upstreams = UpstreamTable()
  /// Nil: the ledger is this node's alone.
  private var node: NodeMachine?
  private var routes = ProbeRoutes()
  private var cluster = ClusterState()
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
    identity = Context.Identity(profile)
    node = profile.sharing.map { NodeMachine(profile, $0) }
  }

  /// The upstream whose peers are probed by this group; nil: there is no such group.
  package func upstream(ofGroup number: UInt32) -> UpstreamName? { upstreams.name(number: Int(number)) }

  /// Takes an event and appends what is to be done about it.
  package mutating func handle(_ event: MachineEvent, at moment: Moment, into actions: inout [MachineAction])
  {
    var context = Context(
      moment: moment, identity: identity, cluster: cluster, routes: routes, batches: batches,
      actions: actions, retryBudget: retryBudget)
    // Moved, not copied.
    actions = []
    routes = ProbeRoutes()
    noticePause(&context)
    receive(event, &context)
    cluster = context.cluster
    routes = context.routes
    retryBudget = context.retryBudget
    batches = context.batches
    actions = context.actions
  }

  private mutating func receive(_ event: MachineEvent, _ context: inout Context) {
    switch event {
    case .configured(let definitions): configure(definitions, &context)
    case .sourceTroubles(let troubles): node?.tell(troubles)
    case .probed(let results): receive(results, &context)
    case .answered(let ticket, let answer): answered(answer, ticket, &context)
    case .read(let ticket, let reading): receive(reading, ticket, &context)
    case .heard(let announcement): heard(announcement, &context)
    case .tick: tick(&context)
    case .stopping:
      upstreams.each { $0.stop(&context) }
      node?.stop(&context)
    }
  }

  private mutating func noticePause(_ context: inout Context) {
    defer { lastMs = context.nowMs }
    guard let lastMs, context.policy.isPause(context.nowMs - lastMs) else { return }
    context.log(.paused(forMs: context.nowMs - lastMs))
    context.cluster.notBeforeMs = context.nowMs
    guard node != nil else { return }
    node?.paused()
    freshness.lose()
    // What was decided meanwhile is not known, and perhaps the ledger is not there any more.
    if context.policy.showsStale { context.actions.append(.show(.stale(true))) }
    upstreams.each { $0.loseSight(at: lastMs) }
    look(&context)
  }

  private mutating func tick(_ context: inout Context) {
    upstreams.tick(&context)
    guard node != nil else { return }
    let isWarm = upstreams.isWarm
    if isWarm != self.isWarm {
      self.isWarm = isWarm
      regroup(&context)
    }
    let nowMs = context.nowMs
    let batches = context.batches
    node?.tick(
      isWarm: isWarm, revision: { upstreams.settled(of: batches) },
      refused: { upstreams.refused(at: nowMs) }, leading: { upstreams.led }, &context)
    if node?.tickTroubles(&context) == true { showNodes(&context) }
    requestMissedReports(&context)
    showStaleIfOld(&context)
  }

  // MARK: Settings

  private mutating func configure(_ definitions: [UpstreamDefinition], _ context: inout Context) {
    let gone = upstreams.configure(definitions)
    for name in gone { drop(name, &context) }
    showOrder(&context)
    for definition in definitions { upstreams.with(definition.name) { $0.configure(definition, &context) } }
    if node?.configure(upstreams.digests) ?? true { regroup(&context) }
  }

  /// The settings do not have it any more.
  private mutating func drop(_ name: UpstreamName, _ context: inout Context) {
    let isPlain = upstreams.isPlain(name)
    if node == nil || isPlain {
      upstreams.with(name) { $0.end(&context) }
      upstreams.remove(name)
    } else {
      upstreams.with(name) { $0.configure(nil, &context) }
    }
  }

  private mutating func showOrder(_ context: inout Context) {
    guard let order = upstreams.newOrder() else { return }
    context.actions.append(.show(.order(order)))
  }

  // MARK: The nodes

  private mutating func look(_ context: inout Context) {
    context.cluster =
      node?.cluster(isWarm: isWarm, notBeforeMs: context.cluster.notBeforeMs)
      ?? ClusterState(
        contact: .alone, roster: upstreams.ownRoster(context.profile), isRegistered: true,
        notBeforeMs: context.cluster.notBeforeMs)
  }

  private mutating func regroup(_ context: inout Context) {
    look(&context)
    upstreams.each { machine in
      machine.regroup(&context)
      machine.decide(&context)
      machine.tickRole(&context)
    }
    requestNewcomersReports(&context)
  }

  /// Who is new in an upstream, and has reported before that was known here.
  private mutating func requestNewcomersReports(_ context: inout Context) {
    guard let entries = node?.membership.entries else { return }
    let told = entries.filter { reports.hasTold($0.key, $0.value.member) }.map(\.value.member.run)
    upstreams.each { $0.requestNewcomersReports(told: Set(told), context) }
  }

  /// Who counts is as before; who may lead, or decide, is not.
  private mutating func rerank(_ context: inout Context) {
    look(&context)
    upstreams.each { machine in
      machine.rerank(context)
      machine.decide(&context)
      machine.tickRole(&context)
    }
  }

  /// Where the upstreams stand after a lapse was compared with where they stood before.
  private mutating func compared(isSetBack: Bool, _ context: inout Context) {
    guard let news = node?.compared(isSetBack: isSetBack, context), !news.isEmpty else { return }
    follow(news, &context)
  }

  private mutating func follow(_ news: NodeMachine.News, _ context: inout Context) {
    let wasLost = context.cluster.contact == .lost
    look(&context)
    if wasLost, context.cluster.contact != .lost { upstreams.each { $0.regainContact() } }
    if news.contains(.lost) {
      freshness.lose()
      if context.policy.showsStale { context.actions.append(.show(.stale(true))) }
      upstreams.each { $0.loseSight(at: context.nowMs) }
    }
    if news.contains(.loss), context.policy.tellsAgainAfterALoss { tellEverythingAgain() }
    if news.contains(.regrouped) {
      regroup(&context)
      let nodes = Set(context.cluster.roster.nodes.map(\.name))
      if context.policy.countsOnlyAssigned { upstreams.each { $0.reports.keep(of: nodes) } }
    } else if news.contains(.reranked) {
      rerank(&context)
    }
    if news.contains(.answered) {
      // What waits for the ledger's time to pass.
      upstreams.touchAll()
      let followed = upstreams.shared()
      if followed.isEmpty {
        freshness.toldNothing(at: context.nowMs)
        compared(isSetBack: false, &context)
        showFresh(&context)
      } else if let number = node?.request(.headReadings(followed), &context) {
        freshness.ask(number, at: context.nowMs)
      }
      noteMissedReports(context)
      requestMissedReports(&context)
    }
    showNodes(&context)
  }

  private func showNodes(_ context: inout Context) {
    if let view = node?.view { context.actions.append(.show(.cluster(view))) }
  }

  private mutating func tellEverythingAgain() {
    node?.tellAgain()
    upstreams.each { $0.reporter.tellAll() }
  }

  /// Each heartbeat tells how much its node has reported.
  private mutating func noteMissedReports(_ context: Context) {
    guard context.policy.readsMissedReports, let entries = node?.membership.entries else { return }
    reports.forget(notIn: entries)
    for (name, entry) in entries where name != context.profile.node {
      reports.note(name, entry.member, at: context.nowMs)
    }
  }

  private mutating func requestMissedReports(_ context: inout Context) {
    guard reports.isMissingSome else { return }
    let patience = HeardReports.patienceMs(context, isDeaf: node?.isDeaf == true)
    let names = reports.due(at: context.nowMs, after: patience)
    guard !names.isEmpty else { return }
    // A number does not tell the upstream: whichever it may be is read.
    upstreams.each { $0.requestReports(of: names, &context) }
  }

  // MARK: Probes

  private mutating func receive(_ results: [ProbeResult], _ context: inout Context) {
    var touched: [Int] = []
    for result in results {
      guard let route = context.routes.find(result.id) else { continue }
      // It may have been this node that was slow.
      let startedMs = result.endedMs - Int64(result.outcome.phases.total / 1000)
      if startedMs < context.cluster.notBeforeMs { continue }
      var result = result
      if case .local(let error) = result.outcome.verdict {
        localErrors.add(error, detail: result.outcome.detail, &context)
      }
      result.outcome.verdict = context.policy.counted(result.outcome.verdict)
      upstreams.with(number: route.upstream) { $0.count(result, peer: route.peer, &context) }
      // Results come in runs of one upstream.
      if touched.last != route.upstream { touched.append(route.upstream) }
    }
    if touched.count > 1 { touched = Set(touched).sorted() }
    for number in touched { upstreams.with(number: number) { $0.decide(&context) } }
  }

  // MARK: The ledger

  private mutating func answered(
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

  private mutating func receive(
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
  private mutating func showFresh(_ context: inout Context) {
    guard upstreams.areReadOrFail(), freshness.confirm() else { return }
    upstreams.each { $0.hold(&context) }
    context.actions.append(.show(.stale(false)))
  }

  /// For a while now the ledger has not told what it holds, though heartbeats may get through.
  private mutating func showStaleIfOld(_ context: inout Context) {
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
    guard let (isRegrouped, index) = node?.receive(reading, number, &context) else { return }
    if isRegrouped { follow(.regrouped, &context) }
    if let index { receive(index, &context) }
  }

  /// Upstreams of which this node has not known.
  private mutating func receive(_ index: [UpstreamName: String], _ context: inout Context) {
    for name in index.keys.sorted() where !upstreams.has(name) { open(name, &context) }
    upstreams.forgetStrangers(notIn: index)
    showOrder(&context)
  }

  private mutating func open(_ name: UpstreamName, _ context: inout Context) {
    upstreams.open(name)
    upstreams.with(name) { machine in
      machine.regroup(&context)
      machine.requestSnapshot(&context)
    }
    requestNewcomersReports(&context)
  }

  private mutating func heard(_ batch: ReportBatch, _ context: inout Context) {
    // What is of no concern here is not missing either.
    var isKnown = true
    upstreams.with(batch.upstream) { if !$0.settings.isPlain { isKnown = $0.heard(batch, &context) } }
    if isKnown, context.policy.countsReports { reports.hear(batch) }
  }

  private mutating func heard(_ announcement: LedgerAnnouncement, _ context: inout Context) {
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
