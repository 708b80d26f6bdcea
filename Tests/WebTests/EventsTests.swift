import Addresses
import Health
import Ledger
import NIOCore
import Reading
import Testing

@testable import Web

@Suite("Events")
struct EventsTests {
  static let changes: [LedgerEvent.Change] = [
    .definition(digest: "d"),
    .transition(
      Transition(
        peer: PeerName("127.0.0.1:12355"), role: .primary, from: .up, to: .down, reason: "L4CON",
        detail: Samples.hostile, votes: Votes(up: 0, down: 1, assigned: 1, quorum: .majority))),
    .resync,
  ]

  struct Reply: Decodable {
    struct Event: Decodable {
      var seq: UInt64
      var type: String
      var at: String
      var atMs: Int64
      var detail: String?

      enum CodingKeys: String, CodingKey {
        case seq, type, at, detail
        case atMs = "at_ms"
      }
    }
    var events: [Event]
  }

  static func site() async throws -> TestSite {
    let site = TestSite()
    let bid = LeaseBid(upstream: Samples.foo.name, node: "a", run: "r", highestTerm: 0, forMs: 1000)
    guard case .success(.granted(let lease, _)) = await site.ledger.perform([.acquire(bid)]).first else {
      throw CancellationError()
    }
    let commit = Commit(
      upstream: Samples.foo.name, holder: lease.holder, id: "1.r.1", expectedSeq: 0, changes: changes)
    _ = await site.ledger.perform([.commit(commit)])
    return site
  }

  @Test(
    "After a number, up to a limit",
    arguments: [
      ("", [1, 2, 3]), ("?after=0", [1, 2, 3]), ("?after=1", [2, 3]), ("?after=1&limit=1", [2]),
      ("?after=3", []), ("?limit=1000", [1, 2, 3]),
    ] as [(String, [UInt64])])
  func after(_ query: String, _ expected: [UInt64]) async throws {
    let answer = try await Self.site().get("/api/v1/upstreams/foo.com/events\(query)")
    #expect(answer.status == 200)
    #expect(try JsonText.decode(Reply.self, from: answer.text).events.map(\.seq) == expected)
  }

  /// Below the number that the node knows (12) and above it, since either may be behind the other.
  @Test(
    "A number that the upstream has not reached is an error that names the last one",
    arguments: ["4", "11", "12", "13", "99999999999999", "100000000000000", "18446744073709551615"])
  func beyond(_ after: String) async throws {
    let site = try await Self.site()
    let answer = await site.get("/api/v1/upstreams/foo.com/events?after=\(after)")
    // Where the node itself stands nobody asks the ledger: it is what every follower asks for.
    if after == "12" { return #expect(answer.text == #"{"events":[]}"#) }
    #expect(answer.status == 409)
    struct Beyond: Decodable {
      var error: String
      var last: UInt64
    }
    let beyond = try JsonText.decode(Beyond.self, from: answer.text)
    #expect(beyond.last == 3 && beyond.error.contains("no event \(after) of foo.com yet: the last one is 3"))
  }

  @Test("Each is the ledger's object and the moment in words")
  func shape() async throws {
    let answer = try await Self.site().get("/api/v1/upstreams/foo.com/events")
    let events = try JsonText.decode(Reply.self, from: answer.text).events
    #expect(events.map(\.type) == ["definition", "transition", "resync"])
    #expect(events.allSatisfy { $0.at == Instant(ms: $0.atMs).rfc3339 && $0.atMs == TestSite.nowMs })
    #expect(events[1].detail == Samples.hostile)
    let plain = JsonText.encode(
      try await Self.site().ledger.events(of: Samples.foo.name, after: 2, limit: 1)[0])
    #expect(answer.text.contains("\"v\":1"))
    #expect(plain.contains("\"type\":\"resync\""))
  }

  @Test("Without an answer from the ledger: 503, and why")
  func silent() async {
    let ledger = WatchedLedger(InProcessLedger { LedgerTime(wallMs: 0, steadyMs: 0) })
    ledger.set(isAway: true)
    let site = Site(
      board: Samples.board([Samples.foo]), store: ledger, access: WebAccess(allow: [.all]),
      identity: Site.Identity(node: "a", version: "1"), now: { 0 })
    let answer = await site.answer(WebRequest(path: "/api/v1/upstreams/foo.com/events"))
    #expect(answer.status == 503)
    #expect(String(buffer: answer.body).contains("gone for lunch"))
  }
}
