import Health
import Ledger
import Reading
import Synchronization
import Testing

/// The watch over a ledger that does as the test says.
@Suite(.timeLimit(.minutes(1))) struct EventWatchTests {
  private let upstream = Samples.upstream

  private func told(
    by ledger: ScriptedLedger, _ scope: FollowScope = .all, after: UInt64? = nil
  ) async throws -> [EventWatch.Told] {
    let heard = Heard()
    var watch = EventWatch(ledger, scope, after: after) { told in
      heard.list.withLock { $0.append(told) }
      return true
    }
    try await watch.run()
    return heard.list.withLock { $0 }
  }

  private final class Heard: Sendable {
    let list = Mutex<[EventWatch.Told]>([])
  }

  private func events(_ told: [EventWatch.Told]) -> [UInt64] {
    told.compactMap { if case .event(let event) = $0 { event.seq } else { nil } }
  }

  private func notes(_ told: [EventWatch.Told]) -> [String] {
    told.compactMap { if case .note(let note) = $0 { note } else { nil } }
  }

  /// The stream is read a moment after the head: what has come meanwhile is announced too.
  @Test func anEventThatWasReadIsNotToldAgainWhenItIsAnnounced() async throws {
    let ledger = ScriptedLedger(
      heads: [Head(term: 1, run: "r", leader: "a", seq: 2)], events: (1...3).map { Samples.event($0) },
      announcements: [.listening, .event(Samples.event(3)), .event(Samples.event(4))])
    let told = try await told(by: ledger, .only([upstream]), after: 0)
    #expect(events(told) == [1, 2, 3, 4])
    #expect(notes(told) == ["watching foo.com"])
  }

  /// Deleted, and made again under a higher term: its numbers begin at 1, and may have passed the old ones.
  @Test func anUpstreamThatWasAwayIsToldFromItsBeginning() async throws {
    let ledger = ScriptedLedger(
      heads: [
        Head(term: 1, run: "r", leader: "a", seq: 3), nil, Head(term: 2, run: "r", leader: "a", seq: 5),
      ],
      events: (1...5).map { Samples.event($0, term: 2) },
      announcements: [.listening, .control(.deleted(upstream)), .gap])
    let told = try await told(by: ledger)
    #expect(events(told) == [1, 2, 3, 4, 5])
    #expect(
      notes(told) == [
        "watching foo.com",
        "there is no upstream foo.com in Redis now; it is followed once there is one",
      ])
  }

  @Test func anOutageIsSaidOnceAndItsEndToo() async throws {
    let head = Head(term: 1, run: "r", leader: "a", seq: 3)
    let ledger = ScriptedLedger(
      heads: [head, head], events: [],
      announcements: [.listening, .deaf("no more\u{7} words"), .deaf("again"), .gap])
    #expect(
      notes(try await told(by: ledger)) == [
        "watching foo.com", "Redis cannot be read: no more\u{FFFD} words; will go on by itself",
        "Redis is read again",
      ])
  }

  @Test func aNumberThatIsNotThereYetIsSaid() async throws {
    let ledger = ScriptedLedger(
      heads: [Head(term: 1, run: "r", leader: "a", seq: 3)], events: [],
      announcements: [.listening, .event(Samples.event(4))])
    let told = try await told(by: ledger, .only([upstream]), after: 50)
    #expect(events(told) == [4])
    #expect(notes(told).first == "foo.com stands at 3: there is nothing after 50 yet")
  }

  @Test func whoIsNotHeardStops() async throws {
    let ledger = ScriptedLedger(
      heads: [Head(term: 1, run: "r", leader: "a", seq: 3)], events: (1...3).map { Samples.event($0) },
      announcements: [.listening])
    let heard = Heard()
    var watch = EventWatch(ledger, .only([upstream]), after: 0) { told in
      heard.list.withLock { $0.append(told) }
      return false
    }
    try await watch.run()
    #expect(heard.list.withLock { $0.count } == 1)
  }
}

/// Heads are handed out one after the other, the last one for ever; announcements end the watch.
private final class ScriptedLedger: LedgerStore {
  private let heads: Mutex<[Head?]>
  private let kept: [LedgerEvent]
  private let announced: [LedgerAnnouncement]

  init(heads: [Head?], events: [LedgerEvent], announcements: [LedgerAnnouncement]) {
    self.heads = Mutex(heads)
    kept = events
    announced = announcements
  }

  func snapshot(of upstream: UpstreamName) async throws(LedgerError) -> LedgerSnapshot? {
    let head = heads.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? nil }
    return head.map { LedgerSnapshot(head: $0, definition: nil, records: [:]) }
  }

  func events(of upstream: UpstreamName, after: UInt64, limit: Int) async throws(LedgerError) -> [LedgerEvent]
  {
    kept.filter { $0.seq > after }
  }

  func upstreams() async throws(LedgerError) -> [UpstreamName: String] { [Samples.upstream: "d"] }

  func announcements(_ listening: Listening) -> any AsyncSequence<LedgerAnnouncement, Never> & Sendable {
    let announced = announced
    return AsyncStream { continuation in
      for announcement in announced { continuation.yield(announcement) }
      continuation.finish()
    }
  }

  func perform(_ requests: [LedgerRequest]) async -> [Result<LedgerAnswer, LedgerError>] { [] }
  func remains(of upstream: UpstreamName, by nodes: [String]) async throws(LedgerError) -> LedgerRemains {
    LedgerRemains()
  }
  func head(of upstream: UpstreamName) async throws(LedgerError) -> Head? { nil }
  func headReadings(of upstreams: [UpstreamName]) async throws(LedgerError) -> [UpstreamName: HeadReading] {
    [:]
  }
  func leases(of upstreams: [UpstreamName]) async throws(LedgerError) -> LeaseReading {
    LeaseReading(atMs: 0)
  }
  func reports(of upstream: UpstreamName, by nodes: [String]) async throws(LedgerError) -> [String:
    NodeReports]
  {
    [:]
  }
  func members() async throws(LedgerError) -> [Member] { [] }
  func missing() async throws(LedgerError) -> [Member] { [] }
  func nodeInfos(of nodes: [String]) async throws(LedgerError) -> [String: NodeInfo] { [:] }
}
