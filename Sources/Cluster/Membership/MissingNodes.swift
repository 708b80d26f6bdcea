import Ledger

/// The nodes that ended without leaving, as this node knows of them: missed until they are heard again, somebody forgets
/// them, or a day is over.
///
/// The ledger's list is the truth, as long as it is known to have lost nothing. After a loss this node tells it again
/// whom it misses. Who is on the list no more was forgotten, and its node info with it; where that is still there, the list was
/// lost alone.
struct MissingNodes: Sendable {
  /// How many are missed at a time; of more, those that were heard last.
  static let most = 100

  struct Entry: Sendable {
    /// As it was last heard.
    var member: Member
    /// What it was; nil: not known.
    var nodeInfo: NodeInfo?
    /// Nobody need ask the ledger for its node info.
    var isInfoRead = false
    /// When a day is over: ms of `Observation`.
    var endsMs: Int64
    var presence: Presence

    enum Presence: Hashable, Sendable {
      /// The ledger has it.
      case listed
      /// Dropped by this node, which the next heartbeat tells the ledger.
      case dropped
      /// The ledger had it, and has it no more: its node info tells whether it was forgotten.
      case unclear
      /// The ledger has lost it, and is to be told.
      case lost
    }
  }

  /// What the answer to a heartbeat said.
  struct Roll: Sendable {
    var members: [Member]
    var missing: [Member]
    /// The asker's own name.
    var own: String
  }

  /// What one answer changed.
  struct Change: Sendable {
    /// Those of the silent ones that are missed.
    var missed: Set<String> = []
    /// Missed no more, though they are not heard again.
    var forgotten: [String] = []
  }

  /// How long a node is missed.
  private let longestMs: Int64
  private(set) var entries: [String: Entry] = [:]
  /// This node's own `Member.from`, as last seen.
  private(set) var from: UInt64?
  /// The run of each member that the ledger has lost, and that has not been heard since.
  private var unheard: [String: String] = [:]

  /// - Parameter longestMs: how long a node is missed.
  init(longestMs: Int64) {
    self.longestMs = longestMs
  }

  /// - Parameters:
  ///   - counted: the members that count, and those that were silent for too long just now.
  ///   - silent: the latter alone.
  ///   - observedMs: now, by `Observation`.
  ///   - toldAgain: whether what the ledger has lost is told again.
  ///   - isNext: nothing of the ledger was missed since it was heard before.
  mutating func hear(
    _ roll: Roll, counted: [Membership.Entry], silent: [Membership.Entry], at observedMs: Int64,
    toldAgain: Bool, isNext: Bool
  ) -> Change {
    var change = Change()
    if isQuiet(roll, silent) { return change }
    let named = Dictionary(roll.members.map { ($0.node, $0) }) { $1 }
    let listed = Dictionary(roll.missing.map { ($0.node, $0) }) { $1 }
    let own = named[roll.own]
    if toldAgain { noticeLoss(own, counted, named) }
    for (node, entry) in entries.sorted(by: { $0.key < $1.key }) {
      if let member = named[node] {
        // With another pulse it is heard again; with the same one it has yet to be dropped there.
        if member.pulse == entry.member.pulse {
          entries[node]?.presence = .dropped
        } else {
          entries[node] = nil
        }
      } else if let member = listed[node] {
        // Of another run: it was back meanwhile.
        if member.run == entry.member.run { entries[node]?.presence = .listed } else { entries[node] = nil }
      } else if entry.presence != .lost, entry.presence != .unclear {
        // Where something was missed meanwhile, it may have been back.
        if toldAgain, isNext {
          entries[node]?.presence = .unclear
        } else {
          entries[node] = nil
          change.forgotten.append(node)
        }
      }
    }
    for (node, member) in listed where entries[node] == nil && named[node] == nil {
      // What has passed before this node knew of it can be told by the ledger's clock alone. That may have leapt: at
      // least half a day is seen to pass.
      let passedMs = min(max((own?.atMs ?? member.atMs) - member.atMs, 0), longestMs / 2)
      add(
        member, nodeInfo: counted.first { $0.member.node == node }?.nodeInfo, .listed,
        since: observedMs - passedMs)
    }
    for entry in silent where listed[entry.member.node] == nil {
      let node = entry.member.node
      let isLost = unheard[node] == entry.member.run
      // Who is in the ledger no more was dropped by others, who know better.
      guard named[node] != nil || isLost else { continue }
      add(entry.member, nodeInfo: entry.nodeInfo, isLost ? .lost : .dropped, since: observedMs)
    }
    // Who counts no more is not waited for either.
    for entry in silent { unheard[entry.member.node] = nil }
    change.missed = Set(silent.map(\.member.node).filter { entries[$0] != nil })
    return change
  }

