import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct ReportContractTests {
  private let one = PeerName("127.0.0.1:1")
  private let two = PeerName("127.0.0.1:2")
  private let report = Report(
    state: .down, ok: 0, nok: 3, code: "L4CON", detail: "connection \"refused\"", micros: 1234, atMs: 17,
    late: true)

  private func batch(
    _ rev: UInt64, run: String = "r", whole: Bool = false, _ reports: [PeerName: Report] = [:],
    removed: [PeerName] = []
  ) -> LedgerRequest {
    .report(
      ReportBatch(
        upstream: LedgerContract.upstream, node: "a", run: run, rev: rev, isWhole: whole, reports: reports,
        removed: removed), forMs: 30_000)
  }

  private func nodeReports(_ contract: LedgerContract) async throws -> NodeReports? {
    try await contract.store.reports(of: LedgerContract.upstream, by: ["a"])["a"]
  }

  @Test(arguments: LedgerKind.allCases)
  func aBatchFollowsTheOneBefore(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    #expect(try await contract.ask(batch(1, [one: report])) == .wholeWanted)
    #expect(try await contract.ask(batch(4, whole: true, [one: report])) == .reported(rev: 4))
    #expect(try await contract.ask(batch(5, [two: Report(state: .up)])) == .reported(rev: 5))
    #expect(
      try await nodeReports(contract)
        == NodeReports(run: "r", rev: 5, reports: [one: report, two: Report(state: .up)]))
    #expect(try await contract.ask(batch(7, removed: [one])) == .wholeWanted)
    #expect(try await contract.ask(batch(6, removed: [one])) == .reported(rev: 6))
    #expect(try await nodeReports(contract)?.reports == [two: Report(state: .up)])
  }

  @Test(arguments: LedgerKind.allCases)
  func theSameBatchIsTakenOnce(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(batch(1, whole: true, [one: report]))
    #expect(try await contract.ask(batch(1, whole: true)) == .reported(rev: 1))
    #expect(try await nodeReports(contract)?.reports == [one: report])
  }

  /// It was long on its way, on a connection that has broken since.
  @Test(arguments: LedgerKind.allCases)
  func anEarlierBatchIsNoNews(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(batch(1, whole: true))
    _ = try await contract.ask(batch(2, [one: report]))
    #expect(try await contract.ask(batch(1, whole: true)) == .wholeWanted)
    #expect(try await nodeReports(contract) == NodeReports(run: "r", rev: 2, reports: [one: report]))
    #expect(try await contract.ask(batch(3, whole: true, [two: report])) == .reported(rev: 3))
    #expect(try await nodeReports(contract) == NodeReports(run: "r", rev: 3, reports: [two: report]))
  }

  @Test(arguments: LedgerKind.allCases)
  func anotherRunBeginsAnew(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(batch(1, whole: true, [one: report]))
    #expect(try await contract.ask(batch(2, run: "s", [two: report])) == .wholeWanted)
    #expect(try await contract.ask(batch(1, run: "s", whole: true, [two: report])) == .reported(rev: 1))
    #expect(try await nodeReports(contract) == NodeReports(run: "s", rev: 1, reports: [two: report]))
  }

  @Test(arguments: LedgerKind.allCases)
  func reportsExpireAndBatchesProlongThem(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(batch(1, whole: true, [one: report]))
    try await contract.advance(20_000)
    #expect(try await contract.ask(batch(2)) == .reported(rev: 2))
    try await contract.advance(20_000)
    #expect(try await nodeReports(contract)?.rev == 2)
    try await contract.advance(10_001)
    #expect(try await nodeReports(contract) == nil)
    #expect(try await contract.ask(batch(3)) == .wholeWanted)
  }
}
