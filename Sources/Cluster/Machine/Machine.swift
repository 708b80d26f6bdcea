package import Health
import Ledger

/// All decisions of a node, as a value: events in, actions out. It reads no clock, draws no chance and never waits.
///
///     events                      what decides                                  actions
///     ──────                      ────────────                                  ───────
///     configured  ─────────────►  UpstreamTable: a machine for each upstream  ─► probe   (the engine)
///     probed      ──►  routes ──►   UpstreamMachine: peers, role, reports     ─► ask     (the ledger, a change)
///     answered,                     of one upstream (docs/protocol.md)        ─► read    (the ledger, a query)
///     read        ──►  ticket ──►                                             ─► show    (the board)
///     heard       ──►  name   ──►                                             ─► log
///     tick        ──►  Agenda ──►   only those in which something is due
///                 └────────────►  NodeMachine: heartbeats, members, settling  ─► refuse
///
/// - One call takes one event. Its `Context` holds what all parts may see: the moment, who this node is, the state of the
///   cluster, and the actions so far. Nothing outside the call is written, so a history of events gives one history of actions:
///   that is what the simulation replays, and what `--digest` compares.
/// - A probe's result finds its upstream by `ProbeRoutes`, an answer by its `LedgerTicket`: upstream, and a number that only
///   `PendingRequests` of that upstream understands. Tickets without an upstream are the node's.
/// - The node comes first: whether the ledger answers, who the members are and whether this node is settling (`ClusterState`) is
///   settled in `follow` before any upstream decides. What changed there (`regrouped`, `reranked`, `lost`, `loss`, `answered`) goes to
///   those it concerns.
/// - Upstreams do not know each other. What they share is the limit of requests sent again (`RetryBudget`) and the numbers of batches
///   of reports, which a heartbeat sums up for all (`HeardReports`).
/// - `Freshness` keeps for how long what was read counts as the ledger's own; when that ends, everything is shown as stale.
/// - A ledger that is this node's alone has no `NodeMachine`: nobody else is there, and nothing can be stale.
package struct Machine: Sendable {
  /// How often `tick` is due, in ms.
  package static let tickMs: Int64 = 100
  /// A node that was not called for longer than this stood still, and means nothing that it measured meanwhile.
  package static let pauseMs: Int64 = 2000

  private let identity: Context.Identity
  var upstreams = UpstreamTable()
  /// Nil: the ledger is this node's alone.
  var node: NodeMachine?
  private var routes = ProbeRoutes()
  private var cluster = ClusterState()
  private var retryBudget = RetryBudget()
  private var localErrors = LocalErrorLog()
  private var lastMs: Int64?
  private(set) var isWarm = false
  var freshness = Freshness()
  /// The number of the last batch of reports that went out: numbers of one run never start again.
  private var batches: UInt64 = 0
  /// Which reports of others were heard.
  var reports = HeardReports()

  package init(profile: NodeProfile) {
    identity = Context.Identity(profile)
    node = profile.sharing.map { NodeMachine(profile, $0) }
  }

  /// The upstream whose peers are probed by this group; nil: there is no such group.
  package func upstream(ofGroup group: UInt32) -> UpstreamName? {
    routes.upstream(ofGroup: group).flatMap { upstreams.name(number: $0) }
  }

  /// Takes an event and appends what is to be done about it.
  package mutating func handle(_ event: MachineEvent, at moment: Moment, into actions: inout [MachineAction])
  {
    var context = Context(
      moment: moment, identity: identity, cluster: cluster, routes: routes, batches: batches,
      actions: actions, retryBudget: retryBudget, missedNodes: reports.missedNodes)
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
      upstreams.remove(name, isForGood: node == nil)
    } else {
      upstreams.with(name) { $0.configure(nil, &context) }
    }
  }

  mutating func showOrder(_ context: inout Context) {
    guard let order = upstreams.newOrder() else { return }
    context.actions.append(.show(.order(order)))
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
      upstreams.with(number: route.upstream) {
        $0.count(result, peer: route.peer, check: route.check, &context)
      }
      // Results come in runs of one upstream.
      if touched.last != route.upstream { touched.append(route.upstream) }
    }
    if touched.count > 1 { touched = Set(touched).sorted() }
    for number in touched { upstreams.with(number: number) { $0.decide(&context) } }
  }
}
