import Health
import Ledger

/// Who there is, and what follows from it for all upstreams.
extension Machine {
  mutating func look(_ context: inout Context) {
    context.cluster =
      node?.cluster(isWarm: isWarm, notBeforeMs: context.cluster.notBeforeMs)
      ?? ClusterState(
        contact: .alone, roster: upstreams.ownRoster(context.profile), isRegistered: true,
        notBeforeMs: context.cluster.notBeforeMs)
  }

  mutating func regroup(_ context: inout Context) {
    look(&context)
    upstreams.each { machine in
      machine.regroup(&context)
      machine.decide(&context)
      machine.tickRole(&context)
    }
    requestNewcomersReports(&context)
  }

  /// Who is new in an upstream, and has reported before that was known here.
  ///
  /// - Parameter name: nil: of all upstreams.
  mutating func requestNewcomersReports(of name: UpstreamName? = nil, _ context: inout Context) {
    guard let entries = node?.membership.entries else { return }
    let told = Set(entries.filter { reports.hasTold($0.key, $0.value.member) }.map(\.value.member.run))
    if let name {
      upstreams.with(name) { $0.requestNewcomersReports(told: told, context) }
    } else {
      upstreams.each { $0.requestNewcomersReports(told: told, context) }
    }
  }

  /// Who counts is as before; who may lead, or decide, is not.
  mutating func rerank(_ context: inout Context) {
    look(&context)
    upstreams.each { machine in
      machine.rerank(context)
      machine.decide(&context)
      machine.tickRole(&context)
    }
  }

  /// Where the upstreams stand after a lapse was compared with where they stood before.
  mutating func compared(isSetBack: Bool, _ context: inout Context) {
    guard let news = node?.compared(isSetBack: isSetBack, context), !news.isEmpty else { return }
    follow(news, &context)
  }

  mutating func follow(_ news: NodeMachine.News, _ context: inout Context) {
    let wasLost = context.cluster.contact == .lost
    look(&context)
    if wasLost, context.cluster.contact != .lost { upstreams.each { $0.regainContact() } }
    if news.contains(.lost) {
      freshness.lose()
      if context.policy.showsStale { context.actions.append(.show(.stale(true))) }
      upstreams.each { $0.loseSight(at: context.nowMs) }
    }
    // Before anything is decided by them.
    if news.contains(.answered) { noteMissedReports(&context) }
    if news.contains(.loss), context.policy.tellsAgainAfterALoss { tellEverythingAgain() }
    if let void = node?.void, !void.isEmpty {
      node?.void = [:]
      upstreams.each { $0.reports.void(void) }
    }
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
      requestMissedReports(&context)
    }
    showNodes(&context)
  }

  func showNodes(_ context: inout Context) {
    if let view = node?.view { context.actions.append(.show(.cluster(view))) }
  }

  mutating func tellEverythingAgain() {
    node?.tellAgain()
    upstreams.each { $0.reporter.tellAll() }
  }

  /// Each heartbeat tells how much its node has reported.
  mutating func noteMissedReports(_ context: inout Context) {
    guard context.policy.readsMissedReports, let entries = node?.membership.entries else { return }
    reports.note(entries, besides: context.profile.node, at: context.nowMs)
    context.missedNodes = reports.missedNodes
  }

  mutating func requestMissedReports(_ context: inout Context) {
    guard !reports.missedNodes.isEmpty else { return }
    let patience = HeardReports.patienceMs(context, isDeaf: node?.isDeaf == true)
    let names = reports.due(at: context.nowMs, after: patience)
    context.missedNodes = reports.missedNodes
    guard !names.isEmpty else { return }
    // A number does not tell the upstream: whichever it may be is read.
    upstreams.each { $0.requestReports(of: names, &context) }
  }
}
