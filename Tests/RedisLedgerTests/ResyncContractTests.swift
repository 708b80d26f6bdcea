import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct ResyncContractTests {
  private let other = PeerName("127.0.0.1:99")

  /// A leader that knows more than the ledger goes on above what it knows.
  @Test(arguments: LedgerKind.allCases)
  func aResyncJumpsOverWhatTheLeaderKnows(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    var commit = contract.commit(
      lease, counter: 1, seq: 0, changes: [.resync, LedgerContract.transition(to: .up)],
      records: [LedgerContract.record(.up)])
    commit.floorSeq = 500
    guard case .committed(502, _) = try await contract.ask(.commit(commit)) else {
      throw ContractBroken("the numbers did not jump")
    }
    let events = try await contract.store.events(of: LedgerContract.upstream, after: 0, limit: 10)
    #expect(events.map(\.seq) == [501, 502])
    #expect(try await contract.store.head(of: LedgerContract.upstream)?.seq == 502)
  }

  @Test(arguments: LedgerKind.allCases)
  func aResyncLeavesNothingOfBefore(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    var stray = LedgerContract.record(.down)
    stray.peer = other
    _ = try await contract.ask(
      .commit(contract.commit(lease, counter: 1, seq: 0, records: [stray, LedgerContract.record(.up)])))
    _ = try await contract.ask(
      .commit(
        contract.commit(lease, counter: 2, seq: 0, changes: [.resync], records: [LedgerContract.record(.up)]))
    )
    let snapshot = try #require(try await contract.store.snapshot(of: LedgerContract.upstream))
    #expect(Array(snapshot.records.keys) == [LedgerContract.peer])
    #expect(snapshot.status == [LedgerContract.peer: .up] && snapshot.head.isWhole)
  }

  @Test(arguments: LedgerKind.allCases)
  func aHandOverEndsTheOldLease(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let successor = Successor(node: "b", run: "r9")
    let answer = try await contract.ask(
      .handOver(LedgerContract.upstream, lease.holder, to: successor, forMs: LedgerContract.leaseMs))
    guard case .handedOver(let next) = answer else { throw ContractBroken("not handed over: \(answer)") }
    #expect(next.holder.term > lease.holder.term && next.holder.node == "b" && next.holder.run == "r9")
    #expect(next.beat == 1)
    let again = try await contract.ask(
      .handOver(LedgerContract.upstream, lease.holder, to: successor, forMs: LedgerContract.leaseMs))
    #expect(again == .lost(next))
    let late = contract.commit(lease, counter: 1, seq: 0, changes: [.resync])
    #expect(try await contract.ask(.commit(late)) == .lost(next))
  }

  /// The answer to the first bid was lost.
  @Test(arguments: LedgerKind.allCases)
  func whoBidsAgainKeepsTheLease(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let again = try await contract.lease("a")
    #expect(again.holder == lease.holder && again.beat == 2)
  }

  /// The answer to the first one was lost.
  @Test(arguments: LedgerKind.allCases)
  func whoDeletesAgainIsAnsweredTheSame(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    for _ in 0..<2 {
      #expect(try await contract.ask(.delete(LedgerContract.upstream, lease.holder)) == .deleted)
    }
    let next = try await contract.lease("b")
    #expect(try await contract.ask(.delete(LedgerContract.upstream, lease.holder)) == .lost(next))
    _ = try await contract.ask(.release(LedgerContract.upstream, next.holder))
    #expect(try await contract.ask(.delete(LedgerContract.upstream, lease.holder)) == .lost(nil))
  }

  /// What comes again under the same name begins anew: reports of before are no evidence.
  @Test(arguments: LedgerKind.allCases)
  func reportsGoWithWhatIsDeleted(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    for node in ["a", "b", "c"] {
      let batch = ReportBatch(
        upstream: LedgerContract.upstream, node: node, run: "r", rev: 1, isWhole: true,
        reports: [other: Report(state: .down, code: "L4CON")])
      #expect(try await contract.ask(.report(batch, forMs: 30_000)) == .reported(rev: 1))
    }
    let nodes = ["a", "b"]
    #expect(
      try await contract.ask(.delete(LedgerContract.upstream, lease.holder, reportsOf: nodes)) == .deleted)
    let left = try await contract.store.reports(of: LedgerContract.upstream, by: nodes + ["c"])
    #expect(left.keys.sorted() == ["c"])
  }

  @Test(arguments: LedgerKind.allCases)
  func theIndexNamesWhatHasADefinition(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let definition = UpstreamDefinition(
      name: LedgerContract.upstream, checker: Checker(kind: .tcp), peers: [PeerDefinition(name: other)])
    _ = try await contract.ask(.commit(contract.commit(lease, counter: 1, seq: 0, definition: definition)))
    #expect(try await contract.store.upstreams() == [LedgerContract.upstream: definition.digest])
    _ = try await contract.ask(.delete(LedgerContract.upstream, lease.holder))
    #expect(try await contract.store.upstreams() == [:])
  }
}
