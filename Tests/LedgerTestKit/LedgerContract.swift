package import Health
package import Ledger
package import RedisTestServer

/// What every `LedgerStore` promises. Each implementation runs all of it.
package struct LedgerContract: Sendable {
  package let store: any LedgerStore
  /// Moves the ledger's clocks on by so many milliseconds.
  package let advance: @Sendable (Int64) async throws -> Void
  /// Lives as long as the contract.
  let server: RedisServer?

  package init(
    store: any LedgerStore, server: RedisServer? = nil,
    advance: @escaping @Sendable (Int64) async throws -> Void = { _ in }
  ) {
    self.store = store
    self.server = server
    self.advance = advance
  }

  /// Far longer than a test takes on a busy machine: real time runs on in Redis.
  package static let leaseMs = 500_000
  package static let upstream = UpstreamName("foo.com").unsafelyKnown
  package static let peer = PeerName("127.0.0.1:80")

  /// Makes the ledger in this process tell a tick, if one is wanted every second or more often.
  package func letTick() async throws {
    try await advance(1_000)
    _ = try await ask(.heartbeat(Heartbeat(member: Member(node: "ticker", run: "r1", beat: 1))))
  }

  package func ask(_ request: LedgerRequest) async throws -> LedgerAnswer {
    let answers = await store.perform([request])
    guard let answer = answers.first, answers.count == 1 else { throw ContractBroken("not one answer") }
    return try answer.get()
  }

  package func bid(_ node: String, run: String = "r1", highest: UInt64 = 0, replacing: Lease? = nil)
    -> LedgerRequest
  {
    .acquire(
      LeaseBid(
        upstream: Self.upstream, node: node, run: run, highestTerm: highest, forMs: Self.leaseMs,
        replacing: replacing
      ))
  }

  package func lease(_ node: String, run: String = "r1", highest: UInt64 = 0) async throws -> Lease {
    guard case .granted(let lease, _) = try await ask(bid(node, run: run, highest: highest)) else {
      throw ContractBroken("\(node) was not granted a free lease")
    }
    return lease
  }

  package func commit(
    _ lease: Lease, counter: Int, seq: UInt64, changes: [LedgerEvent.Change] = [], records: [PeerRecord] = [],
    removed: [PeerName] = [], definition: UpstreamDefinition? = nil
  ) -> Commit {
    Commit(
      upstream: Self.upstream, holder: lease.holder,
      id: "\(lease.holder.term).\(lease.holder.run).\(counter)",
      expectedSeq: seq, changes: changes, records: records, removed: removed, definition: definition)
  }

  package static func transition(to state: PeerState) -> LedgerEvent.Change {
    .transition(
      Transition(
        peer: peer, role: .primary, from: state.opposite, to: state, reason: state == .up ? "OK" : "L4CON",
        detail: "why", votes: Votes(up: 0, down: 1, assigned: 1, quorum: .majority)))
  }

  package static func record(_ state: PeerState, sinceMs: Int64 = 0) -> PeerRecord {
    PeerRecord(
      peer: peer, role: .primary, status: state, decided: state, evidence: .confirmed, sinceMs: sinceMs,
      reason: state == .up ? "OK" : "L4CON", votes: Votes(up: 0, down: 1, assigned: 1, quorum: .majority))
  }
}

package struct ContractBroken: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}

extension Optional {
  /// For names that stand in the test itself.
  package var unsafelyKnown: Wrapped {
    guard let self else { preconditionFailure("a name in a test is not valid") }
    return self
  }
}
