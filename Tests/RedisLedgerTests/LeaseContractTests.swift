import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct LeaseContractTests {
  @Test(arguments: LedgerKind.allCases)
  func oneHolderAtATime(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    #expect(try await contract.ask(contract.bid("b")) == .held(lease))
    #expect(lease.holder.node == "a" && lease.beat == 1)
  }

  @Test(arguments: LedgerKind.allCases)
  func aRenewalProlongsAndBeats(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    try await contract.advance(Int64(LedgerContract.leaseMs) * 4 / 5)
    let answer = try await contract.ask(
      .renew(LedgerContract.upstream, lease.holder, forMs: LedgerContract.leaseMs))
    #expect(answer == .granted(Lease(holder: lease.holder, beat: 2), Head()))
    try await contract.advance(Int64(LedgerContract.leaseMs) * 4 / 5)
    guard case .held = try await contract.ask(contract.bid("b")) else {
      throw ContractBroken("the renewed lease is gone")
    }
  }

  @Test(arguments: LedgerKind.allCases)
  func anExpiredLeaseIsFree(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let old = try await contract.lease("a")
    try await contract.advance(Int64(LedgerContract.leaseMs) + 1)
    #expect(
      try await contract.ask(.renew(LedgerContract.upstream, old.holder, forMs: LedgerContract.leaseMs))
        == .lost(nil))
    let new = try await contract.lease("b")
    #expect(new.holder.term > old.holder.term)
    #expect(
      try await contract.ask(.renew(LedgerContract.upstream, old.holder, forMs: LedgerContract.leaseMs))
        == .lost(new))
  }

  @Test(arguments: LedgerKind.allCases)
  func aTermIsAboveAllThatIsKnown(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a", highest: 77_777_777_777_777)
    #expect(lease.holder.term == 77_777_777_777_778)
  }

  /// A fail-over may bring a node's own earlier lease back, when it has had a later one.
  @Test(arguments: LedgerKind.allCases)
  func anOwnLeaseOfAnEarlierTermIsNotTakenUpAgain(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let early = try await contract.lease("a")
    let known = early.holder.term + 10_000_000_000
    let next = try await contract.lease("a", highest: known)
    #expect(next.holder.term == known + 1 && next.beat == 1)
    // The answer to that bid was lost.
    let again = try await contract.lease("a", highest: known)
    #expect(again.holder == next.holder && again.beat == 2)
  }

  @Test(arguments: LedgerKind.allCases)
  func aDeadHoldersLeaseCanBeReplacedAsItWasSeen(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let seen = try await contract.lease("a")
    guard case .granted(let taken, _) = try await contract.ask(contract.bid("b", replacing: seen)) else {
      throw ContractBroken("what was seen unchanged could not be replaced")
    }
    #expect(try await contract.ask(contract.bid("c", replacing: seen)) == .held(taken))
  }

  @Test(arguments: LedgerKind.allCases)
  func onlyTheHolderReleases(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let other = LeaseHolder(term: lease.holder.term, node: "a", run: "another")
    #expect(try await contract.ask(.release(LedgerContract.upstream, other)) == .lost(lease))
    #expect(try await contract.ask(.release(LedgerContract.upstream, lease.holder)) == .released)
    _ = try await contract.lease("b")
  }

  @Test(arguments: LedgerKind.allCases)
  func leasesAreReadWithWhatIsLeftOfThem(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let nobody = UpstreamName("nobody").unsafelyKnown
    #expect(try await contract.store.leases(of: [LedgerContract.upstream, nobody]).leases.isEmpty)
    let lease = try await contract.lease("a")
    try await contract.advance(1000)
    let reading = try await contract.store.leases(of: [LedgerContract.upstream, nobody])
    #expect(reading.atMs > 1_700_000_000_000 && reading.leases.count == 1)
    let held = try #require(reading.leases[LedgerContract.upstream])
    let left = try #require(held.leftMs)
    #expect(held.lease == lease && left > 0 && left <= Int64(LedgerContract.leaseMs) - 1000)
    try await contract.advance(Int64(LedgerContract.leaseMs))
    #expect(try await contract.store.leases(of: [LedgerContract.upstream]).leases.isEmpty)
  }
}
