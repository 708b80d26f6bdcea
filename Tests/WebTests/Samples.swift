import Addresses
import Health
import Ledger
import NIOCore

@testable import Web

/// Boards, upstreams and peers for tests.
enum Samples {
  static func name(_ text: String) -> UpstreamName {
    guard let name = UpstreamName(shown: text) else { preconditionFailure("not an upstream's name: \(text)") }
    return name
  }

  static func record(
    _ peer: String, _ role: Role = .primary, _ status: PeerState = .up, evidence: Evidence = .confirmed,
    since: Int64 = 1_795_000_000_000, reason: String = "",
    votes: Votes? = Votes(
      up: 1, down: 0, assigned: 1, quorum: .majority)
  ) -> PeerRecord {
    PeerRecord(
      peer: PeerName(peer), role: role, status: status, decided: status, evidence: evidence, sinceMs: since,
      reason: reason, votes: votes)
  }

  static func upstream(
    _ name: String, checker: Checker? = Checker(kind: .http), head: Head? = head, _ records: [PeerRecord],
    reports: [Report?] = []
  ) -> UpstreamView {
    UpstreamView(
      name: Self.name(name), checker: checker, head: checker == nil ? nil : head,
      peers: records.enumerated().map { index, record in
        PeerView(record: record, report: index < reports.count ? reports[index] : nil)
      })
  }

  static let head = Head(
    term: 1_795_000_000_001, run: "r1", leader: "a", seq: 12, commit: "c", digest: "d",
    checkedMs: 1_795_000_000_500)

  /// The upstreams of lua-resty.md.
  static let foo = upstream(
    "foo.com",
    [
      record("127.0.0.1:12354"), record("127.0.0.1:12356", .backup),
      record("127.0.0.1:12355", .primary, .down, reason: "L4CON"),
    ])
  static let bar = upstream(
    "bar.com", checker: nil, [record("127.0.0.1:1", evidence: .assumed, since: 0, votes: nil)])

  /// Text that would do harm wherever it is not escaped.
  static let hostile = "\"><script>alert('x')</script>&\\\n\u{1}"

  static func board(_ upstreams: [UpstreamView]) -> Board {
    let board = Board()
    board.apply(.order(upstreams.map(\.name)))
    for upstream in upstreams { board.apply(.upstream(upstream)) }
    return board
  }

  /// `count` peers, of which every `downEvery`-th is down; 0: none is.
  static func large(_ name: String, _ count: Int, downEvery: Int = 0) -> UpstreamView {
    upstream(
      name,
      (0..<count).map { index in
        let isDown = downEvery > 0 && index % downEvery == downEvery - 1
        return record(
          "10.\(index >> 16 & 255).\(index >> 8 & 255).\(index & 255):80", .primary, isDown ? .down : .up,
          reason: isDown ? "L4CON" : "")
      })
  }
}

/// A site over a board, with an in-process ledger and a clock that stands still.
struct TestSite {
  static let nowMs: Int64 = 1_795_000_060_000

  let board: Board
  let ledger = InProcessLedger { LedgerTime(wallMs: TestSite.nowMs, steadyMs: 0) }
  let access: WebAccess
  let site: Site

  init(
    _ upstreams: [UpstreamView] = [Samples.foo, Samples.bar], allow: [Network] = [.all],
    eventStreams: Int = 128, probes: @escaping Site.Probes = { nil },
    answered: @escaping @Sendable () -> Void = {}
  ) {
    board = Samples.board(upstreams)
    access = WebAccess(allow: allow)
    site = Site(
      board: board, store: ledger, access: access, identity: Site.Identity(node: "a", version: "0.1.0"),
      eventStreams: eventStreams,
      now: {
        answered()  // the clock is read once for each answer
        return TestSite.nowMs
      }, probes: probes)
  }

  func get(_ target: String, ifNoneMatch: String? = nil, reader: Reader = .address("127.0.0.1")) async
    -> WebAnswer
  {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    return await site.answer(
      WebRequest(
        path: parts[0], query: parts.count > 1 ? parts[1] : "", ifNoneMatch: ifNoneMatch, reader: reader))
  }
}

extension WebAnswer {
  var text: String { String(buffer: body) }

  func header(_ name: String) -> String? { headers.last { $0.name == name }?.value }
}
