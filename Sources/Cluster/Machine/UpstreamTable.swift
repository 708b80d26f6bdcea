import Health
import Ledger

/// The upstreams that a node knows: those of its settings, and others that the ledger has.
struct UpstreamTable: Sendable {
  /// The order of the settings.
  private var order: [UpstreamName] = []
  private var shown: [UpstreamName]?
  /// What is shown may be another order now.
  private var isOrderOpen = true
  /// The names of those that the ledger has to do with; nil: to be put together again.
  private var sharedNames: [UpstreamName]?
  /// Those that are not in the settings.
  private var strangers: Set<UpstreamName> = []
  /// By the number of the upstream's probe group. A machine is large: it is changed where it lies.
  private var slots: [Slot] = []
  private var numbers: [UpstreamName: Int] = [:]
  /// Slots that nobody uses.
  private var vacant: [Int] = []
  /// Those that something has happened to since the last tick: it may have left them something to do. Each once.
  private var touched: [Int] = []
  /// Room for those of one tick.
  private var due: [Int] = []
  /// When the others have something to do.
  private var agenda = Agenda()
  /// Those of the settings of which nothing is known yet, as of their last tick.
  private var cold: Set<Int> = []
  /// One that was found not to be read yet.
  private var unread = 0
  /// By upstreams that were let go of.
  private var usedNumbers = UsedNumbers()
  /// What was seen of upstreams that were let go of and not deleted: the ledger may have lost them.
  private var seen: [UpstreamName: Highest] = [:]
  /// Of so many at most: names may be new for ever.
  static let mostSeen = 1000

  private struct Slot: Sendable {
    var machine: UpstreamMachine
    var isUsed = true
    var isTouched = false
    /// When it has something to do next: steady ms.
    var dueMs = Int64.max
    /// For when it is in the agenda; `.max`: it is not.
    var listedMs = Int64.max

    /// When it has something to do next; nil: nobody uses it.
    mutating func tick(_ context: inout Context) -> (dueMs: Int64, isCold: Bool)? {
      isTouched = false
      guard isUsed else { return nil }
      machine.tick(&context)
      return (machine.dueMs(context), machine.isCold)
    }
  }

  /// The places of those that are in use: machines are looked at where they lie, since a copy of one costs more than
  /// what is asked of it.
  private var indices: some Sequence<Int> { slots.indices.lazy.filter { slots[$0].isUsed } }

  func has(_ name: UpstreamName) -> Bool { numbers[name] != nil }

  /// It has nothing to do with the ledger, or is not known.
  func isPlain(_ name: UpstreamName) -> Bool {
    numbers[name].map { slots[$0].machine.settings.isPlain } ?? true
  }

  func name(number: Int) -> UpstreamName? {
    slots.indices.contains(number) && slots[number].isUsed ? slots[number].machine.name : nil
  }

  mutating func with(_ name: UpstreamName, _ body: (inout UpstreamMachine) -> Void) {
    guard let number = numbers[name] else { return }
    with(number: number, body)
  }

  mutating func with(number: Int, _ body: (inout UpstreamMachine) -> Void) {
    guard slots.indices.contains(number), slots[number].isUsed else { return }
    touch(number)
    body(&slots[number].machine)
  }

  mutating func each(_ body: (inout UpstreamMachine) -> Void) {
    for number in slots.indices { with(number: number, body) }
  }

  /// Each is visited at the next tick.
  mutating func touchAll() {
    for number in slots.indices where slots[number].isUsed { touch(number) }
  }

  private mutating func touch(_ number: Int) {
    if !strangers.isEmpty { isOrderOpen = true }
    guard !slots[number].isTouched else { return }
    slots[number].isTouched = true
    touched.append(number)
  }

  /// Time has passed: whoever has something to do does it. In a large cluster nearly nobody has at any one tick.
  mutating func tick(_ context: inout Context) {
    swap(&touched, &due)
    while let (number, listedMs) = agenda.popFirst(until: context.nowMs) {
      if slots[number].listedMs == listedMs { slots[number].listedMs = .max }
      guard slots[number].isUsed, !slots[number].isTouched else { continue }
      if slots[number].dueMs <= context.nowMs {
        slots[number].isTouched = true
        due.append(number)
      } else {
        list(number)
      }
    }
    due.sort()
    for number in due {
      guard let (dueMs, isCold) = slots[number].tick(&context) else { continue }
      if isCold { cold.insert(number) } else if !cold.isEmpty { cold.remove(number) }
      plan(number, dueMs, context.nowMs)
    }
    due.removeAll(keepingCapacity: true)
  }

  /// What is due at once is visited at the next tick. What is due later than it was listed for is listed again when that
  /// moment comes.
  private mutating func plan(_ number: Int, _ dueMs: Int64, _ nowMs: Int64) {
    slots[number].dueMs = dueMs
    if dueMs <= nowMs + 1 {
      slots[number].isTouched = true
      touched.append(number)
    } else {
      list(number)
    }
  }

