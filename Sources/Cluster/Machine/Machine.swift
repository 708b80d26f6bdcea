import Health
import Ledger

/// All decisions of a node, as a value: events in, actions out. It reads no clock, draws no chance and never waits.
package struct Machine: Sendable {
  /// How often `tick` is due, in ms.
  package static let tickMs: Int64 = 100

  private var profile: NodeProfile
  private var order: [UpstreamName] = []
  /// By the number of the upstream's probe group; nil: the number is free.
  private var upstreams: [UpstreamMachine?] = []
  private var numbers: [UpstreamName: Int] = [:]
  private var routes = ProbeRoutes()
  private var localErrors = LocalErrorLog()

  package init(profile: NodeProfile) {
    self.profile = profile
  }

  /// Takes an event and appends what is to be done about it.
  package mutating func handle(_ event: MachineEvent, at moment: Moment, into actions: inout [MachineAction])
  {
    var step = Step(moment: moment, profile: profile, actions: actions)
    actions = []
    switch event {
    case .configured(let definitions): configure(definitions, &step)
    case .probed(let results): take(results, &step)
    case .answered(let ticket, let answer): forward(answer, for: ticket, &step)
    case .tick: for number in upstreams.indices { upstreams[number]?.tick(&step) }
    case .stopping: for number in upstreams.indices { upstreams[number]?.stop(&step) }
    }
    actions = step.actions
  }

  // MARK: Settings

  private mutating func configure(_ definitions: [UpstreamDefinition], _ step: inout Step) {
    order = definitions.map(\.name)
    let kept = Set(order)
    for (name, number) in numbers.sorted(by: { $0.value < $1.value }) where !kept.contains(name) {
      upstreams[number]?.end(&step, &routes)
      upstreams[number] = nil
      numbers[name] = nil
    }
    step.actions.append(.show(.order(order)))
    for definition in definitions {
      let number = numbers[definition.name] ?? open(definition)
      upstreams[number]?.adopt(definition, &step, &routes)
    }
  }

  private mutating func open(_ definition: UpstreamDefinition) -> Int {
    let number = upstreams.firstIndex { $0 == nil } ?? upstreams.count
    if number == upstreams.count { upstreams.append(nil) }
    upstreams[number] = UpstreamMachine(name: definition.name, number: number)
    numbers[definition.name] = number
    return number
  }

  // MARK: Probes

  private mutating func take(_ results: [ProbeResult], _ step: inout Step) {
    var touched: Set<Int> = []
    for result in results {
      guard let route = routes.find(result.id) else { continue }
      if case .local(let error) = result.outcome.verdict {
        localErrors.add(error, detail: result.outcome.detail, &step)
      }
      upstreams[route.upstream]?.take(result, peer: route.peer, &step)
      touched.insert(route.upstream)
    }
    for number in touched.sorted() { upstreams[number]?.decide(&step) }
  }

  // MARK: The ledger

  private mutating func forward(
    _ answer: Result<LedgerAnswer, LedgerError>, for ticket: LedgerTicket, _ step: inout Step
  ) {
    // An upstream that is gone meanwhile wants no answer.
    guard let number = numbers[ticket.upstream] else { return }
    upstreams[number]?.answered(answer, ticket: ticket, &step)
  }
}

/// One call of the machine: when, who, and what came of it.
struct Step {
  let moment: Moment
  let profile: NodeProfile
  var actions: [MachineAction]

  var nowMs: Int64 { moment.steadyMs }

  mutating func log(_ line: LogLine) { actions.append(.log(line)) }
}
