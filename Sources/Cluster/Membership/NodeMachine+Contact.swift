import Health
import Ledger

extension NodeMachine {
  /// Whether the ledger is to be had, and whether this node knows who there is.
  enum Contact: Hashable, Sendable {
    /// It does not answer. Before `wholeUntilMs`, of `Observation`, this node could not know who there is; nil: it knows
    /// nothing yet.
    case lost(wholeUntilMs: Int64?)
    case settling(Settling)
    case steady
  }

  var isReached: Bool {
    if case .lost = contact { false } else { true }
  }

  /// It will decide nothing for longer than a lapse costs.
  var settlesLong: Bool {
    if case .settling(let settling) = contact { settling.isWhole(at: observation.nowMs) } else { false }
  }

  /// Somebody may be steady who was not heard yet: nobody who settles comes before.
  var looksForTheSteady: Bool {
    guard case .settling(let settling) = contact,
      observation.nowMs - settling.sinceMs < Settling.patienceHeartbeats * sharing.heartbeatMs
    else { return false }
    return settling.unheard.keys.contains { membership.entries[$0]?.member.isSettling == false }
  }

  // MARK: Heartbeats that are answered

  mutating func hear(_ roll: MissingNodes.Roll, _ context: inout Context) -> News {
    var news: News = .answered
    observation.answered(at: context.nowMs, atMost: 2 * sharing.heartbeatMs)
    if registration != .registered { news.insert(.regrouped) }
    registration = .registered
    let isNext = isReached
    settle(roll, &news, &context)
    answeredMs = context.nowMs
    let nowMs = context.policy.memberClockMs(observedMs: observation.nowMs, wallMs: context.moment.wallMs)
    let change = membership.hear(
      roll.members,
      at: Membership.Times(
        observedMs: nowMs, sinceMs: nowMs - sharing.heartbeatMs / 2, steadyMs: context.nowMs,
        silentMs: sharing.memberExpiryMs, heartbeatMs: sharing.heartbeatMs), drops: contact == .steady)
    if context.policy.voidsOldReports { void = change.void }
    if change.roster { news.insert(.regrouped) }
    if change.ranks { news.insert(.reranked) }
    if change.isMissingSomebody { news.insert(.loss) }
    for node in change.joined where node != profile.node { context.log(.joined(node)) }
    for node in change.left { context.log(.left(node)) }
    hear(roll, silent: change.silent, isNext: isNext, at: nowMs, &context)
    requestNodeInfos(&context)
    return news
  }

  private mutating func hear(
    _ roll: MissingNodes.Roll, silent: [Membership.Entry], isNext: Bool, at nowMs: Int64,
    _ context: inout Context
  ) {
    let change = missing.hear(
      roll, counted: membership.entries.values + silent, silent: silent, at: nowMs,
      toldAgain: context.policy.tellsMissingAgain, isNext: isNext)
    for node in silent.map(\.member.node) {
      context.log(change.missed.contains(node) ? .missing(node) : .left(node))
    }
    for node in change.forgotten { context.log(.forgotten(node)) }
    guard aboutMissing.isReady(at: context.nowMs, everyMs: 0),
      let request = missing.request(at: nowMs, isSteady: contact == .steady),
      retries.mayAsk(.missing, &context)
    else { return }
    aboutMissing.sent(ask(request, &context), at: context.nowMs)
  }

  private mutating func settle(_ roll: MissingNodes.Roll, _ news: inout News, _ context: inout Context) {
    switch contact {
    case .lost(let wholeUntilMs):
      retries.forgive()
      reach(roll, wholeUntilMs, &news, context)
      if let lostSinceMs, troubles.contact.end() {
        context.log(.contactBack(afterMs: context.nowMs - lostSinceMs))
      }
      lostSinceMs = nil
    case .settling(var settling):
      // Whoever settles may lead or not by who is steady.
      if settling.hear(roll.members) { news.insert(.reranked) }
      contact = .settling(settling)
      endSettling(&news)
    case .steady:
      guard hasLostMissing(roll) || isAloneAtOnce(roll) else { return }
      settleWhole(unheard: [], context)
      news.formUnion([.regrouped, .loss])
    }
  }

  /// The ledger has lost the members, and some of those that this node counts no more may live: who was on another
  /// primary is named again by its next heartbeat.
  private func hasLostMissing(_ roll: MissingNodes.Roll) -> Bool {
    guard !missing.entries.isEmpty, let from = missing.from,
      let own = roll.members.first(where: { $0.node == profile.node })
    else { return false }
    return own.from != from
  }

