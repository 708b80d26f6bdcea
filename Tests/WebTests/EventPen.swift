import Health
import Ledger
import Synchronization

@testable import Web

/// Writes events of one upstream as its leader would, and shows on a board where that leaves it.
actor EventPen {
  let ledger: InProcessLedger
  private var view: UpstreamView
  private var holder: LeaseHolder?
  private var commits = 0
  private var seq: UInt64 = 0

  init(_ ledger: InProcessLedger, _ view: UpstreamView = Samples.foo) {
    self.ledger = ledger
    self.view = view
    self.view.head?.seq = 0
  }

  /// Writes so many transitions in one commit.
  ///
  /// - Parameter boards: told afterwards, as a follower would.
  func write(_ count: Int = 1, on boards: Board...) async throws {
    let holder = try await lead()
    commits += 1
    let changes = (0..<count).map { Self.transition(seq + 1 + UInt64($0)) }
    let commit = Commit(
      upstream: view.name, holder: holder, id: "\(holder.term).r.\(commits)", expectedSeq: seq,
      changes: changes)
    guard case .success(.committed(let last, _)) = await ledger.perform([.commit(commit)]).first else {
      throw CancellationError()
    }
    seq = last
    view.head = Head(term: holder.term, run: holder.run, leader: holder.node, seq: last, checkedMs: 1)
    for board in boards { board.apply(.upstream(view)) }
  }

  /// Deletes the upstream, so that its numbers begin anew.
  func delete(on board: Board) async throws {
    _ = await ledger.perform([.delete(view.name, try await lead())])
    (holder, seq) = (nil, 0)
    board.apply(.order([]))
  }

  private func lead() async throws -> LeaseHolder {
    if let holder { return holder }
    let bid = LeaseBid(upstream: view.name, node: "a", run: "r", highestTerm: 0, forMs: 1000)
    guard case .success(.granted(let lease, _)) = await ledger.perform([.acquire(bid)]).first else {
      throw CancellationError()
    }
    holder = lease.holder
    return lease.holder
  }

  private static func transition(_ seq: UInt64) -> LedgerEvent.Change {
    .transition(
      Transition(
        peer: PeerName("127.0.0.1:12355"), role: .primary, from: seq % 2 == 0 ? .down : .up,
        to: seq % 2 == 0 ? .up : .down, reason: "L4CON", detail: Samples.hostile,
        votes: Votes(up: 0, down: 1, assigned: 1, quorum: .majority)))
  }
}

/// A ledger that counts how often it is asked for events, and can be away.
final class WatchedLedger: LedgerStore {
  private let ledger: InProcessLedger
  private let state = Mutex((asked: 0, isAway: false))
  private let scripted = Mutex<[LedgerEvent]?>(nil)

  init(_ ledger: InProcessLedger) {
    self.ledger = ledger
  }

  var asked: Int { state.withLock { $0.asked } }

  func set(isAway: Bool) { state.withLock { $0.isAway = isAway } }

  /// Tells of these events, whatever the ledger has.
  func tell(_ events: [LedgerEvent]) { scripted.withLock { $0 = events } }

  func events(
    of upstream: UpstreamName, after: UInt64, limit: Int
  ) async throws(LedgerError) -> [LedgerEvent] {
    let isAway = state.withLock { state in
      state.asked += 1
      return state.isAway
    }
    if isAway { throw .unreachable("gone for lunch") }
    if let told = scripted.withLock({ $0 }) { return Array(told.filter { $0.seq > after }.prefix(limit)) }
    return try await ledger.events(of: upstream, after: after, limit: limit)
  }

  func perform(_ requests: [LedgerRequest]) async -> [Result<LedgerAnswer, LedgerError>] {
    await ledger.perform(requests)
  }

  func snapshot(of upstream: UpstreamName) async throws(LedgerError) -> LedgerSnapshot? { nil }

  func remains(of upstream: UpstreamName, by nodes: [String]) async throws(LedgerError) -> LedgerRemains {
    LedgerRemains()
  }

  func head(of upstream: UpstreamName) async throws(LedgerError) -> Head? {
    try await ledger.head(of: upstream)
  }

  func headReadings(of upstreams: [UpstreamName]) async throws(LedgerError) -> [UpstreamName: HeadReading] {
    [:]
  }

  func leases(of upstreams: [UpstreamName]) async throws(LedgerError) -> LeaseReading {
    LeaseReading(atMs: 0)
  }

  func reports(
    of upstream: UpstreamName, by nodes: [String]
  ) async throws(LedgerError) -> [String: NodeReports] { [:] }

  func members() async throws(LedgerError) -> [Member] { [] }

  func missing() async throws(LedgerError) -> [Member] { [] }

  func nodeInfos(of nodes: [String]) async throws(LedgerError) -> [String: NodeInfo] { [:] }

  func upstreams() async throws(LedgerError) -> [UpstreamName: String] { [:] }

  func announcements(
    _ listening: Listening
  ) -> any AsyncSequence<LedgerAnnouncement, Never> & Sendable { AsyncStream { $0.finish() } }
}
