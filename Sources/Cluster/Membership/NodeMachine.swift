import Health
import Ledger

/// All decisions about this node among the others: its heartbeats, whom it counts, and whether the ledger is to be had.
struct NodeMachine: Sendable {
  /// Milliseconds between two writings of the node info, which outlives the ledger's losses by that.
  static let describeMs: Int64 = 10_000
  /// How long a node info lasts without being written again.
  static let cardMs = 30_000
  /// Milliseconds between two heartbeats at least.
  static let hurryMs: Int64 = 200
  /// Milliseconds between two readings of the index of upstreams.
  static let indexMs: Int64 = 5_000

  let profile: NodeProfile
  let sharing: NodeProfile.Sharing
  var contact = Contact.lost(wholeUntilMs: nil)
  var observation = Observation()
  var membership = Membership()
  var missing: MissingNodes
  var registration = Registration.asking
  /// It is known that this is another ledger than the one that was followed before.
  var hasMetAnother = false
  private var beat: UInt64 = 0
  /// What this node is, with the digest of each upstream that the settings have.
  private var nodeInfo: NodeInfo
  private var asked: UInt64 = 0
  private var heartbeat = Recurrence()
  private var describing = Recurrence()
  private var index = Recurrence()
  var aboutMissing = Recurrence()
  private var nodeInfosAsked: (ticket: UInt64, nodes: [String], unclear: Set<String>)?
  var lostSinceMs: Int64?
  /// When a heartbeat was last answered: steady ms.
  var answeredMs: Int64?
  var troubles = Troubles()
  private var isStopped = false
  /// Up to when what these nodes told is no vote, as the last heartbeats tell: steady ms.
  var void: [String: Int64] = [:]
  var retries = Retries(nil)

  /// What came of an event, for the upstreams.
  struct News: OptionSet, Sendable {
    let rawValue: Int
    /// Who counts, or whether transitions may be decided, is different.
    static let regrouped = News(rawValue: 1)
    /// The ledger answered a heartbeat.
    static let answered = News(rawValue: 2)
    /// The ledger has lost something of the nodes, and perhaps more.
    static let loss = News(rawValue: 4)
    /// The ledger cannot be reached any more.
    static let lost = News(rawValue: 8)
    /// What is wrong with the ledger is different.
    static let troubled = News(rawValue: 16)
    /// Who may lead, or whether transitions may be decided, is different; who counts is not.
    static let reranked = News(rawValue: 32)
  }

  init(_ profile: NodeProfile, _ sharing: NodeProfile.Sharing) {
    self.profile = profile
    self.sharing = sharing
    missing = MissingNodes(longestMs: sharing.missedMs)
    nodeInfo = NodeInfo(
      node: profile.node, run: profile.run, address: sharing.address, version: sharing.version)
  }

  // MARK: What there is to know

  func cluster(isWarm: Bool, notBeforeMs: Int64) -> ClusterState {
    ClusterState(
      contact: shownContact, roster: roster(isWarm: isWarm), isRegistered: registration == .registered,
      observedMs: observation.nowMs, notBeforeMs: notBeforeMs, settlesLong: settlesLong,
      looksForTheSteady: looksForTheSteady)
  }

  private func roster(isWarm: Bool) -> Roster {
    var unheard: Set<String> = []
    if case .settling(let settling) = contact { unheard = Set(settling.unheard.keys) }
    return Roster(
      membership, own: nodeInfo, isWarm: isWarm, isSteady: contact == .steady, besides: unheard)
  }

  private var shownContact: ClusterView.Contact {
    switch contact {
    case .lost: .lost
    case .settling: .settling
    case .steady: .steady
    }
  }

  var view: ClusterView {
    let nodes = membership.entries.values.sorted { $0.member.node < $1.member.node }
    var view = ClusterView(
      contact: shownContact,
      nodes: nodes.map { entry in
        let isOwn = entry.member.node == profile.node
        return NodeView(member: entry.member, isLive: true, nodeInfo: isOwn ? nodeInfo : entry.freshInfo)
      },
      missing: missing.views(besides: membership.entries), troubles: troubles.all)
    view.retries = retries.counts
    return view
  }

