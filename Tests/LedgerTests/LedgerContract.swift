import Health
import Ledger
import Testing

/// What every `LedgerStore` promises. Each implementation runs all of it.
struct LedgerContract: Sendable {
  let store: any LedgerStore
  /// Moves the ledger's clocks on by so many milliseconds.
  let advance: @Sendable (Int64) async -> Void

  static let upstream = UpstreamName("foo.com").unsafelyKnown
  static let peer = PeerName("127.0.0.1:80")

  func ask(_ request: LedgerRequest) async throws -> LedgerAnswer {
    let answers = await store.perform([request])
    return try #require(answers.first).get()
  }

  func bid(_ node: String, run: String = "r1", highest: UInt64 = 0, replacing: Lease? = nil) -> LedgerRequest
  {
    .acquire(
      LeaseBid(
        upstream: Self.upstream, node: node, run: run, highestTerm: highest, forMs: 5000, replacing: replacing
      ))
  }

  func lease(_ node: String, run: String = "r1", highest: UInt64 = 0) async throws -> Lease {
    guard case .granted(let lease, _) = try await ask(bid(node, run: run, highest: highest)) else {
      throw ContractBroken("\(node) was not granted a free lease")
    }
    return lease
  }

  func commit(
    _ lease: Lease, counter: Int, seq: UInt64, changes: [LedgerEvent.Change] = [], records: [PeerRecord] = [],
    removed: [PeerName] = [], definition: UpstreamDefinition? = nil
  ) -> Commit {
    Commit(
      upstream: Self.upstream, holder: lease.holder,
      id: "\(lease.holder.term).\(lease.holder.run).\(counter)",
      expectedSeq: seq, changes: changes, records: records, removed: removed, definition: definition)
  }

  static func transition(to state: PeerState) -> LedgerEvent.Change {
    .transition(
      Transition(
        peer: peer, role: .primary, from: state.opposite, to: state, reason: state == .up ? "OK" : "L4CON",
        detail: "why", votes: Votes(up: 0, down: 1, assigned: 1, quorum: .majority)))
  }

  static func record(_ state: PeerState, sinceMs: Int64 = 0) -> PeerRecord {
    PeerRecord(
      peer: peer, role: .primary, status: state, decided: state, evidence: .confirmed, sinceMs: sinceMs,
      reason: state == .up ? "OK" : "L4CON", votes: Votes(up: 0, down: 1, assigned: 1, quorum: .majority))
  }
}

struct ContractBroken: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension Optional {
  /// For names that stand in the test itself.
  var unsafelyKnown: Wrapped {
    guard let self else { preconditionFailure("a name in a test is not valid") }
    return self
  }
}
