import Cluster
import Health
import Ledger

/// Several machines on one ledger, with everything around them played by hand: time, probes, the way to the ledger.
struct ClusterRig {
  struct Node {
    var machine: Machine
    let run: String
    var isRunning = true
    /// It gets no time: nothing reaches it.
    var isPaused = false
    /// The ledger answers it and is heard.
    var hasLedger = true
    /// It hears no announcements.
    var isDeaf = false
    /// It can reach the peers.
    var hasPeers = true
    /// What its probes of dead peers find.
    var failure = MachineRig.refused
    /// Requests that the ledger refuses it.
    var refuses: @Sendable (LedgerRequest) -> Bool = { _ in false }
    /// Upstreams that the ledger does not let it read.
    var cannotRead: Set<UpstreamName> = []
    /// How long a reading of a whole upstream takes.
    var readingMs: Int64 = 1
    /// What it cannot read, while its requests get through.
    var refusesReading: @Sendable (LedgerQuery) -> Bool = { _ in false }
    var mailbox: [(atMs: Int64, event: MachineEvent)] = []
    var watched: [ProbeID: (target: ProbeTarget, everyMs: Int64, nextMs: Int64)] = [:]
    var groups: [UInt32: Checker] = [:]
    var views: [UpstreamName: UpstreamView] = [:]
    var order: [UpstreamName] = []
    var cluster: ClusterView?
    var isStale = false
    var lines: [LogLine] = []
    var refusal: String?

    var peers: [PeerName] { watched.values.map(\.target.peer).sorted() }
  }

  static let heartbeatMs: Int64 = 1000
  static let expiryMs: Int64 = 5000
  static let leaseMs = 5000
  static let stepMs: Int64 = 50

  var shared = SharedState()
  var nodes: [String: Node] = [:]
  var nowMs: Int64 = 1_000_000
  let wallStartMs: Int64 = 1_795_400_000_000
  /// How far the ledger's time of day has leapt.
  var wallLeapMs: Int64 = 0
  /// How long a node is missed: a day is too long for a test.
  static let missedMs: Int64 = 240_000
  /// How long an upstream is kept that nobody has; nil: as built in.
  var orphanMs: Int64?
  /// What answers, for everybody; a peer without an entry does.
  var dead: Set<PeerName> = []
  /// All requests that the ledger performed, by node.
  var performed: [(node: String, request: LedgerRequest, answer: LedgerAnswer)] = []
  /// What those hear whom the ledger does not answer.
  var fault: LedgerFault = "cut off"
  /// How long a refusal takes.
  var failureMs: Int64 = 1000
  /// What was asked, by node, refused or not.
  var asked: [(node: String, request: LedgerRequest)] = []
  var safeguards = Safeguards.all
  /// How often reports and snapshots were read.
  var reads = 0
  var snapshots = 0
  private var starts = 0
  private var settings: [String: [UpstreamDefinition]] = [:]

  // MARK: Nodes

  /// - Parameter isCut: the ledger has never answered it.
  mutating func start(_ name: String, _ definitions: [UpstreamDefinition], isCut: Bool = false) {
    starts += 1
    let run = "run\(starts)"
    var sharing = NodeProfile.Sharing(
      heartbeatMs: Self.heartbeatMs, memberExpiryMs: Self.expiryMs, address: "\(name):8080", version: "test")
    sharing.missedMs = Self.missedMs
    if let orphanMs { sharing.orphanMs = orphanMs }
    let profile = NodeProfile(
      node: name, run: run, leaseMs: Self.leaseMs, sharing: sharing, safeguards: safeguards)
    nodes[name] = Node(machine: Machine(profile: profile), run: run)
    nodes[name]?.hasLedger = !isCut
    configure(name, definitions)
    if !isCut { handle(.heard(.listening), name) }
  }

  mutating func configure(_ name: String, _ definitions: [UpstreamDefinition]) {
    settings[name] = definitions
    handle(.configured(definitions), name)
  }

  mutating func tell(_ name: String, sourceTroubles: [String: String]) {
    handle(.sourceTroubles(sourceTroubles), name)
  }

  /// SIGKILL.
  mutating func kill(_ name: String) { nodes[name]?.isRunning = false }

  /// SIGTERM: it has its say, and ends.
  mutating func stop(_ name: String) {
    handle(.stopping, name)
    kill(name)
  }

  mutating func restart(_ name: String) { start(name, settings[name] ?? []) }