  /// True: other settings than before.
  mutating func configure(_ upstreams: [String: String]) -> Bool {
    guard upstreams != nodeInfo.upstreams else { return false }
    nodeInfo.upstreams = upstreams
    describing.isDue = true
    return true
  }

  mutating func tell(_ sourceTroubles: [String: String]) {
    guard sourceTroubles != nodeInfo.sourceTroubles else { return }
    nodeInfo.sourceTroubles = sourceTroubles
    describing.isDue = true
  }

  /// What this node is goes out with the next heartbeat.
  mutating func tellAgain() { describing.isDue = true }

  // MARK: Time

  /// - Parameters:
  ///   - isWarm: every upstream of the settings has been followed.
  ///   - revision: the sum of the revisions of all reports.
  ///   - refused: what the ledger does not take from this node.
  ///   - leading: the digest of each upstream that this node leads.
  mutating func tick(
    isWarm: Bool, revision: () -> UInt64, refused: () -> Member.Refused,
    leading: () -> [UpstreamName: String],
    _ context: inout Context
  ) {
    guard !isStopped, registration != .refused else { return }
    retries.tick(&context)
    if heartbeat.isReady(at: context.nowMs, everyMs: isInAHurry(context) ? Self.hurryMs : sharing.heartbeatMs)
    {
      if describing.isReady(at: context.nowMs, everyMs: Self.describeMs), retries.mayAsk(.nodeInfo, &context)
      {
        describing.sent(
          ask(.describe(nodeInfo, forMs: Self.cardMs, leading: leading()), &context), at: context.nowMs)
      }
      beat(isWarm, revision(), refused: refused(), &context)
    }
    if isReached, index.isReady(at: context.nowMs, everyMs: isDeaf ? sharing.heartbeatMs : Self.indexMs),
      retries.mayAsk(.index, &context)
    {
      index.sent(request(.upstreams, &context), at: context.nowMs)
    }
  }

  /// What ends by an answer ends when its time is over, and not up to a heartbeat later.
  private func isInAHurry(_ context: Context) -> Bool {
    let nowMs = observation.estimate(at: context.nowMs)
    switch contact {
    case .steady: return membership.silentSinceMs.map { nowMs - $0 >= sharing.memberExpiryMs } ?? false
    case .settling(let settling): return settling.isImpatient(at: nowMs)
    case .lost: return registration.isStill(heartbeatMs: sharing.heartbeatMs, at: nowMs)
    }
  }

  private mutating func beat(
    _ isWarm: Bool, _ revision: UInt64, refused: Member.Refused = [], isLeaving: Bool = false,
    _ context: inout Context
  ) {
    beat += 1
    let member = Member(
      node: profile.node, run: profile.run, beat: beat, digest: nodeInfo.digest, isWarm: isWarm,
      isLeaving: isLeaving, revision: revision, isDeaf: troubles.isDeaf, isSettling: contact != .steady,
      refused: refused)
    let replacing = registration.replacing(heartbeatMs: sharing.heartbeatMs, at: observation.nowMs)
    let request = Heartbeat(member: member, replacing: replacing, dropping: membership.dropping)
    heartbeat.sent(ask(.heartbeat(request), &context), at: context.nowMs)
  }

  /// Leaves. Nothing more is asked afterwards.
  mutating func stop(_ context: inout Context) {
    if registration == .registered { beat(false, 0, isLeaving: true, &context) }
    isStopped = true
  }

  /// What was seen before means little: the node stood still.
  mutating func paused() {
    interrupt()
  }

  mutating func ask(_ request: LedgerRequest, _ context: inout Context) -> UInt64 {
    asked += 1
    context.actions.append(.ask(LedgerTicket(upstream: nil, number: asked), request))
    return asked
  }

  mutating func request(_ query: LedgerQuery, _ context: inout Context) -> UInt64 {
    asked += 1
    context.actions.append(.read(LedgerTicket(upstream: nil, number: asked), query))
    return asked
  }

  // MARK: Answers

