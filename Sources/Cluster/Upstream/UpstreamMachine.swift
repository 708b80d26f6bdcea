import Health
import Ledger

/// All decisions about one upstream. Each stands alone: its own leader, term and sequence.
struct UpstreamMachine: Sendable {
  let name: UpstreamName
  /// The number of its probe group.
  let number: Int
  var definition: UpstreamDefinition?
  var peers: [PeerWatch] = []
  var index: [PeerName: Int] = [:]
  var leadership = Leadership.waiting(untilMs: .min)
  /// Where the ledger stands, as far as this node knows.
  var head = Head()
  var writing = Writing()
  var display = Display()
  /// Numbers the questions to the ledger.
  var asked: UInt64 = 0
  private var latenessCheckedMs: Int64 = .min

  init(name: UpstreamName, number: Int) {
    self.name = name
    self.number = number
  }

  var checker: Checker? { definition?.checker }

  mutating func ask(_ request: LedgerRequest, _ step: inout Step) -> UInt64 {
    asked += 1
    step.actions.append(.ask(LedgerTicket(upstream: name, number: asked), request))
    return asked
  }

  // MARK: Time

  mutating func tick(_ step: inout Step) {
    guard let checker else { return }
    checkLateness(checker, step)
    tickLeadership(&step)
    decide(&step)
    showIfDue(&step)
  }

  private mutating func checkLateness(_ checker: Checker, _ step: Step) {
    guard latenessCheckedMs == .min || step.nowMs - latenessCheckedMs >= 1000 else { return }
    latenessCheckedMs = step.nowMs
    for place in peers.indices where !peers[place].isLate && peers[place].isOverdue(at: step.nowMs, checker) {
      peers[place].isLate = true
      markDirty(place)
      display.isDue = true
    }
  }

  // MARK: Probes

  /// Counts a result. `decide` must follow.
  mutating func take(_ result: ProbeResult, peer place: Int, _ step: inout Step) {
    guard let checker, peers.indices.contains(place) else { return }
    let before = peers[place].streak.state
    let isFirst = peers[place].vote == nil
    let changed = peers[place].take(result, checker.thresholds, wallMs: step.moment.wallMs)
    tell(result.outcome, place, before, &step)
    setPace(place, checker, &step)
    if changed { display.isDue = true }
    if isFirst || before != peers[place].streak.state { markDirty(place) }
  }

  private func tell(_ outcome: Outcome, _ place: Int, _ before: PeerState, _ step: inout Step) {
    let peer = peers[place].record.peer
    let streak = peers[place].streak
    if case .failure(let failure) = outcome.verdict, before == .up {
      step.log(.probeFailed(name, peer, failure, detail: outcome.detail))
    }
    guard streak.state != before else { return }
    step.log(
      .turned(name, peer, to: streak.state, after: Int(streak.state == .down ? streak.nok : streak.ok)))
  }

  /// Probes faster while a run is under way that may turn the peer, where the settings say so.
  private mutating func setPace(_ place: Int, _ checker: Checker, _ step: inout Step) {
    guard let fast = checker.fastIntervalMs, let probe = peers[place].probe else { return }
    guard peers[place].streak.isTurning != peers[place].isPacedFast else { return }
    peers[place].isPacedFast.toggle()
    step.actions.append(.probe(.pace(probe, everyMs: peers[place].isPacedFast ? fast : nil)))
  }

  mutating func markDirty(_ place: Int) {
    guard !peers[place].isDirty else { return }
    peers[place].isDirty = true
    writing.dirty.append(peers[place].record.peer)
  }
}
