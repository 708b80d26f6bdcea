import Cluster
import Health
import Ledger

/// A machine with everything around it played by hand: the clock, the prober, the ledger.
struct MachineRig {
  var machine: Machine
  var shared = SharedState()
  var nowMs: Int64 = 1_000_000
  let wallStartMs: Int64 = 1_795_400_000_000
  /// What the prober has been told to do and has not been told to stop.
  var watched: [PeerName: ProbeTarget] = [:]
  /// The same of every check; `watched` has each peer's first.
  private(set) var targets: [ProbeID: ProbeTarget] = [:]
  var paces: [PeerName: Int] = [:]
  /// The same of every check.
  private(set) var paced: [ProbeID: Int] = [:]
  var groups: [UInt32: Checker] = [:]
  var shown: [UpstreamName: UpstreamView] = [:]
  var order: [UpstreamName] = []
  var lines: [LogLine] = []
  /// Questions that wait for `deliver`, where `holdsAnswers` is set.
  var held: [(ticket: LedgerTicket, request: LedgerRequest)] = []
  var holdsAnswers = false
  private var asked: [(ticket: LedgerTicket, request: LedgerRequest)] = []
  private var reads: [(ticket: LedgerTicket, query: LedgerQuery)] = []
  private var isAnswering = false
  /// What the ledger was asked, ever.
  var requests: [LedgerRequest] = []

  init(node: String = "a", run: String = "r1") {
    machine = Machine(profile: NodeProfile(node: node, run: run, leaseMs: 5000))
  }

  mutating func handle(_ event: MachineEvent) {
    var actions: [MachineAction] = []
    machine.handle(event, at: Moment(steadyMs: nowMs, wallMs: wallStartMs + nowMs), into: &actions)
    for action in actions { perform(action) }
    // Answers come after everything else was done, as they do in a running node.
    while !isAnswering, !asked.isEmpty || !reads.isEmpty {
      isAnswering = true
      if !asked.isEmpty {
        let (ticket, request) = asked.removeFirst()
        answer(ticket, request)
      } else {
        let (ticket, query) = reads.removeFirst()
        handle(.read(ticket, .success(shared.read(query, at: time))))
      }
      isAnswering = false
    }
  }

  private mutating func perform(_ action: MachineAction) {
    switch action {
    case .probe(let order): apply(order)
    case .show(.order(let names)): order = names
    case .show(.upstream(let view)): shown[view.name] = view
    case .show(.stale), .show(.cluster), .show(.discovery): break
    case .log(let line): lines.append(line)
    case .refuse(let why): preconditionFailure("a single node is refused: \(why)")
    case .read(let ticket, let query): reads.append((ticket, query))
    case .ask(let ticket, let request):
      requests.append(request)
      if holdsAnswers { held.append((ticket, request)) } else { asked.append((ticket, request)) }
    }
  }

  private mutating func apply(_ order: ProbeAction) {
    switch order {
    case .openGroup(let number, let checker, _): groups[number] = checker
    case .closeGroup(let number): groups[number] = nil
    case .watch(let target), .once(let target):
      targets[target.id] = target
      watched[target.peer] = watched[target.peer] ?? target
    case .pace(let id, let everyMs):
      paced[id] = everyMs
      if let peer = peer(id) { paces[peer] = everyMs }
    case .unwatch(let id):
      targets[id] = nil
      if let peer = peer(id) { watched[peer] = nil }
    }
  }

  private func peer(_ id: ProbeID) -> PeerName? { watched.first { $0.value.id == id }?.key }

  private var time: LedgerTime { LedgerTime(wallMs: wallStartMs + nowMs, steadyMs: nowMs) }

  private mutating func answer(_ ticket: LedgerTicket, _ request: LedgerRequest) {
    let answer = shared.perform(request, at: LedgerTime(wallMs: wallStartMs + nowMs, steadyMs: nowMs))
    handle(.answered(ticket, .success(answer)))
  }

  /// Answers the oldest held question, or loses its answer after or before it took effect.
  mutating func deliver(_ fate: Fate = .answered) {
    let (ticket, request) = held.removeFirst()
    switch fate {
    case .answered: answer(ticket, request)
    case .lostAfter:
      _ = shared.perform(request, at: LedgerTime(wallMs: wallStartMs + nowMs, steadyMs: nowMs))
      handle(.answered(ticket, .failure(.outcomeUnknown("lost"))))
    case .lostBefore: handle(.answered(ticket, .failure(.outcomeUnknown("lost"))))
    case .unreachable: handle(.answered(ticket, .failure(.unreachable("no route"))))
    }
  }

  enum Fate: CaseIterable { case answered, lostAfter, lostBefore, unreachable }

  // MARK: Time and probes

  /// Lets time pass in ticks of 100 ms.
  mutating func pass(_ ms: Int64) {
    let end = nowMs + ms
    while nowMs < end {
      nowMs += min(Machine.tickMs, end - nowMs)
      handle(.tick)
    }
  }

  mutating func probe(_ peer: PeerName, _ outcome: Outcome) {
    guard let target = watched[peer] else { return }
    handle(.probed([ProbeResult(id: target.id, outcome: outcome, endedMs: nowMs)]))
  }

  func target(_ peer: PeerName, _ check: String) -> ProbeTarget? {
    targets.values.first { $0.peer == peer && groups[$0.group]?.name == check }
  }

  /// A result of one of several checks.
  mutating func probe(_ peer: PeerName, _ check: String, _ outcome: Outcome, times: Int = 1) {
    for _ in 0..<times {
      pass(1000)
      guard let target = target(peer, check) else { return }
      handle(.probed([ProbeResult(id: target.id, outcome: outcome, endedMs: nowMs)]))
    }
  }

  /// So many results, a second apart.
  mutating func probe(_ peer: PeerName, _ outcome: Outcome, times: Int) {
    for _ in 0..<times {
      pass(1000)
      probe(peer, outcome)
    }
  }

  static let good = Outcome(.success, status: 200)
  static let refused = Outcome(.failure(.connectRefused), detail: "connection refused")

  // MARK: What there is to see

  func record(_ peer: PeerName, in upstream: UpstreamName = .foo) -> PeerRecord? {
    shown[upstream]?.peers.first { $0.record.peer == peer }?.record
  }

  func transitions(of upstream: UpstreamName = .foo) -> [Transition] {
    shared.events(of: upstream, after: 0, limit: 10_000).compactMap {
      if case .transition(let transition) = $0.change { transition } else { nil }
    }
  }
}

extension UpstreamName {
  static let foo = known("foo.com")
  static let bar = known("bar.com")

  static func known(_ text: String) -> UpstreamName {
    guard let name = UpstreamName(text) else { preconditionFailure("a name in a test is not valid") }
    return name
  }
}

extension PeerName {
  static let one = PeerName("127.0.0.1:1")
  static let two = PeerName("127.0.0.1:2")
  static let three = PeerName("127.0.0.1:3")
}

extension UpstreamDefinition {
  /// fall 3, rise 2, every second.
  static func make(
    _ name: UpstreamName = .foo, _ peers: [PeerName] = [.one, .two],
    change: (inout Checker) -> Void = { _ in }
  ) -> UpstreamDefinition {
    var checker = Checker(kind: .tcp)
    checker.thresholds = Thresholds(fall: 3, rise: 2)
    change(&checker)
    return UpstreamDefinition(name: name, checker: checker, peers: peers.map { PeerDefinition(name: $0) })
  }
}
