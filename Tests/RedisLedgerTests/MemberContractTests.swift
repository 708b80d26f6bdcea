import Health
import Ledger
import LedgerTestKit
import Testing

@Suite struct MemberContractTests {
  private func beat(
    _ node: String, _ run: String, _ beat: UInt64, leaving: Bool = false, replacing: Pulse? = nil,
    dropping: [Pulse] = []
  ) -> LedgerRequest {
    let member = Member(
      node: node, run: run, beat: beat, digest: "d", isWarm: true, isLeaving: leaving, revision: 7)
    return .heartbeat(Heartbeat(member: member, replacing: replacing, dropping: dropping))
  }

  private func pulses(_ answer: LedgerAnswer) throws -> [Pulse] {
    guard case .members(let members) = answer else { throw ContractBroken("no members: \(answer)") }
    return members.map(\.pulse)
  }

  @Test(arguments: LedgerKind.allCases)
  func aHeartbeatTellsAllMembersByName(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(beat("b", "r2", 1))
    guard case .members(let members) = try await contract.ask(beat("a", "r1", 4)) else {
      throw ContractBroken("no members")
    }
    #expect(members.map(\.node) == ["a", "b"])
    #expect(members[0].isWarm && members[0].digest == "d" && members[0].revision == 7 && members[0].atMs > 0)
    #expect(try await contract.store.members() == members)
  }

  @Test(arguments: LedgerKind.allCases)
  func anIdInUseIsRefusedUntilItsBeatStands(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(beat("a", "old", 1))
    guard case .occupied(let seen) = try await contract.ask(beat("a", "new", 1)) else {
      throw ContractBroken("two runs have one id")
    }
    _ = try await contract.ask(beat("a", "old", 2))
    // It has been heard since: what was seen is not what stands.
    guard case .occupied(let again) = try await contract.ask(beat("a", "new", 1, replacing: seen.pulse))
    else {
      throw ContractBroken("a living member was replaced")
    }
    #expect(try pulses(await contract.ask(beat("a", "new", 1, replacing: again.pulse))).map(\.run) == ["new"])
    guard case .occupied(let winner) = try await contract.ask(beat("a", "old", 3)) else {
      throw ContractBroken("a member that was replaced came back")
    }
    #expect(winner.run == "new")
  }

  @Test(arguments: LedgerKind.allCases)
  func whoLeavesMakesRoomAtOnce(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(beat("a", "old", 1, leaving: true))
    #expect(try pulses(await contract.ask(beat("a", "new", 1))).map(\.run) == ["new"])
  }

  @Test(arguments: LedgerKind.allCases)
  func onlyWhoWasNotHeardSinceIsDropped(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(beat("b", "r", 1))
    _ = try await contract.ask(beat("c", "r", 1))
    _ = try await contract.ask(beat("c", "r", 2))
    let dropping = [Pulse(node: "b", run: "r", beat: 1), Pulse(node: "c", run: "r", beat: 1)]
    #expect(try pulses(await contract.ask(beat("a", "r", 1, dropping: dropping))).map(\.node) == ["a", "c"])
  }

  @Test(arguments: LedgerKind.allCases)
  func aCardLastsUntilItExpires(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let card = NodeCard(
      node: "a", run: "r", address: "10.0.0.1:8080", version: "1.0", upstreams: ["foo.com": "0123"])
    let answer = try await contract.ask(
      .describe(card, forMs: 30_000, leading: [LedgerContract.upstream: "0123"]))
    #expect(answer == .described)
    #expect(try await contract.store.cards(of: ["a", "b"]) == ["a": card])
    #expect(try await contract.store.upstreams() == [LedgerContract.upstream: "0123"])
    try await contract.advance(30_001)
    #expect(try await contract.store.cards(of: ["a"]) == [:])
  }
}
