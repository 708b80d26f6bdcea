import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct CommitContractTests {
  @Test(arguments: LedgerKind.allCases)
  func writesEventsRecordsAndHead(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let commit = contract.commit(
      lease, counter: 1, seq: 0, changes: [.definition(digest: "d"), LedgerContract.transition(to: .down)],
      records: [LedgerContract.record(.down)])
    guard case .committed(2, let atMs) = try await contract.ask(.commit(commit)) else {
      throw ContractBroken("a good commit was not taken")
    }
    let snapshot = try #require(try await contract.store.snapshot(of: LedgerContract.upstream))
    #expect(snapshot.head.seq == 2 && snapshot.head.commit == commit.id && snapshot.head.leader == "a")
    #expect(snapshot.records[LedgerContract.peer] == LedgerContract.record(.down, sinceMs: atMs))
    let events = try await contract.store.events(of: LedgerContract.upstream, after: 0, limit: 10)
    #expect(events.map(\.seq) == [1, 2])
    #expect(events.map(\.change) == commit.changes)
    #expect(events.allSatisfy { $0.atMs == atMs && $0.term == lease.holder.term && $0.run == "r1" })
  }

  /// Of evidence alone, so that no sequence number tells.
  @Test(arguments: LedgerKind.allCases)
  func aCommitThatComesAfterALaterOneIsNotDone(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let first = contract.commit(lease, counter: 9, seq: 0, records: [LedgerContract.record(.down)])
    let second = contract.commit(lease, counter: 10, seq: 0, records: [LedgerContract.record(.up)])
    for commit in [first, second] {
      guard case .committed(0, _) = try await contract.ask(.commit(commit)) else {
        throw ContractBroken("a good commit was not taken")
      }
    }
    guard case .already(0, _) = try await contract.ask(.commit(first)) else {
      throw ContractBroken("an old commit was done again")
    }
    let snapshot = try #require(try await contract.store.snapshot(of: LedgerContract.upstream))
    #expect(snapshot.records[LedgerContract.peer]?.status == .up && snapshot.head.commit == second.id)
  }

  /// A commit without an event is in no number: only its id tells that the ledger has it.
  @Test(arguments: LedgerKind.allCases)
  func aCommitBuildsOnTheLastOne(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    var first = contract.commit(lease, counter: 1, seq: 0, changes: [.resync])
    // Before there is a head, nothing is there to build on.
    first.after = "1.z.1"
    guard case .committed(1, _) = try await contract.ask(.commit(first)) else {
      throw ContractBroken("refused")
    }
    var next = contract.commit(lease, counter: 3, seq: 1, records: [LedgerContract.record(.down)])
    next.after = contract.commit(lease, counter: 2, seq: 1).id
    guard case .outOfStep(let head) = try await contract.ask(.commit(next)) else {
      throw ContractBroken("it built on what is not there")
    }
    #expect(head.commit == first.id && head.seq == 1)
    next.after = first.id
    guard case .committed(1, _) = try await contract.ask(.commit(next)) else {
      throw ContractBroken("refused")
    }
    // A resync builds on nothing.
    var everything = contract.commit(lease, counter: 4, seq: 1, changes: [.resync])
    everything.after = "1.z.1"
    guard case .committed(2, _) = try await contract.ask(.commit(everything)) else {
      throw ContractBroken("refused")
    }
  }

  @Test(arguments: LedgerKind.allCases)
  func theSameCommitIsDoneOnce(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let commit = contract.commit(lease, counter: 1, seq: 0, changes: [LedgerContract.transition(to: .down)])
    guard case .committed(1, let atMs) = try await contract.ask(.commit(commit)) else {
      throw ContractBroken("a good commit was not taken")
    }
    try await contract.advance(Int64(LedgerContract.leaseMs) + 1)
    // Even after the lease has gone: what was done was done.
    #expect(try await contract.ask(.commit(commit)) == .already(seq: 1, atMs: atMs))
    #expect(try await contract.store.events(of: LedgerContract.upstream, after: 0, limit: 10).count == 1)
  }

  @Test(arguments: LedgerKind.allCases)
  func aFormerHolderWritesNothing(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let old = try await contract.lease("a")
    try await contract.advance(Int64(LedgerContract.leaseMs) + 1)
    let new = try await contract.lease("b")
    let stale = contract.commit(old, counter: 1, seq: 0, records: [LedgerContract.record(.down)])
    #expect(try await contract.ask(.commit(stale)) == .lost(new))
    #expect(try await contract.store.snapshot(of: LedgerContract.upstream) == nil)
  }

  @Test(arguments: LedgerKind.allCases)
  func anotherSequenceIsOutOfStep(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 1, seq: 0, changes: [.resync])))
    let answer = try await contract.ask(
      .commit(contract.commit(lease, counter: 2, seq: 0, changes: [.resync])))
    guard case .outOfStep(let head) = answer else { throw ContractBroken("a gap was written") }
    #expect(head.seq == 1)
  }

  @Test(arguments: LedgerKind.allCases)
  func removedPeersAndTheDefinitionGoWithTheCommit(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let definition = UpstreamDefinition(
      name: LedgerContract.upstream, checker: Checker(kind: .tcp),
      peers: [PeerDefinition(name: LedgerContract.peer)])
    _ = try await contract.ask(
      .commit(
        contract.commit(
          lease, counter: 1, seq: 0, records: [LedgerContract.record(.up)], definition: definition)))
    let before = try #require(try await contract.store.snapshot(of: LedgerContract.upstream))
    #expect(before.definition == definition && before.head.digest == definition.digest)
    _ = try await contract.ask(
      .commit(contract.commit(lease, counter: 2, seq: 0, removed: [LedgerContract.peer])))
    let after = try #require(try await contract.store.snapshot(of: LedgerContract.upstream))
    #expect(after.records.isEmpty && after.head.digest == definition.digest)
  }

  @Test(arguments: LedgerKind.allCases)
  func eventsAreReadAfterANumberAndUpToALimit(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let changes = [LedgerEvent.Change](repeating: .resync, count: 25)
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 1, seq: 0, changes: changes)))
    func read(after: UInt64, _ limit: Int) async throws -> [UInt64] {
      try await contract.store.events(of: LedgerContract.upstream, after: after, limit: limit).map(\.seq)
    }
    #expect(try await read(after: 0, 3) == [1, 2, 3])
    #expect(try await read(after: 23, 100) == [24, 25])
    #expect(try await read(after: 25, 100) == [])
    #expect(try await read(after: 99, 100) == [])
  }

  @Test(arguments: LedgerKind.allCases)
  func onlyTheHolderDeletes(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 1, seq: 0, changes: [.resync])))
    let stranger = LeaseHolder(term: 1, node: "b", run: "r2")
    #expect(try await contract.ask(.delete(LedgerContract.upstream, stranger)) == .lost(lease))
    #expect(try await contract.ask(.delete(LedgerContract.upstream, lease.holder)) == .deleted)
    #expect(try await contract.store.snapshot(of: LedgerContract.upstream) == nil)
  }

  @Test(arguments: LedgerKind.allCases)
  func answersComeInTheOrderOfTheQuestions(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let answers = await contract.store.perform([contract.bid("a"), contract.bid("b")])
    #expect(answers.count == 2)
    guard case .granted = try answers[0].get(), case .held = try answers[1].get() else {
      throw ContractBroken("the second was served before the first")
    }
  }
}
