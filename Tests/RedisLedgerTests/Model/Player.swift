import Health
import Ledger
import LedgerTestKit

/// A node of a random history: what it knows, and what it asks with that.
struct Player: Sendable {
  let node: String
  private(set) var run: String
  private var runs = 1
  private var counter = 0
  private var beat: UInt64 = 0
  private var places: [UpstreamName: Place] = [:]
  private var seen: Pulse?
  /// Of other names, members and missing ones.
  private var others: [Member] = []
  /// The last questions, the latest first.
  private var asked: [LedgerRequest] = []

  /// How many questions of before may come again.
  static let remembered = 6

  private struct Place: Sendable {
    var holder: LeaseHolder?
    var highestTerm: UInt64 = 0
    var seenLease: Lease?
    var seq: UInt64 = 0
    /// The id of the last commit, as it was told.
    var commit = ""
    /// The last word that it gave, or that was in its way.
    var word: UInt64 = 0
    var rev: UInt64 = 0
  }

  private let prefix: String

  /// - Parameter prefix: of its runs' names.
  init(node: String, prefix: String) {
    self.node = node
    self.prefix = prefix
    run = "\(prefix)1"
  }

  mutating func restart() {
    let before = runs
    self = Player(node: node, prefix: prefix)
    runs = before + 1
    run = "\(prefix)\(runs)"
  }

  // MARK: Questions

  mutating func request(_ question: Operation.Question, _ upstream: UpstreamName) -> LedgerRequest {
    let request = make(question, upstream)
    asked.insert(request, at: 0)
    if asked.count > Self.remembered { asked.removeLast() }
    return request
  }

  /// Nil: it has not asked so much.
  func earlier(_ back: Int) -> LedgerRequest? { asked.indices.contains(back) ? asked[back] : nil }

  private mutating func make(_ question: Operation.Question, _ upstream: UpstreamName) -> LedgerRequest {
    let place = places[upstream] ?? Place()
    // Who holds nothing asks with something that is held by nobody.
    let holder = place.holder ?? LeaseHolder(term: 7, node: node, run: run)
    switch question {
    case .bid(let forMs, let floor, let replacing):
      let highestTerm: UInt64 =
        switch floor {
        case .none: 0
        case .seen: place.highestTerm
        case .high: 50_000_000_000_000
        }
      return .acquire(
        LeaseBid(
          upstream: upstream, node: node, run: run, highestTerm: highestTerm, forMs: forMs,
          replacing: replacing ? place.seenLease : nil))
    case .renew(let forMs): return .renew(upstream, holder, forMs: forMs)
    case .release: return .release(upstream, holder)
    case .handOver(let forMs):
      let other = node == "a" ? "b" : "a"
      return .handOver(upstream, holder, to: Successor(node: other, run: "\(other)1"), forMs: forMs)
    case .delete: return .delete(upstream, holder, reportsOf: [node])
    case .commit(let content): return .commit(commit(content, upstream, holder, place))
    case .report(let isWhole, let skipping, let peers, let removes, let forMs):
      let rev = place.rev + 1 + skipping
      let reports = Operation.peers.prefix(peers).map { ($0, report(rev)) }
      return .report(
        ReportBatch(
          upstream: upstream, node: node, run: run, rev: rev, isWhole: isWhole,
          reports: Dictionary(uniqueKeysWithValues: reports), removed: removes ? [Operation.peers[0]] : []),
        forMs: forMs)
    case .override(let peer, let state, let rev):
      return .override(
        OverrideRequest(
          upstream: upstream, peer: Operation.peers[peer], state: state, by: node,
          why: "\"why\" é,\"rev\":0,",
          replacingRev: rev == 1 ? place.word : rev))
    case .heartbeat(let isLeaving, let replaces, let drops):
      beat += 1
      let member = Member(
        node: node, run: run, beat: beat, digest: "d\(runs)", isWarm: beat > 2, isLeaving: isLeaving,
        revision: beat)
      return .heartbeat(
        Heartbeat(
          member: member, replacing: replaces ? seen : nil, dropping: drops ? others.map(\.pulse) : []))
    case .describe(let forMs):
      return .describe(
        NodeInfo(node: node, run: run, address: "h:1", version: "1", upstreams: ["x": "\(beat)"]),
        forMs: forMs,
        leading: [upstream: "\(runs)"])
    case .remember: return .remember(others)
    case .forget: return .forget(others.last?.pulse ?? seen ?? Pulse(node: "b", run: "b1", beat: 1))
    }
  }

