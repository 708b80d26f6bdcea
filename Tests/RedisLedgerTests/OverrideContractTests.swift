import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct OverrideContractTests {
  private func order(_ state: Override.State, why: String = "new disk", rev: UInt64? = nil) -> LedgerRequest {
    .override(
      OverrideOrder(
        upstream: LedgerContract.upstream, peer: LedgerContract.peer, state: state, by: "o\"p é", why: why,
        replacingRev: rev))
  }

  private func given(_ answer: LedgerAnswer) throws -> Override {
    guard case .overridden(let override) = answer else { throw ContractBroken("refused: \(answer)") }
    return override
  }

  @Test(arguments: LedgerKind.allCases)
  func eachWordHasARevision(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let first = try given(await contract.ask(order(.drain)))
    #expect(first.rev == 1 && first.atMs > 0 && first.by == "o\"p é" && first.state == .drain)
    let second = try given(await contract.ask(order(.auto, why: "")))
    #expect(second.rev == 2 && second.state == .auto && second.why == "")
  }

  @Test(arguments: LedgerKind.allCases)
  func anOutdatedWordIsRefusedAndARepeatedOneIsNot(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let first = try given(await contract.ask(order(.down, rev: 0)))
    #expect(try await contract.ask(order(.down, rev: 0)) == .overridden(first))
    #expect(try await contract.ask(order(.up, rev: 0)) == .otherOverride(first))
    #expect(try given(await contract.ask(order(.up, rev: 1))).rev == 2)
    #expect(try await contract.ask(order(.down, why: "?", rev: 9)) != .overridden(first))
  }

  /// A resync brings back what the ledger lost, and leaves what is newer.
  @Test(arguments: LedgerKind.allCases)
  func aResyncBringsThemBack(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let lease = try await contract.lease("a")
    let known = Override(state: .drain, by: "b", why: "w", atMs: 5, rev: 3)
    let other = PeerName("127.0.0.1:2")
    let newer = try given(await contract.ask(order(.down)))
    var commit = contract.commit(lease, counter: 1, seq: 0, changes: [.resync])
    commit.overrides = [
      other: known, LedgerContract.peer: Override(state: .up, by: "", why: "", atMs: 1, rev: 1),
    ]
    _ = try await contract.ask(.commit(commit))
    let snapshot = try #require(try await contract.store.snapshot(of: LedgerContract.upstream))
    #expect(snapshot.overrides == [other: known, LedgerContract.peer: newer])
    #expect(snapshot.head.isWhole)
    #expect(try given(await contract.ask(order(.up, rev: 1))).rev == 2)
    #expect(try #require(try await contract.store.head(of: LedgerContract.upstream)).isWhole)
  }
}
