import Ledger

/// The members as this node sees them. They are judged only by seeing their heartbeats go on; a member that is missing
/// in the ledger is merely not heard.
struct Membership: Sendable {
  struct Entry: Sendable {
    var member: Member
    /// When its pulse last changed, as near as can be told: ms of `Observation`.
    var changedMs: Int64
    /// Since when this run counts.
    var liveSinceMs: Int64
    var card: NodeCard?

    /// Its card, where it is that of the last heartbeat.
    var freshCard: NodeCard? { isCardFresh ? card : nil }

    var isCardFresh: Bool { card?.run == member.run && card?.digest == member.digest }
  }

  private(set) var entries: [String: Entry] = [:]
  /// Who was dropped, as last seen: the ledger may name them for a while.
  private var dropped: [String: Pulse] = [:]

  /// Members that the ledger is to drop.
  private(set) var dropping: [Pulse] = []

  /// What one answer to a heartbeat changed.
  struct Change: Sendable {
    /// Who counts, or with what, is different.
    var roster = false
    var joined: [String] = []
    /// They have said that they end.
    var left: [String] = []
    /// Not heard for too long, by name.
    var silent: [Entry] = []
    /// Somebody who counts is missing in the ledger: it may have lost more.
    var isMissingSomebody = false
  }

  /// - Parameters:
  ///   - observedMs: now, by `Observation`.
  ///   - sinceMs: when a pulse that is new now has changed.
  ///   - expiryMs: how long a silent member counts; nil: for now, for ever.
  mutating func hear(_ members: [Member], at observedMs: Int64, sinceMs: Int64, expiryMs: Int64?) -> Change {
    var change = Change()
    dropping = []
    // Asked for at every tick.
    defer { silentSinceMs = entries.values.lazy.map(\.changedMs).min() }
    for member in members { hear(member, at: observedMs, sinceMs: sinceMs, &change) }
    let named = Set(members.map(\.node))
    change.isMissingSomebody = entries.keys.contains { !named.contains($0) }
    guard let expiryMs else { return change }
    let silent = entries.filter { observedMs - $0.value.changedMs >= expiryMs }
    for (node, entry) in silent.sorted(by: { $0.key < $1.key }) {
      entries[node] = nil
      dropped[node] = entry.member.pulse
      if named.contains(node) { dropping.append(entry.member.pulse) }
      change.silent.append(entry)
      change.roster = true
    }
    return change
  }

  private mutating func hear(_ member: Member, at observedMs: Int64, sinceMs: Int64, _ change: inout Change) {
    let pulse = member.pulse
    if dropped[member.node] == pulse { return dropping.append(pulse) }
    if member.isLeaving {
      // Also one that was never heard alive: nobody else would take it out of the ledger.
      dropped[member.node] = pulse
      guard entries.removeValue(forKey: member.node) != nil else { return }
      change.left.append(member.node)
      change.roster = true
      return
    }
    dropped[member.node] = nil
    guard var entry = entries[member.node] else {
      entries[member.node] = Entry(member: member, changedMs: observedMs, liveSinceMs: observedMs)
      change.joined.append(member.node)
      change.roster = true
      return
    }
    let before = entry.member
    let wasUnread = entry.freshCard == nil
    entry.member = member
    if before.pulse != pulse { entry.changedMs = sinceMs }
    if before.run != member.run { entry.liveSinceMs = observedMs }
    // It may be back at settings whose card was read before.
    let isReadAgain = wasUnread && entry.freshCard != nil
    if before.run != member.run || before.isWarm != member.isWarm || isReadAgain { change.roster = true }
    entries[member.node] = entry
  }

  /// Since when the member who has been silent for longest is silent: ms of `Observation`; nil: there is none.
  private(set) var silentSinceMs: Int64?

  /// Whose card must be read.
  var wantedCards: [String] { entries.compactMap { $1.isCardFresh ? nil : $0 }.sorted() }

  /// True: somebody's list of upstreams is another one now.
  mutating func take(_ cards: [String: NodeCard]) -> Bool {
    var isChanged = false
    for (node, card) in cards where entries[node] != nil && entries[node]?.card != card {
      entries[node]?.card = card
      isChanged = true
    }
    return isChanged
  }
}