  /// Nobody else is named, and whom this node misses is not missing here: somebody has had them forgotten, or this is another
  /// ledger, which has lost its members.
  private func isAloneAtOnce(_ roll: MissingNodes.Roll) -> Bool {
    guard !missing.entries.isEmpty, roll.members.allSatisfy({ $0.node == profile.node }) else { return false }
    let listed = Set(roll.missing.map(\.node))
    return missing.entries.contains { !listed.contains($0.key) && $0.value.presence != .lost }
  }

  /// The ledger answers for the first time, or again.
  private mutating func reach(
    _ roll: MissingNodes.Roll, _ wholeUntilMs: Int64?, _ news: inout News, _ context: Context
  ) {
    let unheard = roll.members.filter { $0.node != profile.node && !$0.isLeaving }
    let nowMs = observation.nowMs
    guard let wholeUntilMs, context.policy.outlivesLapses, isSame(roll) else {
      settleWhole(unheard: unheard, context)
      return news.formUnion([.regrouped, .loss])
    }
    // Then nothing was missed, as far as can be seen: what has to be told was told, and who was settling goes on with it.
    let isLong = answeredMs.map { context.nowMs - $0 >= sharing.memberExpiryMs } ?? true
    contact = .settling(
      Settling(
        until: wholeUntilMs, isWhole: false, isLong: isLong, sharing,
        unheard: context.policy.unheard(unheard), at: nowMs))
    news.insert(.reranked)
    // Others take what this node told before for old, and it could not tell anything since.
    if isLong { news.insert(.loss) }
  }

  private mutating func settleWhole(unheard: [Member], _ context: Context) {
    let forMs = context.policy.settlingMs(sharing.settlingMs)
    contact = .settling(
      Settling(
        until: observation.nowMs + forMs, isWhole: true, isLong: false, sharing, unheard: unheard,
        at: observation.nowMs))
  }

  /// The ledger tells what it told before, or what came of it since: it has known this run without a break, no member's
  /// beat is behind, and nobody is gone without a trace.
  private func isSame(_ roll: MissingNodes.Roll) -> Bool {
    let named = Dictionary(roll.members.map { ($0.node, $0) }) { $1 }
    guard let own = named[profile.node], own.from == missing.from else { return false }
    let dropped = Set(roll.missing.map(\.node))
    return membership.entries.allSatisfy { node, entry in
      guard let member = named[node] else { return dropped.contains(node) }
      return member.run != entry.member.run || member.beat >= entry.member.beat
    }
  }

  private mutating func endSettling(_ news: inout News) {
    guard case .settling(let settling) = contact, settling.isOver(at: observation.nowMs) else { return }
    contact = .steady
    news.insert(.reranked)
  }

  /// Where the upstreams stand was read.
  ///
  /// - Parameter isSetBack: one of them stands behind where it stood before the ledger was lost: it is another ledger,
  ///   or it has lost what nobody may know of here.
  mutating func compared(isSetBack: Bool, _ context: Context) -> News {
    guard case .settling(var settling) = contact, !settling.hasPositions else { return [] }
    var news: News = []
    if isSetBack {
      let unheard = membership.entries.values.map(\.member).filter { settling.unheard[$0.node] == $0.pulse }
      settleWhole(unheard: unheard, context)
      return [.reranked, .loss]
    }
    settling.compared()
    contact = .settling(settling)
    endSettling(&news)
    return news
  }

  /// Where an upstream stands was read, and shows or not that this is another ledger than the one that was followed: whom
  /// this node counts may be nobody's members here.
  mutating func meetsAnother(_ isElsewhere: Bool, _ context: Context) -> News {
    defer { hasMetAnother = isElsewhere }
    guard isElsewhere, !hasMetAnother, contact == .steady else { return [] }
    settleWhole(unheard: [], context)
    return [.reranked, .loss]
  }

  // MARK: Heartbeats that are not

  mutating func lose(_ fault: LedgerFault, _ hasConsensus: Bool, _ context: inout Context) -> News {
    let isNew = troubles.lose(fault, hasConsensus, &context)
    if lostSinceMs == nil { lostSinceMs = context.nowMs }
    let wasReached = isReached
    interrupt()
    guard wasReached else { return isNew ? .troubled : [] }
    return [.lost]
  }

  /// What was known stays known; what happens from now on is not seen.
  mutating func interrupt() {
    observation.interrupted()
    switch contact {
    case .lost: break
    case .settling(let settling): contact = .lost(wholeUntilMs: settling.wholeUntilMs)
    case .steady: contact = .lost(wholeUntilMs: observation.nowMs)
    }
  }
}
