import Health
import Ledger

/// The upstreams that a node knows: those of its settings, and others that the ledger has.
struct UpstreamTable: Sendable {
  /// The order of the settings.
  private var order: [UpstreamName] = []
  private var shown: [UpstreamName]?
  /// By the number of the upstream's probe group. A machine is large: it is changed where it lies.
  private var slots: [Slot] = []
  private var numbers: [UpstreamName: Int] = [:]
  /// By upstreams that were let go of.
  private var usedNumbers = UsedNumbers()

  private struct Slot: Sendable {
    var machine: UpstreamMachine
    var isUsed = true
  }

  private var machines: some Sequence<UpstreamMachine> { slots.lazy.filter(\.isUsed).map(\.machine) }

  subscript(_ name: UpstreamName) -> UpstreamMachine? { numbers[name].map { slots[$0].machine } }

  func name(number: Int) -> UpstreamName? {
    slots.indices.contains(number) && slots[number].isUsed ? slots[number].machine.name : nil
  }

  mutating func with(_ name: UpstreamName, _ body: (inout UpstreamMachine) -> Void) {
    guard let number = numbers[name] else { return }
    with(number: number, body)
  }

  mutating func with(number: Int, _ body: (inout UpstreamMachine) -> Void) {
    guard slots.indices.contains(number), slots[number].isUsed else { return }
    body(&slots[number].machine)
  }

  mutating func each(_ body: (inout UpstreamMachine) -> Void) {
    for number in slots.indices { with(number: number, body) }
  }

  mutating func open(_ name: UpstreamName) {
    guard numbers[name] == nil else { return }
    let number = slots.firstIndex { !$0.isUsed } ?? slots.count
    let slot = Slot(machine: UpstreamMachine(name: name, number: number, after: usedNumbers))
    if number == slots.count { slots.append(slot) } else { slots[number] = slot }
    numbers[name] = number
  }

  mutating func remove(_ name: UpstreamName) {
    guard let number = numbers.removeValue(forKey: name) else { return }
    usedNumbers.add(slots[number].machine.usedNumbers)
    slots[number] = Slot(machine: UpstreamMachine(name: name, number: number), isUsed: false)
  }

  /// Opens what is new in the settings, and returns what they do not have any more.
  mutating func configure(_ definitions: [UpstreamDefinition]) -> [UpstreamName] {
    let before = order
    order = definitions.map(\.name)
    for name in order { open(name) }
    let kept = Set(order)
    return before.filter { !kept.contains($0) }
  }

  /// Lets go of upstreams that only the ledger had, and has no more.
  mutating func forgetStrangers(notIn index: [UpstreamName: String]) {
    for name in numbers.keys where index[name] == nil {
      guard let machine = self[name], machine.configured == nil, !machine.isFollowed else { continue }
      remove(name)
    }
  }

  // MARK: All of them

  /// Those that the ledger has to do with, by name.
  var shared: [UpstreamName] { numbers.keys.filter { self[$0]?.isPlain == false }.sorted() }

  /// The digest of the definition that the settings have of each.
  var digests: [String: String] {
    var digests: [String: String] = [:]
    for machine in machines where !machine.configuredDigest.isEmpty {
      digests[machine.name.text] = machine.configuredDigest
    }
    return digests
  }

  /// What was decided of every upstream of the settings is known here.
  var isWarm: Bool {
    // Asked at every tick: nothing is copied.
    slots.indices.allSatisfy { number in
      !slots[number].isUsed || slots[number].machine.configured?.checker == nil
        || slots[number].machine.isFollowed
    }
  }

  /// Something that was decided is known here, and served.
  var hasConsensus: Bool {
    slots.indices.contains { slots[$0].isUsed && slots[$0].machine.isFollowed }
  }

  /// Nothing is known to be missing of what the ledger holds.
  var isInStep: Bool {
    slots.indices.allSatisfy { !slots[$0].isUsed || slots[$0].machine.following.isInStep }
  }

  /// The sum of the revisions of this node's reports.
  var revision: UInt64 {
    slots.indices.reduce(0) { $0 + (slots[$1].isUsed ? slots[$1].machine.reporting.confirmed : 0) }
  }

  /// The sum of the revisions of what is known of another run's reports.
  func revision(of node: String, run: String) -> UInt64 {
    machines.reduce(0) { $0 + $1.revision(of: node, run: run) }
  }

  /// The digest of the definition in force of each upstream that this node leads.
  var led: [UpstreamName: String] {
    var led: [UpstreamName: String] = [:]
    for machine in machines where machine.leadership.held != nil && !machine.head.digest.isEmpty {
      led[machine.name] = machine.head.digest
    }
    return led
  }

  /// The node alone with its settings.
  func ownRoster(_ profile: NodeProfile) -> Roster {
    Roster([
      Roster.Node(name: profile.node, run: profile.run, isWarm: true, liveSinceMs: 0, upstreams: digests)
    ])
  }

  /// The order to be shown, if it is another one: that of the settings, then what else is known, by name.
  mutating func newOrder() -> [UpstreamName]? {
    let own = Set(order)
    let strangers = numbers.keys.filter { !own.contains($0) && self[$0]?.isKnown == true }
    let all = order + strangers.sorted()
    guard all != shown else { return nil }
    shown = all
    return all
  }
}

/// Numbers that a run has given out for an upstream, and never gives out again: others of before would count as newer.
struct UsedNumbers: Sendable {
  /// Of reports.
  var revision: UInt64 = 0
  var commits: UInt64 = 0

  mutating func add(_ other: UsedNumbers) {
    revision = max(revision, other.revision)
    commits = max(commits, other.commits)
  }
}

extension ControlMessage {
  var upstream: UpstreamName {
    switch self {
    case .handOver(let upstream, _), .override(let upstream, _, _), .deleted(let upstream): upstream
    }
  }
}
