import Ledger

/// The members as this node sees them. They are judged only by seeing their heartbeats go on; a member that is missing
/// in the ledger is merely not heard.
struct Membership: Sendable {
  struct Entry: Sendable {
    var member: Member
    /// When its pulse last changed, as near as can be told: ms of `Observation`.
    var changedMs: Int64
    /// The same as steady ms: this node may have stood still, and has then observed nothing.
    var heardMs: Int64
    /// Since when this run counts.
    var liveSinceMs: Int64
    var nodeInfo: NodeInfo?
    /// The ledger did not have the node info of the last heartbeat: what it was before counts no more.
    var hasNoInfo = false

    /// What a heartbeat makes of it.
    struct News {
      /// Another run of it counts, or it counts for something else.
      var isOther = false
      /// What it told up to this moment is no view of now, and it tells all of it again: steady ms.
      var isVoidUntilMs: Int64?
    }

    mutating func receive(_ new: Member, at times: Times) -> News {
      // A replica that was behind has taken over: what its node was then is no news.
      if new.isBefore(member.pulse) { return News() }
      let isOtherRun = member.run != new.run
      let isOther = isOtherRun || member.isWarm != new.isWarm || member.refused != new.refused
      let wasUnread = !isInfoFresh
      // It had no vote while it was silent.
      var isBack = false
      var news = News()
      if new.refused.contains(.reports), !member.refused.contains(.reports) { news.isVoidUntilMs = .max }
      if isOtherRun || member.beat != new.beat {
        isBack = times.steadyMs - heardMs >= times.silentMs
        // It could not report meanwhile, and says so: it has just reached the ledger again.
        if new.isSettling, times.steadyMs - heardMs >= times.silentMs + 2 * times.heartbeatMs {
          news.isVoidUntilMs = heardMs + times.heartbeatMs
        }
        (changedMs, heardMs) = (times.sinceMs, times.steadyMs)
      }
      if isOtherRun { liveSinceMs = times.observedMs }
      member = new
      // It may be back at settings whose node info was read before.
      let isReadAgain = wasUnread && isInfoFresh
      news.isOther = isOther || isReadAgain || isBack
      return news
    }

    /// Its info, where it is that of the last heartbeat.
    var freshInfo: NodeInfo? { isInfoFresh ? nodeInfo : nil }

    var isInfoFresh: Bool { nodeInfo?.run == member.run && nodeInfo?.digest == member.digest }
  }

  private(set) var entries: [String: Entry] = [:]
  /// How many of those that were dropped are remembered.
  static let mostDropped = 100

  /// Who was dropped, as last seen: the ledger may name them for a while.
  private var dropped: [String: Pulse] = [:]
  /// Their names, those that were dropped last at the end.
  private var droppedOrder: [String] = []

  /// Members that the ledger is to drop.
  private(set) var dropping: [Pulse] = []

  /// What one answer to a heartbeat changed.
  struct Change: Sendable {
    /// Who counts, or with what, is different.
    var roster = false
    /// Who may lead is different.
    var ranks = false
    var joined: [String] = []
    /// They have said that they end.
    var left: [String] = []
    /// Not heard for too long, by name.
    var silent: [Entry] = []
    /// Up to when what these nodes told is no vote: steady ms.
    var void: [String: Int64] = [:]
    /// Somebody who counts is missing in the ledger: it may have lost more.
    var isMissingSomebody = false
  }

  /// When an answer came.
  struct Times {
    /// Now, by `Observation`.
    var observedMs: Int64
    /// When a pulse that is new now has changed.
    var sinceMs: Int64
    /// Now, by the steady clock.
    var steadyMs: Int64
    /// After how long without a new pulse a member is silent.
    var silentMs: Int64
    /// How long it is from one pulse to the next.
    var heartbeatMs: Int64
  }

  /// - Parameter drops: those that are silent count no more.
  mutating func hear(_ members: [Member], at times: Times, drops: Bool) -> Change {
    var change = Change()
    dropping = []
    // Asked for at every tick.
    defer { silentSinceMs = entries.values.lazy.map(\.changedMs).min() }
    var counted = 0
    for member in members where hear(member, at: times, &change) { counted += 1 }
    // The ledger has each name once.
    change.isMissingSomebody = counted < entries.count
    guard drops else { return change }
    let silent = entries.filter { times.observedMs - $0.value.changedMs >= times.silentMs }
    if silent.isEmpty { return change }
    let named = Dictionary(members.map { ($0.node, $0.pulse) }) { $1 }
    for (node, entry) in silent.sorted(by: { $0.key < $1.key }) {
      entries[node] = nil
      drop(entry.member.pulse)
      if let pulse = named[node] { dropping.append(pulse) }
      change.silent.append(entry)
      change.roster = true
    }
    return change
  }

  /// True: the member counts.
  private mutating func hear(_ member: Member, at times: Times, _ change: inout Change) -> Bool {
    if !dropped.isEmpty, let last = dropped[member.node], last == member.pulse || member.isBefore(last) {
      dropping.append(member.pulse)
      return false
    }
    if member.isLeaving {
      // Also one that was never heard alive: nobody else would take it out of the ledger.
      drop(member.pulse)
      guard entries.removeValue(forKey: member.node) != nil else { return false }
      change.left.append(member.node)
      change.roster = true
      return false
    }
    if !dropped.isEmpty { forget(member.node) }
    guard let place = entries.index(forKey: member.node) else {
      entries[member.node] = Entry(
        member: member, changedMs: times.observedMs, heardMs: times.steadyMs, liveSinceMs: times.observedMs)
      change.joined.append(member.node)
      change.roster = true
      return true
    }
    let wasSettling = entries.values[place].member.isSettling
    let news = entries.values[place].receive(member, at: times)
    if news.isOther { change.roster = true }
    if let untilMs = news.isVoidUntilMs { change.void[member.node] = untilMs }
    if entries.values[place].member.isSettling != wasSettling { change.ranks = true }
    return true
  }

  /// One that is forgotten although the ledger still names it counts until it is found silent once more.
  private mutating func drop(_ pulse: Pulse) {
    forget(pulse.node)
    dropped[pulse.node] = pulse
    droppedOrder.append(pulse.node)
    if droppedOrder.count > Self.mostDropped { dropped[droppedOrder.removeFirst()] = nil }
  }

  private mutating func forget(_ node: String) {
    guard dropped.removeValue(forKey: node) != nil else { return }
    droppedOrder.removeAll { $0 == node }
  }

  /// Since when the member who has been silent for longest is silent: ms of `Observation`; nil: there is none.
  private(set) var silentSinceMs: Int64?

  /// Whose info must be read.
  var wantedInfos: [String] { entries.compactMap { $1.isInfoFresh ? nil : $0 }.sorted() }

  /// True: somebody's list of upstreams is another one now, or is not known any more.
  ///
  /// - Parameter asked: whose info was asked for.
  mutating func receive(_ nodeInfos: [String: NodeInfo], of asked: [String]) -> Bool {
    var isChanged = false
    for node in asked where entries[node] != nil {
      if let nodeInfo = nodeInfos[node], entries[node]?.nodeInfo != nodeInfo {
        entries[node]?.nodeInfo = nodeInfo
        isChanged = true
      }
      let isMissing = entries[node]?.isInfoFresh == false
      if isMissing, entries[node]?.hasNoInfo == false { isChanged = true }
      entries[node]?.hasNoInfo = isMissing
    }
    return isChanged
  }
}

extension Member {
  /// It was heard of this run before this.
  fileprivate func isBefore(_ pulse: Pulse) -> Bool { run == pulse.run && beat < pulse.beat }
}
