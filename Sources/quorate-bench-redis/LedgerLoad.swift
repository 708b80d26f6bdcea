import Health
import Ledger
import Redis
import RedisLedger

/// What nodes ask of the ledger.
///
/// `@unchecked Sendable`: one measurement runs at a time.
final class LedgerLoad: @unchecked Sendable {
  private static let leaseMs = 3_600_000
  private let ledger: RedisLedger
  private let changes: [LedgerEvent.Change]
  private let records: [PeerRecord]
  /// Upstreams that are led and decided, with the lease and the last number of each.
  private var upstreams: [(name: UpstreamName, holder: LeaseHolder, seq: UInt64)] = []
  private var counter = 0
  private var beat: UInt64 = 0

  init(_ client: RedisClient) async throws {
    ledger = RedisLedger(client, namespace: "bench") { _ in }
    let votes = Votes(up: 0, down: 2, assigned: 3, quorum: .majority)
    let peers = (0..<1_000).map { PeerName("127.0.0.1:\(10_000 + $0)") }
    changes = peers.map { peer in
      .transition(
        Transition(
          peer: peer, role: .primary, from: .up, to: .down, reason: "L4CON",
          detail: "failed to connect to \(peer.text): connection refused", votes: votes))
    }
    records = peers.map { peer in
      PeerRecord(
        peer: peer, role: .primary, status: .down, decided: .down, evidence: .confirmed, sinceMs: 0,
        reason: "L4CON", votes: votes)
    }
    for number in 0..<100 { try await lead("u\(number)") }
    // A stream is trimmed when it is full, as it is in the long run.
    for _ in 0..<11 { try await commit(1_000) }
  }

  private func lead(_ name: String) async throws {
    guard let name = UpstreamName(name) else { throw BenchError() }
    let bid = LeaseBid(upstream: name, node: "a", run: "r1", highestTerm: 0, forMs: Self.leaseMs)
    guard case .granted(let lease, _) = try await ask(.acquire(bid)) else { throw BenchError() }
    upstreams.append((name, lease.holder, 0))
    try await commit(1, upstream: upstreams.count - 1)
  }

  private func ask(_ request: LedgerRequest) async throws -> LedgerAnswer {
    guard let answer = await ledger.perform([request]).first else { throw BenchError() }
    return try answer.get()
  }

  /// One commit of so many transitions.
  func commit(_ transitions: Int, upstream index: Int = 0) async throws {
    counter += 1
    let (name, holder, seq) = upstreams[index]
    let commit = Commit(
      upstream: name, holder: holder, id: "\(holder.term).r1.\(counter)", expectedSeq: seq,
      changes: Array(changes.prefix(transitions)), records: Array(records.prefix(transitions)))
    guard case .committed(let now, _) = try await ask(.commit(commit)) else { throw BenchError() }
    upstreams[index].seq = now
  }

  func renew(_ times: Int) async throws {
    for _ in 0..<times {
      let renewal = LedgerRequest.renew(upstreams[0].name, upstreams[0].holder, forMs: Self.leaseMs)
      guard case .granted = try await ask(renewal) else { throw BenchError() }
    }
  }

  /// All leases of a node in one pipeline.
  func renewTogether() async throws {
    let requests = upstreams.map { LedgerRequest.renew($0.name, $0.holder, forMs: Self.leaseMs) }
    for answer in await ledger.perform(requests) {
      guard case .granted = try answer.get() else { throw BenchError() }
    }
  }

  /// - Parameter members: in the list, the caller among them.
  func heartbeat(_ times: Int, members: Int) async throws {
    for _ in 0..<times {
      beat += 1
      guard case .members(let all, _) = try await ask(.heartbeat(Heartbeat(member: member(0)))) else {
        throw BenchError()
      }
      if all.count != members { try await setMembers(members, all) }
    }
  }

  private func setMembers(_ members: Int, _ all: [Member]) async throws {
    for number in 1..<max(2, members) { _ = try await ask(.heartbeat(Heartbeat(member: member(number)))) }
    let dropped = all.filter { Int($0.node.dropFirst(4)) ?? 0 >= members }.map(\.pulse)
    _ = try await ask(.heartbeat(Heartbeat(member: member(0), dropping: dropped)))
  }

  private func member(_ number: Int) -> Member {
    Member(
      node: "node\(number)", run: "0123456789abcdef", beat: beat, digest: "0123456789abcdef", isWarm: true,
      revision: beat)
  }

  func headReadings() async throws {
    let headReadings = try await ledger.headReadings(of: upstreams.map(\.name))
    guard headReadings.count == upstreams.count else { throw BenchError() }
  }

  func snapshot() async throws {
    guard let snapshot = try await ledger.snapshot(of: upstreams[0].name), snapshot.records.count == 1_000
    else { throw BenchError() }
  }
}