  /// - Parameter hasConsensus: something that was decided is known here.
  mutating func answered(
    _ answer: Result<LedgerAnswer, LedgerError>, _ number: UInt64, hasConsensus: Bool,
    _ context: inout Context
  ) -> News {
    let isOfMissing = aboutMissing.answered(number, isGood: true)
    if describing.answered(number, isGood: answer.isSuccess) || isOfMissing {
      let kind: RequestKind = isOfMissing ? .missing : .nodeInfo
      guard case .failure(let error) = answer else {
        retries.accepted(kind)
        return []
      }
      retries.refused(kind, error.sentence, &context)
      return refused(error.fault, &context) ? .troubled : []
    }
    guard heartbeat.answered(number, isGood: true) else { return [] }
    switch answer {
    case .success(.members(let members, let missing)):
      return hear(MissingNodes.Roll(members: members, missing: missing, own: profile.node), &context)
    case .success(.occupied(let other)): return contest(other, &context)
    case .success: return []
    case .failure(let error): return lose(error.fault, hasConsensus, &context)
    }
  }

  /// The ledger refused something that was asked, of an upstream or of this node. True: that is news.
  mutating func refused(_ fault: LedgerFault, _ context: inout Context) -> Bool {
    isReached && troubles.refuse(fault, &context)
  }

  // MARK: Announcements

  /// It is known that not everything is heard.
  var isDeaf: Bool { troubles.isDeaf }

  /// True: what is wrong is different.
  mutating func hears(_ context: inout Context) -> Bool { troubles.hears(&context) }

  mutating func hearsNothing(_ fault: LedgerFault, _ context: Context) {
    troubles.hearsNothing(fault, context)
  }

  mutating func deny(_ fault: LedgerFault?, _ context: inout Context) -> Bool {
    troubles.deny(fault, &context)
  }

  /// True: what was refused before is not any more, or nothing has been heard for some time.
  mutating func tickTroubles(_ context: inout Context) -> Bool {
    troubles.tick(quietMs: max(Troubles.quietMs, 3 * sharing.heartbeatMs), isLost: !isReached, &context)
  }

  private mutating func contest(_ other: Member, _ context: inout Context) -> News {
    let before = registration
    observation.answered(at: context.nowMs, atMost: 2 * sharing.heartbeatMs)
    registration.contest(other.pulse, at: observation.nowMs)
    if registration == .refused, before != .refused {
      context.actions.append(.refuse(refusal(other)))
    }
    return before == .registered ? [.regrouped] : []
  }

  private func refusal(_ other: Member) -> String {
    """
    another process runs as node \(profile.node): its heartbeats go on (run \(other.run)); \
    give this one another name with --node or `node:`, or stop the other
    """
  }

  mutating func requestNodeInfos(_ context: inout Context) {
    guard nodeInfosAsked == nil else { return }
    var wanted = membership.wantedInfos + missing.wantedInfos
    if wanted.isEmpty { return }
    wanted = Set(wanted).subtracting([profile.node]).sorted()
    guard !wanted.isEmpty, retries.mayAsk(.nodeInfos, &context) else { return }
    nodeInfosAsked = (request(.nodeInfos(wanted), &context), wanted, missing.unclear)
  }

  /// What came of a reading.
  struct Read {
    /// What nodes are is new.
    var isRegrouped = false
    /// Somebody is missed no more.
    var isForgotten = false
    /// Nil: something else was read.
    var index: [UpstreamName: String]?
  }

  mutating func receive(
    _ reading: Result<LedgerReading, LedgerError>, _ number: UInt64, _ context: inout Context
  ) -> Read {
    if index.answered(number, isGood: reading.isSuccess) {
      settle(.index, reading, &context)
      if case .success(.upstreams(let names)) = reading { return Read(index: names) }
      return Read()
    }
    guard let asked = nodeInfosAsked, asked.ticket == number else { return Read() }
    nodeInfosAsked = nil
    settle(.nodeInfos, reading, &context)
    guard case .success(.nodeInfos(let nodeInfos)) = reading else { return Read() }
    let forgotten = missing.receive(nodeInfos, of: asked.nodes, unclear: asked.unclear)
    for node in forgotten { context.log(.forgotten(node)) }
    return Read(
      isRegrouped: membership.receive(nodeInfos, of: asked.nodes), isForgotten: !forgotten.isEmpty)
  }

  private mutating func settle(
    _ kind: RequestKind, _ reading: Result<LedgerReading, LedgerError>, _ context: inout Context
  ) {
    if case .failure(let error) = reading {
      retries.refused(kind, error.sentence, &context)
    } else {
      retries.accepted(kind)
    }
  }
}
