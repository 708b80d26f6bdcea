import Health
import Ledger

/// The upstreams that a node knows: those of its settings, and others that the ledger has.
struct UpstreamTable: Sendable {
  /// The order of the settings.
  private var order: [UpstreamName] = []
  private var shown: [UpstreamName]?
  /// Those that are not in the settings.
  private var strangers: Set<UpstreamName> = []
  /// By the number of the upstream's probe group. A machine is large: it is changed where it lies.
  private var slots: [Slot] = []
  private var numbers: [UpstreamName: Int] = [:]
  /// One that was found not to be read yet.
  private var unread = 0
  /// By upstreams that were let go of.
  private var usedNumbers = UsedNumbers()

  private struct Slot: Sendable {
    var machine: UpstreamMachine
    var isUsed = true
  }

  /// The places of those that are in use: machines are looked at where they lie, since a copy of one costs more than
  /// what is asked of it.
  private var places: some Sequence<Int> { slots.indices.lazy.filter { slots[$0].isUsed } }

  func has(_ name: UpstreamName) -> Bool { numbers[name] != nil }

  /// It has nothing to do with the ledger, or is not known.
  func isPlain(_ name: UpstreamName) -> Bool { numbers[name].map { slots[$0].machine.isPlain } ?? true }

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
    let isFull = numbers.count == slots.count
    let number = (isFull ? nil : slots.indices.first { !slots[$0].isUsed }) ?? slots.count
    let slot = Slot(machine: UpstreamMachine(name: name, number: number, after: usedNumbers))
    if number == slots.count { slots.append(slot) } else { slots[number] = slot }
    numbers[name] = number
    strangers.insert(name)
  }

  mutating func remove(_ name: UpstreamName) {
    guard let number = numbers.removeValue(forKey: name) else { return }
    strangers.remove(name)
    usedNumbers.add(slots[number].machine.usedNumbers)
    slots[number] = Slot(machine: UpstreamMachine(name: name, number: number), isUsed: false)
  }

  /// Opens what is new in the settings, and returns what they do not have any more.
  mutating func configure(_ definitions: [UpstreamDefinition]) -> [UpstreamName] {
    let before = order
    order = definitions.map(\.name)
    for name in order { open(name) }
    let kept = Set(order)
    strangers = Set(numbers.keys).subtracting(kept)
    return before.filter { !kept.contains($0) }
  }

  /// Lets go of upstreams that only the ledger had, and has no more.
  mutating func forgetStrangers(notIn index: [UpstreamName: String]) {
    for name in strangers where index[name] == nil {
      guard let number = numbers[name], slots[number].machine.configured == nil,
        !slots[number].machine.isFollowed
      else { continue }
      remove(name)
    }
  }

  // MARK: All of them

  /// Those that the ledger has to do with, by name.
  var shared: [UpstreamName] {
    numbers.compactMap { slots[$1].machine.isPlain ? nil : $0 }.sorted()
  }

  /// The digest of the definition that the settings have of each.
  var digests: [String: String] {
    var digests: [String: String] = [:]
    for place in places where !slots[place].machine.configuredDigest.isEmpty {
      digests[slots[place].machine.name.text] = slots[place].machine.configuredDigest
    }
    return digests
  }

  /// What was decided of every upstream of the settings is known here.
  var isWarm: Bool {
    // Asked at every tick: nothing is copied.
    slots.indices.allSatisfy { number in
      !slots[number].isUsed || !slots[number].machine.isChecked || slots[number].machine.isFollowed
    }
  }

  /// Something that was decided is known here, and served.
  var hasConsensus: Bool {
    slots.indices.contains { slots[$0].isUsed && slots[$0].machine.isFollowed }
  }

  /// Of each upstream nothing is known to be missing, or it could not be read: that is its own trouble.
  mutating func areReadOrFail() -> Bool {
    // Asked after each of thousands of readings: it goes on where it came to last time, and walks once over all of them.
    for offset in slots.indices {
      let number = (unread + offset) % slots.count
      if slots[number].isUsed, !slots[number].machine.following.isInStep,
        slots[number].machine.following.trouble == nil
      {
        unread = number
        return false
      }
    }
    return true
  }

  /// Up to which number no batch of this node's reports is on its way.
  ///
  /// - Parameter last: the last number that was given out.
  func settled(of last: UInt64) -> UInt64 {
    slots.indices.reduce(last) { lowest, number in
      guard slots[number].isUsed, let own = slots[number].machine.reporting.inFlight?.batch.number else {
        return lowest
      }
      return min(lowest, own - 1)
    }
  }

  /// The ledger stands on another branch of one of them than was followed here.
  func isElsewhere(_ standings: [UpstreamName: Standing], askedMs: Int64, _ step: Step) -> Bool {
    places.contains { place in
      slots[place].machine.isElsewhere(standings[slots[place].machine.name], askedMs: askedMs, step)
    }
  }

  /// What the ledger does not take from this node, of any upstream.
  func refused(at nowMs: Int64) -> Member.Refused {
    var refused: Member.Refused = []
    for place in places {
      if slots[place].machine.reporting.isRefused { refused.insert(.reports) }
      if slots[place].machine.writing.isForbidden(at: nowMs) { refused.insert(.commits) }
    }
    return refused
  }

  /// The digest of the definition in force of each upstream that this node leads.
  var led: [UpstreamName: String] {
    var led: [UpstreamName: String] = [:]
    for place in places
    where slots[place].machine.leadership.isHeld && !slots[place].machine.head.digest.isEmpty {
      led[slots[place].machine.name] = slots[place].machine.head.digest
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
  ///
  /// It is asked for after each answer: where nothing has come or gone, only those are looked at that are not in the
  /// settings.
  mutating func newOrder() -> [UpstreamName]? {
    var all = order
    if !strangers.isEmpty { all += strangers.filter { isKnown($0) }.sorted() }
    guard all != shown else { return nil }
    shown = all
    return all
  }

  private func isKnown(_ name: UpstreamName) -> Bool {
    numbers[name].map { slots[$0].machine.isKnown } ?? false
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