  /// Nobody is missed, nobody is to be, and nothing was lost: so it is at nearly every heartbeat.
  private func isQuiet(_ roll: Roll, _ silent: [Membership.Entry]) -> Bool {
    guard entries.isEmpty, unheard.isEmpty, roll.missing.isEmpty, silent.isEmpty, let from
    else { return false }
    return roll.members.contains { $0.node == roll.own && $0.from == from }
  }

  private mutating func add(
    _ member: Member, nodeInfo: NodeInfo?, _ presence: Entry.Presence, since sinceMs: Int64
  ) {
    let own = nodeInfo.flatMap { $0.run == member.run ? $0 : nil }
    entries[member.node] = Entry(
      member: member, nodeInfo: own, isInfoRead: own != nil, endsMs: sinceMs + longestMs,
      presence: presence)
  }

  /// Who was dropped and came back is known without a break; a ledger that took this run in anew has lost it.
  private mutating func noticeLoss(_ own: Member?, _ counted: [Membership.Entry], _ named: [String: Member]) {
    defer { from = own?.from ?? from }
    for node in named.keys { unheard[node] = nil }
    guard let from, let own, own.from != from else { return }
    for node in entries.keys { entries[node]?.presence = .lost }
    for entry in counted where named[entry.member.node] == nil {
      unheard[entry.member.node] = entry.member.run
    }
  }

  // MARK: The ledger

  /// What the ledger is to be asked; nil: nothing.
  ///
  /// - Parameter isSteady: long enough in touch to forget somebody.
  func request(at observedMs: Int64, isSteady: Bool) -> LedgerRequest? {
    if entries.isEmpty { return nil }
    let lost = entries.values.filter { $0.presence == .lost }.map(\.member)
    if !lost.isEmpty { return .remember(lost.sorted { $0.node < $1.node }) }
    return isSteady ? over(at: observedMs).map { .forget($0.pulse) } : nil
  }

  /// One that need not be missed any longer.
  private func over(at observedMs: Int64) -> Member? {
    // Who may have been forgotten need not be again.
    let known = entries.values.filter { $0.presence != .unclear }
    if known.count > Self.most {
      return known.map(\.member).min { ($0.atMs, $0.node) < ($1.atMs, $1.node) }
    }
    return known.filter { observedMs >= $0.endsMs }.map(\.member).min { $0.node < $1.node }
  }

  /// Whose info must be read.
  var wantedInfos: [String] {
    entries.compactMap { $1.isInfoRead && $1.presence != .unclear ? nil : $0 }.sorted()
  }

  /// Those that were forgotten, or that the ledger has lost.
  var unclear: Set<String> { Set(entries.lazy.filter { $1.presence == .unclear }.map(\.key)) }

  /// Those that were forgotten.
  ///
  /// - Parameters:
  ///   - wanted: those that were asked for.
  ///   - unclear: of which it was not known then whether they were forgotten.
  mutating func receive(
    _ nodeInfos: [String: NodeInfo], of wanted: [String], unclear: Set<String>
  ) -> [String] {
    var forgotten: [String] = []
    for node in wanted {
      guard let entry = entries[node] else { continue }
      let nodeInfo = nodeInfos[node].flatMap { $0.run == entry.member.run ? $0 : nil }
      if !entry.isInfoRead {
        entries[node]?.isInfoRead = true
        entries[node]?.nodeInfo = nodeInfo
      }
      guard entry.presence == .unclear, unclear.contains(node) else { continue }
      // Who forgets it takes the node info as well.
      if nodeInfo != nil {
        entries[node]?.presence = .lost
      } else {
        entries[node] = nil
        forgotten.append(node)
      }
    }
    return forgotten
  }

  /// By name, without those that still count here.
  func views(besides counted: [String: Membership.Entry]) -> [NodeView] {
    if entries.isEmpty { return [] }
    return entries.values.filter { counted[$0.member.node] == nil }.sorted { $0.member.node < $1.member.node }
      .map { NodeView(member: $0.member, isLive: false, nodeInfo: $0.nodeInfo) }
  }
}
