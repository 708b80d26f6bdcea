import Glibc
import Health
import Ledger
import Reading

/// A peer that three nodes probe, and what they say of it, to be changed by each test.
enum Samples {
  static let upstream = UpstreamName("foo.com").unsafelyKnown
  static let peer = PeerName("127.0.0.1:12355")
  /// 2026-11-23 03:16:07 UTC.
  static let now: Int64 = 1_795_403_767_000

  static let utc: LocalClock = { ms in
    var seconds = time_t(ms / 1000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    return LocalMoment(
      year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
      hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec), ms: Int(ms % 1000))
  }

  static var definition: UpstreamDefinition {
    var checker = Checker(kind: .http, request: Array("GET / HTTP/1.0\r\n\r\n".utf8))
    checker.intervalMs = 2000
    checker.thresholds = Thresholds(fall: 3, rise: 2)
    return UpstreamDefinition(name: upstream, checker: checker, peers: [PeerDefinition(name: peer)])
  }

  static func record(
    _ state: PeerState, evidence: Evidence = .confirmed, votes: Votes? = nil, override: Override? = nil
  ) -> PeerRecord {
    PeerRecord(
      peer: peer, role: .primary, status: state, decided: state, evidence: evidence,
      sinceMs: now - 240_000, reason: state == .up ? "OK" : "L4CON",
      votes: votes
        ?? Votes(up: state == .up ? 3 : 1, down: state == .up ? 0 : 2, assigned: 3, quorum: .majority),
      override: override)
  }

  static let refused = Report(
    state: .down, ok: 0, nok: 12, code: "L4CON", detail: "connection refused", micros: 310, atMs: now - 1200)
  static let silent = Report(
    state: .down, ok: 0, nok: 9, code: "L4TOUT", detail: "timeout", micros: 1_000_900, atMs: now - 900)
  static let good = Report(state: .up, ok: 400, nok: 0, code: "OK", micros: 820, atMs: now - 2000)

  /// The first by name, where the cluster's rule takes those that it likes best.
  static let assignmentRule = AssignmentRule { _, _, probers, nodes in Array(nodes.prefix(probers)) }

  static func members(_ nodes: [String]) -> [Member] {
    nodes.map { Member(node: $0, run: "r\($0)", beat: 77, isWarm: true, atMs: now - 400) }
  }

  static func nodeInfos(_ nodes: [String]) -> [String: NodeInfo] {
    Dictionary(
      uniqueKeysWithValues: nodes.map { node in
        (
          node,
          NodeInfo(
            node: node, run: "r\(node)", address: "10.0.0.1:8080", version: "0.1.0",
            upstreams: ["foo.com": definition.digest])
        )
      })
  }

  static func lease(_ node: String) -> TimedLease {
    TimedLease(
      Lease(holder: LeaseHolder(term: 1_795_400_000_001, node: node, run: "r\(node)"), beat: 1733),
      leftMs: 4210)
  }

  /// What `reports` say of the peer, by live nodes.
  static func reading(_ record: PeerRecord, _ reports: [String: Report]) -> PeerReading {
    let nodes = ["a", "b", "c"]
    let head = Head(
      term: 1_795_400_000_001, run: "ra", leader: "a", seq: 121, commit: "x", digest: definition.digest,
      checkedMs: now - 41_000)
    return PeerReading(
      atMs: now, upstream: upstream, record: record,
      snapshot: LedgerSnapshot(head: head, definition: definition, records: [record.peer: record]),
      lease: lease("a"), members: members(nodes), nodeInfos: nodeInfos(nodes),
      reportsByNode: Dictionary(
        uniqueKeysWithValues: reports.map { node, report in
          (node, NodeReports(run: "r\(node)", rev: 1, reports: [record.peer: report]))
        }), events: [], expiryMs: 5000)
  }

  static func event(
    _ seq: UInt64, term: UInt64 = 1, run: String = "r",
    _ change: LedgerEvent.Change = .definition(digest: "d")
  ) -> LedgerEvent {
    LedgerEvent(
      upstream: upstream, seq: seq, term: term, run: run, leader: "a", atMs: now, change: change)
  }

  static func down(_ detail: String = "failed to connect to 127.0.0.1:12355: connection refused")
    -> LedgerEvent.Change
  {
    .transition(
      Transition(
        peer: peer, role: .primary, from: .up, to: .down, reason: "L4CON", detail: detail,
        votes: Votes(up: 1, down: 2, assigned: 3, quorum: .majority)))
  }
}

extension Optional {
  /// For names that stand in the test itself.
  var unsafelyKnown: Wrapped {
    guard let self else { preconditionFailure("a name in a test is not valid") }
    return self
  }
}