  /// Three nodes, in step.
  static func three(_ definitions: [UpstreamDefinition], nodes: [String] = ["a", "b", "c"]) -> ClusterRig {
    var rig = ClusterRig()
    for node in nodes { rig.start(node, definitions) }
    rig.pass(20_000)
    return rig
  }

  // MARK: Time

  mutating func pass(_ ms: Int64) {
    let end = nowMs + ms
    while nowMs < end { step() }
  }

  /// Nil: it did not come to pass in time; otherwise after how many ms.
  mutating func pass(_ ms: Int64, until isDone: (ClusterRig) -> Bool) -> Int64? {
    let start = nowMs
    while nowMs < start + ms {
      if isDone(self) { return nowMs - start }
      step()
    }
    return isDone(self) ? nowMs - start : nil
  }

  private mutating func step() {
    nowMs += Self.stepMs
    for name in nodes.keys.sorted() {
      guard let node = nodes[name], node.isRunning, !node.isPaused else { continue }
      let due = node.mailbox.filter { $0.atMs <= nowMs }
      nodes[name]?.mailbox.removeAll { $0.atMs <= nowMs }
      for (_, event) in due { handle(event, name) }
      probe(name)
      if nowMs % Machine.tickMs == 0 { handle(.tick, name) }
    }
  }

  /// Every probe of a node ends now, with the same result; its own time for them goes on.
  mutating func probeNow(_ name: String, _ outcome: Outcome) {
    let ids = nodes[name]?.watched.keys.map { $0 } ?? []
    handle(.probed(ids.map { ProbeResult(id: $0, outcome: outcome, endedMs: nowMs) }), name)
  }

  /// A node that is no machine here reports something.
  mutating func tell(_ batch: ReportBatch) {
    let request = LedgerRequest.report(batch, forMs: 1_000_000)
    announce(request.announcements(shared.perform(request, at: time)))
  }

  private mutating func probe(_ name: String) {
    guard let node = nodes[name] else { return }
    var results: [ProbeResult] = []
    for (id, watch) in node.watched.sorted(by: { $0.key.index < $1.key.index }) where watch.nextMs <= nowMs {
      nodes[name]?.watched[id]?.nextMs += watch.everyMs
      let isGood = node.hasPeers && !dead.contains(watch.target.peer)
      let outcome = isGood ? MachineRig.good : node.failure
      results.append(ProbeResult(id: id, outcome: outcome, endedMs: nowMs))
    }
    if !results.isEmpty { handle(.probed(results), name) }
  }

  /// Something is announced to one node.
  mutating func hear(_ announcement: LedgerAnnouncement, _ name: String) {
    handle(.heard(announcement), name)
  }

  // MARK: Machines

  private mutating func handle(_ event: MachineEvent, _ name: String) {
    guard var machine = nodes[name]?.machine else { return }
    var actions: [MachineAction] = []
    machine.handle(event, at: Moment(steadyMs: nowMs, wallMs: wallStartMs + nowMs), into: &actions)
    nodes[name]?.machine = machine
    for action in actions { perform(action, name) }
  }

  private mutating func perform(_ action: MachineAction, _ name: String) {
    switch action {
    case .probe(let order): apply(order, name)
    case .ask(let ticket, let request): ask(ticket, request, name)
    case .read(let ticket, let query):
      if case .reports = query { reads += 1 }
      if case .snapshot = query { snapshots += 1 }
      var isReached = nodes[name].map { $0.hasLedger && !$0.refusesReading(query) } ?? false
      if query.isBulk, let upstream = ticket.upstream, nodes[name]?.cannotRead.contains(upstream) == true {
        isReached = false
      }
      answer(
        name,
        .read(ticket, isReached ? .success(shared.read(query, at: time)) : .failure(.unreachable(fault))),
        afterMs: query.isBulk ? nodes[name]?.readingMs ?? 1 : 1)
    case .show(let update): show(update, name)
    case .log(let line): nodes[name]?.lines.append(line)
    case .refuse(let why):
      nodes[name]?.refusal = why
      kill(name)
    }
  }

  private mutating func apply(_ order: ProbeAction, _ name: String) {
    switch order {
    case .openGroup(let number, let checker, _): nodes[name]?.groups[number] = checker
    case .closeGroup(let number): nodes[name]?.groups[number] = nil
    case .watch(let target), .once(let target):
      let every = Int64(nodes[name]?.groups[target.group]?.intervalMs ?? 1000)
      nodes[name]?.watched[target.id] = (target, every, nowMs + Int64(target.phaseMs) + 1)
    case .pace(let id, let everyMs): if let everyMs { nodes[name]?.watched[id]?.everyMs = Int64(everyMs) }
    case .unwatch(let id): nodes[name]?.watched[id] = nil
    }
  }

