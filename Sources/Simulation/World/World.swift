import Cluster
package import Health
package import Ledger

/// A whole cluster in one thread: its nodes, Redis, the backends, what goes wrong, and time. Nothing happens but what
/// the queue says; the same plan gives the same history.
package final class World {
  package let plan: Plan
  /// Microseconds since the beginning: of no clock that anybody in the cluster can read.
  package internal(set) var nowUs: Int64 = 0
  package internal(set) var nodes: [SimulatedNode] = []
  var redis = SimulatedRedis()
  package internal(set) var backends: [Backend]
  var queue = EventQueue<Occurrence>()
  var dice: SeededRandom
  /// What is wrong now.
  package internal(set) var conditions = Conditions()
  var runs = 0
  var asked: UInt64 = 0
  var orders: UInt64 = 0
  var actions: [MachineAction] = []
  /// By number.
  package let upstreams: [UpstreamName]
  let peerNumbers: [PeerName: Int]
  /// The versions of the settings by digest.
  let versions: [String: UpstreamDefinition]

  /// Those who look at a kind of trace event, by its raw value.
  private let watchers: [[Watcher]]
  /// What each run has been told, for all who compare with it.
  private(set) var knowledge = Knowledge()
  package private(set) var violations: [Violation] = []
  package let transcript: Transcript?
  /// Calls of machines.
  package internal(set) var calls = 0

  /// - Parameter invariants: those that watch.
  package init(_ plan: Plan, invariants: [any Invariant.Type] = Invariants.all, transcript: Transcript? = nil)
  {
    self.plan = plan
    self.transcript = transcript
    let all = invariants.map { (watcher: Watcher.by($0), kinds: $0.looksAt) }
    watchers = TraceEvent.Kind.allCases.map { kind in
      all.compactMap { $0.kinds.contains(kind) ? $0.watcher : nil }
    }
    dice = SeededRandom(seed: plan.seed, stream: 2)
    let planned = plan.setup.upstreams
    upstreams = planned.indices.map { Setup.upstreamNames[$0] }
    versions = Dictionary(planned.flatMap(\.versions).map { ($0.digest, $0) }) { $1 }
    peerNumbers = plan.setup.peerNumbers
    let timeoutsMs = Set(planned.flatMap(\.versions).compactMap { $0.checker.map { Int64($0.timeoutMs) } })
    backends = peerNumbers.map { _ in Backend(timeoutsMs: timeoutsMs.isEmpty ? [1000] : timeoutsMs.sorted()) }
    transcript?.names = Transcript.Names(plan.setup, peers: peerNumbers)
  }

  /// Who leads the upstream now by the server whose word counts.
  package func lease(of upstream: UpstreamName) -> Lease? {
    primaryState.lease(of: upstream, at: redis.time(at: nowUs))?.lease
  }

  /// When that was, in ms since the beginning, for a ledger whose clock was left alone.
  func ms(ofLedger atMs: Int64) -> Int64 { nowUs / 1000 - (redis.time(at: nowUs).wallMs - atMs) }

  // MARK: Time

  /// Runs to the end, or to the first violation.
  package func run() {
    begin()
    while violations.isEmpty, let nextUs = queue.nextUs, nextUs <= plan.lengthMs * 1000 {
      nowUs = nextUs
      if let transcript, !transcript.isOpen, nowUs >= transcript.fromUs { transcript.open(nodes) }
      if let next = queue.popFirst() { happen(next) }
    }
    if violations.isEmpty {
      nowUs = plan.lengthMs * 1000
      show(.over)
    }
    transcript?.tellState("end", nodes, at: nowUs)
  }

  private func begin() {
    for number in 0..<plan.setup.nodes { addNode(isFounder: true, number) }
    // Nobody starts all nodes in the same moment.
    for node in nodes { put(.starts(node: node.number), inUs: dice.between(0, 500_000)) }
    for (number, planned) in plan.faults.enumerated() {
      queue.put(.began(number), atUs: planned.atMs * 1000)
      if planned.forMs > 0 { queue.put(.ended(number), atUs: planned.endMs * 1000) }
    }
    put(.swept, inUs: 500_000)
  }

  @discardableResult func addNode(isFounder: Bool, _ number: Int) -> SimulatedNode {
    let settings = plan.setup.settings(ofNode: number)
    let node = SimulatedNode(number: number, settings: settings, isFounder: isFounder)
    node.link.server = redis.primary
    nodes.append(node)
    return node
  }

  func put(_ occurrence: Occurrence, inUs delay: Int64) {
    queue.put(occurrence, atUs: nowUs + max(delay, 0))
  }

  private func happen(_ occurrence: Occurrence) {
    if let (number, run) = occurrence.process {
      let node = nodes[number]
      guard node.run == run, node.isRunning else { return }
      if node.isPaused { return node.held.append(occurrence) }
    }
    switch occurrence {
    case .tick(let number, _): tick(nodes[number])
    case .probeBegins(let number, _, let id, let version): beginProbe(id, version, nodes[number])
    case .probeEnds(let number, _, let id, let version, let verdict):
      endProbe(id, version, verdict, nodes[number])
    case .arrives(let arrival, let server): arrive(arrival, server)
    case .replied(let number, _, let connection, let question, let reply):
      takeReply(reply, question, connection, nodes[number])
    case .deadline(let number, _, let question): miss(question, nodes[number])
    case .announced(let number, _, let connection, let announcement):
      hear(announcement, connection, nodes[number])
    case .listens(let number, _, let connection): listen(connection, nodes[number])
    case .began(let number): begin(number)
    case .ended(let number): end(number)
    case .flaps(let fault, let peer, let half, let isDown): flap(fault, peer, half, isDown)
    case .pauses(let fault, let isOn): pauseRedis(fault, isOn)
    case .takesOver(let fault, let staying): takeOver(fault, staying)
    case .starts(let number): start(nodes[number])
    case .swept:
      show(.swept)
      put(.swept, inUs: 500_000)
    }
  }

  func happenLater(_ occurrences: [Occurrence]) {
    for occurrence in occurrences { put(occurrence, inUs: 0) }
  }

  // MARK: Machines

  func handle(_ event: MachineEvent, _ node: SimulatedNode) {
    guard node.isRunning else { return }
    calls += 1
    if node.stoodStill(at: nowUs) { node.countsFromMs = node.clock.steadyMs(at: nowUs) }
    node.calledMs = node.clock.steadyMs(at: nowUs)
    let moment = Moment(steadyMs: node.clock.steadyMs(at: nowUs), wallMs: node.clock.wallMs(at: nowUs))
    node.machine?.handle(event, at: moment, into: &actions)
    let kind = TraceEvent.Kind(ofTaking: event)
    if kind == .took || !watchers[kind.rawValue].isEmpty { show(.took(node, event), kind) }
    // Most ticks come to nothing.
    if actions.isEmpty { return }
    let probed = transcript == nil ? [] : upstreams.map { node.probedNumbers(of: $0) }
    let todo = actions
    actions = []
    for action in todo where node.isRunning { perform(action, node) }
    guard let transcript, node.isRunning else { return }
    for (upstream, before) in zip(upstreams, probed) {
      let now = node.probedNumbers(of: upstream)
      if now != before { transcript.probes(now, of: upstream, node, at: nowUs) }
    }
  }

  private func perform(_ action: MachineAction, _ node: SimulatedNode) {
    switch action {
    case .probe(let order): apply(order, node)
    case .ask(let ticket, let request):
      show(.asked(node, ticket, request))
      send(.ask(ticket, request), node)
    case .read(let ticket, let query):
      show(.inquired(node, ticket, query))
      send(.read(ticket, query), node)
    case .show(let update): display(update, node)
    case .log(let line):
      transcript?.logged(line, node, at: nowUs)
      show(.logged(node, line))
    case .refuse(let why):
      transcript?.add(node.name, "refused: \(why)", at: nowUs)
      show(.refused(node))
      node.end(at: nowUs)
      show(.ended(node))
    }
  }

  private func display(_ update: BoardUpdate, _ node: SimulatedNode) {
    switch update {
    case .order(let names):
      for view in node.views where !names.contains(view.name) {
        transcript?.showsNoMore(view.name, node, at: nowUs)
      }
      node.views.removeAll { !names.contains($0.name) }
    case .upstream(let view):
      transcript?.shows(view, before: node.view(of: view.name), node, at: nowUs)
      node.show(view)
    case .stale(let stale):
      if stale != node.isStale {
        transcript?.add(
          node.name, stale ? "shows what it knows as stale" : "shows it as fresh again", at: nowUs)
      }
      node.isStale = stale
    case .cluster(let view):
      transcript?.shows(view, before: node.cluster, node, at: nowUs)
      node.cluster = view
    // Names are looked up beside a machine, not by it.
    case .discovery: break
    }
    show(.showed(node, update))
  }

  // MARK: What invariants may look at

  /// The server whose word counts in the end.
  package var primary: Int { redis.primary }

  package func state(of server: Int) -> SharedState { redis.servers[server].state }

  package func redisTime() -> LedgerTime { redis.time(at: nowUs) }

  /// The rate of Redis' clock, in thousandths.
  package var redisPermille: Int64 { redis.clock.permille }

  /// That of settings of the plan, without working it out again.
  func digest(of settings: UpstreamDefinition) -> String {
    versions.first { $0.value == settings }?.key ?? settings.digest
  }

  // MARK: Invariants

  func show(_ traceEvent: TraceEvent) { show(traceEvent, traceEvent.kind) }

  func show(_ traceEvent: TraceEvent, _ kind: TraceEvent.Kind) {
    switch kind {
    case .took, .showed, .decided: knowledge.follow(traceEvent)
    default: break
    }
    for watcher in watchers[kind.rawValue] { watcher.observe(traceEvent, in: self) }
  }

  func object(_ invariant: String, _ what: String) {
    let what = numbered(what)
    violations.append(Violation(invariant: invariant, atMs: nowUs / 1000, what: what))
    transcript?.add("!!!!!", "\(invariant): \(what)", at: nowUs)
  }

  /// With the peers' numbers in the place of their addresses, as schedules and transcripts have them.
  private func numbered(_ what: String) -> String {
    let words = what.split(separator: " ", omittingEmptySubsequences: false).map { word in
      let address = word.prefix { $0.isNumber || $0 == "." || $0 == ":" }
      guard let number = peerNumbers[PeerName(String(address))] else { return String(word) }
      return "peer \(number)" + word.dropFirst(address.count)
    }
    return words.joined(separator: " ").replacing("peer peer ", with: "peer ")
  }
}
