import Health
import Ledger

/// All decisions about one upstream. Each stands alone: its own leader, term and sequence.
struct UpstreamMachine: Sendable {
  let name: UpstreamName
  /// The number of its probe group.
  let number: Int
  /// What this node's settings say; nil: they do not have it, and the node only shows it.
  var configured: UpstreamDefinition? {
    didSet {
      isChecked = configured?.checker != nil
      isPlain = configured != nil && !isChecked
    }
  }
  var configuredDigest = ""
  /// The definition in force: everybody probes and votes by it. Nil: none is known.
  var definition: UpstreamDefinition?
  /// Since when it is known here: steady ms.
  var enforcedMs: Int64?
  var peers: [PeerWatch] = []
  var index: [PeerName: Int] = [:]

  var group = Group()
  /// The digest of the definition that should be in force; nil: nobody has the upstream.
  var target: String?
  /// Who may lead, best first.
  var candidates: [Group.Participant] = []
  var assignment = Assignment.nobody
  /// Those of `assignment`, in its order.
  var probers: [Group.Participant] = []
  /// What the probe engine has been told to probe by.
  var probedBy: Checker?

  var leadership = Leadership.waiting(untilMs: .min)
  var leaseWatch = LeaseWatch()
  /// Where the records here stand.
  var head = Head()
  var following = Following()
  var writing = Writing()
  var reporting = Reporting()
  /// What the other nodes report.
  var sheets: [String: ReportSheet] = [:]
  /// The operators' words: the last one on each peer.
  var overrides: [PeerName: Override] = [:]
  var display = Display()
  /// What was refused, and when it may be asked again.
  var retries: Retries
  /// Numbers the questions to the ledger.
  var asked: UInt64 = 0
  /// Since when nobody has it in the settings: ms of `Observation`; nil: somebody has.
  var orphanedSinceMs: Int64?
  private var latenessCheckedMs: Int64 = .min

  /// - Parameter after: the machine of an upstream that this run has let go of: its numbers are not used again.
  init(name: UpstreamName, number: Int, after: UsedNumbers = UsedNumbers()) {
    self.name = name
    self.number = number
    retries = Retries(name)
    reporting.rev = after.revision
    writing.counter = after.commits
  }

  /// The highest numbers that were given out.
  var usedNumbers: UsedNumbers { UsedNumbers(revision: reporting.rev, commits: writing.counter) }

  /// How the peers are probed now.
  var checker: Checker? { definition?.checker }

  /// This node's settings have it, with a checker.
  private(set) var isChecked = false
  /// It has nothing to do with the ledger: its peers are only shown.
  private(set) var isPlain = false

  /// What was decided before this node came is known to it.
  var isFollowed: Bool { head.seq > 0 }

  mutating func ask(_ request: LedgerRequest, _ step: inout Step) -> UInt64 {
    asked += 1
    step.actions.append(.ask(LedgerTicket(upstream: name, number: asked), request))
    return asked
  }

  mutating func read(_ query: LedgerQuery, _ step: inout Step) -> UInt64 {
    asked += 1
    step.actions.append(.read(LedgerTicket(upstream: name, number: asked), query))
    return asked
  }

  // MARK: Time

  mutating func tick(_ step: inout Step) {
    guard !isPlain else { return }
    checkLateness(step)
    retries.tick(&step)
    tickFollowing(&step)
    tickOthers(&step)
    tickOrphan(&step)
    tickLeadership(&step)
    decide(&step)
    report(&step)
    showIfDue(&step)
  }

  /// When peers are looked through for overdue probes; nil: nobody probes them.
  var latenessDueMs: Int64? {
    guard checker != nil else { return nil }
    return latenessCheckedMs == .min ? .min : latenessCheckedMs + 1000
  }

  private mutating func checkLateness(_ step: Step) {
    guard latenessCheckedMs == .min || step.nowMs - latenessCheckedMs >= 1000, let checker else { return }
    latenessCheckedMs = step.nowMs
    for place in peers.indices
    where peers[place].becomesLate(at: step.nowMs, checker) && step.keeps(.lateness) {
      peers[place].isLate = true
      markDirty(place)
      markUnreported(place)
      display.isDue = true
    }
  }

  // MARK: Probes

  /// Counts a result. `decide` must follow.
  mutating func take(_ result: ProbeResult, peer place: Int, _ step: inout Step) {
    guard let checker, peers.indices.contains(place) else { return }
    let before = peers[place].streak.state
    let isFirst = peers[place].vote == nil
    let overdueMs = step.keeps(.lateness) ? Timetable.overdueMs(checker: checker) : .max
    let changed = peers[place].take(
      result, checker.thresholds, overdueMs: overdueMs, wallMs: step.moment.wallMs)
    tell(result.outcome, place, before, &step)
    setPace(place, checker, &step)
    if changed {
      display.isDue = true
      markUnreported(place)
    }
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

  // MARK: What is open

  mutating func markDirty(_ place: Int) {
    guard !peers[place].isDirty else { return }
    peers[place].isDirty = true
    writing.dirty.append(peers[place].record.peer)
  }

  mutating func markAllDirty() {
    for place in peers.indices { markDirty(place) }
  }
}