  private mutating func list(_ number: Int) {
    guard slots[number].dueMs < slots[number].listedMs else { return }
    slots[number].listedMs = slots[number].dueMs
    agenda.put(number, at: slots[number].dueMs)
  }

  mutating func open(_ name: UpstreamName) {
    guard numbers[name] == nil else { return }
    let number = vacant.popLast() ?? slots.count
    let highest = seen.removeValue(forKey: name) ?? Highest()
    let slot = Slot(
      machine: UpstreamMachine(name: name, number: number, after: usedNumbers, highest: highest))
    if number == slots.count { slots.append(slot) } else { slots[number] = slot }
    numbers[name] = number
    strangers.insert(name)
    forgetLists()
    touch(number)
  }

  /// - Parameter isForGood: should it come again, it is another one.
  mutating func remove(_ name: UpstreamName, isForGood: Bool = false) {
    guard let number = numbers.removeValue(forKey: name) else { return }
    strangers.remove(name)
    if !isForGood, let highest = slots[number].machine.replica.lasting {
      if seen.count >= Self.mostSeen { seen = [:] }
      seen[name] = highest
    }
    usedNumbers.add(slots[number].machine.usedNumbers)
    let isTouched = slots[number].isTouched
    slots[number] = Slot(
      machine: UpstreamMachine(name: name, number: number), isUsed: false, isTouched: isTouched)
    vacant.append(number)
    cold.remove(number)
    forgetLists()
  }

  /// Opens what is new in the settings, and returns what they do not have any more.
  mutating func configure(_ definitions: [UpstreamDefinition]) -> [UpstreamName] {
    let before = order
    order = definitions.map(\.name)
    for name in order { open(name) }
    let kept = Set(order)
    strangers = Set(numbers.keys).subtracting(kept)
    forgetLists()
    return before.filter { !kept.contains($0) }
  }

  /// Lets go of upstreams that only the ledger had, and has no more.
  mutating func forgetStrangers(notIn index: [UpstreamName: String]) {
    for name in strangers where index[name] == nil {
      guard let number = numbers[name], slots[number].machine.settings.definition == nil,
        !slots[number].machine.replica.isFollowed
      else { continue }
      remove(name)
    }
  }

  // MARK: All of them

  /// Those that the ledger has to do with, by name.
  mutating func shared() -> [UpstreamName] {
    if let sharedNames { return sharedNames }
    let names = numbers.compactMap { slots[$1].machine.settings.isPlain ? nil : $0 }.sorted()
    sharedNames = names
    return names
  }

  /// Upstreams have come or gone, or are others.
  private mutating func forgetLists() {
    isOrderOpen = true
    sharedNames = nil
  }

  /// The digest of the definition that the settings have of each.
  var digests: [String: String] {
    var digests: [String: String] = [:]
    for number in indices where !slots[number].machine.settings.digest.isEmpty {
      digests[slots[number].machine.name.text] = slots[number].machine.settings.digest
    }
    return digests
  }

  /// What was decided of every upstream of the settings is known here.
  var isWarm: Bool { cold.isEmpty }

  /// Something that was decided is known here, and served.
  var hasConsensus: Bool {
    slots.indices.contains { slots[$0].isUsed && slots[$0].machine.replica.isFollowed }
  }

  /// Of each upstream nothing is known to be missing, or it could not be read: that is its own trouble.
  mutating func areReadOrFail() -> Bool {
    // Asked after each of thousands of readings: it goes on where it came to last time, and walks once over all of them.
    for offset in slots.indices {
      let number = (unread + offset) % slots.count
      if slots[number].isUsed, !slots[number].machine.isInStep,
        slots[number].machine.replica.trouble == nil
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
      guard slots[number].isUsed, let own = slots[number].machine.reporter.pending?.number else {
        return lowest
      }
      return min(lowest, own - 1)
    }
  }

  /// The ledger stands on another branch of one of them than was followed here.
  func isElsewhere(_ headReadings: [UpstreamName: HeadReading], askedMs: Int64, _ context: Context) -> Bool {
    indices.contains { number in
      slots[number].machine.isElsewhere(headReadings[slots[number].machine.name], askedMs: askedMs, context)
    }
  }

  /// What the ledger does not take from this node, of any upstream.
  func refused(at nowMs: Int64) -> Member.Refused {
    var refused: Member.Refused = []
    for number in indices {
      if slots[number].machine.reporter.isRefused { refused.insert(.reports) }
      if slots[number].machine.asking.commits.isForbidden(at: nowMs) { refused.insert(.commits) }
    }
    return refused
  }

  /// The digest of the definition in force of each upstream that this node leads.
  var led: [UpstreamName: String] {
    var led: [UpstreamName: String] = [:]
    for number in indices
    where slots[number].machine.role.isLeader && !slots[number].machine.replica.head.digest.isEmpty {
      led[slots[number].machine.name] = slots[number].machine.replica.head.digest
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
  /// It is asked for after each answer, and costs nothing where nothing can have changed it.
  mutating func newOrder() -> [UpstreamName]? {
    guard isOrderOpen else { return nil }
    isOrderOpen = false
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