  private mutating func show(_ update: BoardUpdate, _ name: String) {
    switch update {
    case .order(let names): nodes[name]?.order = names
    case .upstream(let view): nodes[name]?.views[view.name] = view
    case .stale(let stale): nodes[name]?.isStale = stale
    case .cluster(let view): nodes[name]?.cluster = view
    case .discovery: break
    }
  }

  // MARK: The ledger

  var ledgerTime: LedgerTime { time }

  private var time: LedgerTime { LedgerTime(wallMs: wallStartMs + wallLeapMs + nowMs, steadyMs: nowMs) }

  private mutating func ask(_ ticket: LedgerTicket, _ request: LedgerRequest, _ name: String) {
    asked.append((name, request))
    guard let node = nodes[name], node.hasLedger, !node.refuses(request) else {
      return answer(name, .answered(ticket, .failure(.unreachable(fault))))
    }
    let answer = shared.perform(request, at: time)
    performed.append((name, request, answer))
    announce(request.announcements(answer))
    self.answer(name, .answered(ticket, .success(answer)))
  }

  mutating func order(_ order: OverrideRequest) {
    let request = LedgerRequest.override(order)
    announce(request.announcements(shared.perform(request, at: time)))
  }

  /// Somebody else does something with the ledger.
  @discardableResult mutating func perform(_ request: LedgerRequest) -> LedgerAnswer {
    shared.perform(request, at: time)
  }

  private mutating func announce(_ announcements: [LedgerAnnouncement]) {
    for name in nodes.keys where nodes[name]?.hasLedger == true && nodes[name]?.isDeaf == false {
      for announcement in announcements { answer(name, .heard(announcement)) }
    }
  }

  /// It arrives a step later; what fails does so at the end of its time.
  private mutating func answer(_ name: String, _ event: MachineEvent, afterMs: Int64 = 1) {
    var isFailure = false
    if case .answered(_, .failure) = event { isFailure = true }
    if case .read(_, .failure) = event { isFailure = true }
    nodes[name]?.mailbox.append((nowMs + (isFailure ? failureMs : afterMs), event))
  }

  mutating func cutLedger(_ names: [String]) {
    for name in names { nodes[name]?.hasLedger = false }
  }

  mutating func healLedger(_ names: [String]) {
    for name in names {
      nodes[name]?.hasLedger = true
      answer(name, .heard(.gap))
    }
  }

  mutating func empty() { shared = SharedState() }

  // MARK: What there is to see

  func leader(of upstream: UpstreamName = .foo) -> String? {
    shared.lease(of: upstream, at: time)?.lease.holder.node
  }

  func lease(of upstream: UpstreamName = .foo) -> Lease? { shared.lease(of: upstream, at: time)?.lease }

  func events(of upstream: UpstreamName = .foo) -> [LedgerEvent] {
    shared.events(of: upstream, after: 0, limit: 10_000)
  }

  func transitions(of upstream: UpstreamName = .foo) -> [Transition] {
    events(of: upstream).compactMap {
      if case .transition(let transition) = $0.change { transition } else { nil }
    }
  }

  func nodeReports(of node: String, in upstream: UpstreamName = .foo) -> NodeReports? {
    shared.nodeReports(of: upstream, by: node, at: time)
  }

  func nodeInfo(of node: String) -> NodeInfo? { shared.nodeInfo(of: node, at: time) }

  /// How many nodes probe a peer.
  func probers(of peer: PeerName) -> Int {
    nodes.values.count { $0.isRunning && $0.peers.contains(peer) }
  }

  func record(_ peer: PeerName, on node: String, in upstream: UpstreamName = .foo) -> PeerRecord? {
    nodes[node]?.views[upstream]?.peers.first { $0.record.peer == peer }?.record
  }

  func stored(_ peer: PeerName, in upstream: UpstreamName = .foo) -> PeerRecord? {
    shared.snapshot(of: upstream)?.records[peer]
  }

  /// All running nodes show what the ledger holds.
  func agree(on upstream: UpstreamName = .foo) -> Bool {
    guard let snapshot = shared.snapshot(of: upstream) else { return false }
    return nodes.values.filter(\.isRunning).allSatisfy { node in
      guard let view = node.views[upstream], !node.isStale, view.peers.count == snapshot.records.count else {
        return false
      }
      return view.peers.allSatisfy { $0.record.status == snapshot.status[$0.record.peer] }
    }
  }
}
