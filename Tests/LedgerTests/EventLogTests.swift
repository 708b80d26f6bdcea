import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct EventLogTests {
  /// The oldest go first, and what stays is in order without a gap.
  @Test func keepsTheLastTenThousandEvents() throws {
    var state = SharedState()
    let name = LedgerContract.upstream
    let time = LedgerTime(wallMs: 1, steadyMs: 1)
    let bid = LeaseBid(upstream: name, node: "a", run: "r", highestTerm: 0, forMs: 5000)
    guard case .granted(let lease, _) = state.perform(.acquire(bid), at: time) else {
      throw ContractBroken("no lease")
    }
    for round in 0..<40 {
      let commit = Commit(
        upstream: name, holder: lease.holder, id: "c\(round)", expectedSeq: UInt64(round * 333),
        changes: Array(repeating: .resync, count: 333))
      _ = state.perform(.commit(commit), at: time)
    }
    let events = state.events(of: name, after: 0, limit: 100_000)
    #expect(events.count == SharedState.eventsKept)
    #expect(events.last?.seq == 40 * 333)
    #expect(zip(events, events.dropFirst()).allSatisfy { $1.seq == $0.seq + 1 })
  }
}