  private func report(_ rev: UInt64) -> Report {
    Report(
      state: rev % 2 == 0 ? .up : .down, ok: UInt32(rev), nok: 1, code: "L4CON", detail: "\"\\é\u{1}",
      micros: 1001,
      atMs: 5, late: rev % 3 == 0)
  }

  private mutating func commit(
    _ content: Operation.Content, _ upstream: UpstreamName, _ holder: LeaseHolder, _ place: Place
  ) -> Commit {
    counter += 1
    let seq = place.seq
    var changes: [LedgerEvent.Change] = content.isResync ? [.resync] : []
    for index in 0..<content.transitions { changes.append(change(index)) }
    var commit = Commit(
      upstream: upstream, holder: holder, id: "\(holder.term).\(run).\(counter)",
      expectedSeq: content.isOutOfStep ? seq + 1 : seq, changes: changes)
    commit.floorSeq = content.floor == 0 ? 0 : seq + content.floor
    commit.after = content.isOfAnotherCommit ? "7.x.1" : place.commit
    commit.liftedRev = content.lifted
    for place in Set(content.records).sorted() { commit.records.append(record(place, content.keepsTime)) }
    commit.removed = content.removed.map { [Operation.peers[$0]] } ?? []
    if content.hasDefinition {
      commit.definition = UpstreamDefinition(
        name: upstream, checker: Checker(kind: .tcp),
        peers: [PeerDefinition(name: Operation.peers[counter % 3])])
    }
    if let peer = content.override {
      let override = Override(state: .drain, by: "op", why: "\"", atMs: 3, rev: UInt64(counter % 4 + 1))
      commit.overrides[Operation.peers[peer]] = override
    }
    return commit
  }

  private func change(_ index: Int) -> LedgerEvent.Change {
    switch index {
    case 0: LedgerContract.transition(to: counter % 2 == 0 ? .up : .down)
    case 1: .definition(digest: "d")
    default: .override(Operation.peers[3], .drain, by: "{\"at_ms\":0", why: "", rev: 4)
    }
  }

  private func record(_ place: Int, _ keepsTime: Bool) -> PeerRecord {
    var record = LedgerContract.record(counter % 2 == 0 ? .up : .down, sinceMs: keepsTime ? 1234 : 0)
    record.peer = Operation.peers[place]
    record.reason = "\"since_ms\":0"
    return record
  }

  // MARK: Answers

  mutating func learn(_ answer: LedgerAnswer, to request: LedgerRequest) {
    if case .heartbeat = request { return learnMembers(answer) }
    guard let upstream = request.upstream else { return }
    var place = places[upstream] ?? Place()
    place.highestTerm = max(place.highestTerm, answer.term)
    switch answer {
    case .granted(let lease, let head):
      place.holder = lease.holder
      place.seq = head.seq
      place.commit = head.commit
    case .held(let lease): place.seenLease = lease
    case .lost(let lease): place.seenLease = lease
    case .handedOver(let lease): place.seenLease = lease
    case .committed(let seq, _), .already(let seq, _):
      place.seq = seq
      if case .commit(let commit) = request { place.commit = commit.id }
    case .outOfStep(let head):
      place.seq = head.seq
      place.commit = head.commit
    case .overridden(let word), .otherOverride(let word?): place.word = word.rev
    case .reported(let rev): place.rev = rev
    default: break
    }
    places[upstream] = place
  }

  private mutating func learnMembers(_ answer: LedgerAnswer) {
    switch answer {
    case .occupied(let other): seen = other.pulse
    case .members(let members, let missing): others = (members + missing).filter { $0.node != node }
    default: break
    }
  }
}

extension LedgerAnswer {
  /// The highest term in it; 0: none.
  fileprivate var term: UInt64 {
    switch self {
    case .granted(let lease, let head): max(lease.holder.term, head.term)
    case .held(let lease), .lost(let lease?), .handedOver(let lease): lease.holder.term
    case .outOfStep(let head): head.term
    default: 0
    }
  }
}
