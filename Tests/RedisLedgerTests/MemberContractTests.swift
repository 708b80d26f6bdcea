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
    guard case .members(let members, _) = answer else { throw ContractBroken("no members: \(answer)") }
    return members.map(\.pulse)
  }

  @Test(arguments: LedgerKind.allCases)
  func aHeartbeatTellsAllMembersByName(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(beat("b", "r2", 1))
    guard case .members(let members, _) = try await contract.ask(beat("a", "r1", 4)) else {
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
    let nodeInfo = NodeInfo(
      node: "a", run: "r", address: "10.0.0.1:8080", version: "1.0", upstreams: ["foo.com": "0123"])
    let answer = try await contract.ask(
      .describe(nodeInfo, forMs: 30_000, leading: [LedgerContract.upstream: "0123"]))
    #expect(answer == .described)
    #expect(try await contract.store.nodeInfos(of: ["a", "b"]) == ["a": nodeInfo])
    #expect(try await contract.store.upstreams() == [LedgerContract.upstream: "0123"])
    // What is wrong with its sources goes with it, and as it is over.
    var troubled = nodeInfo
    troubled.sourceTroubles = ["foo.com": "name \"app\": no"]
    #expect(troubled.digest == nodeInfo.digest)
    _ = try await contract.ask(.describe(troubled, forMs: 30_000, leading: [:]))
    #expect(try await contract.store.nodeInfos(of: ["a"]) == ["a": troubled])
    _ = try await contract.ask(.describe(nodeInfo, forMs: 30_000, leading: [:]))
    #expect(try await contract.store.nodeInfos(of: ["a"]) == ["a": nodeInfo])
    try await contract.advance(30_001)
    #expect(try await contract.store.nodeInfos(of: ["a"]) == [:])
  }

  // MARK: Missing nodes

  private func missing(_ answer: LedgerAnswer) throws -> [Pulse] {
    guard case .members(_, let missing) = answer else { throw ContractBroken("no members: \(answer)") }
    return missing.map(\.pulse)
  }

  private func isMissing(_ contract: LedgerContract) async throws -> [Pulse] {
    try await contract.store.missing().map(\.pulse)
  }

  private static let gone = Pulse(node: "c", run: "r", beat: 4)

  /// c was killed: a has dropped it.
  private func withoutC(_ contract: LedgerContract) async throws -> LedgerAnswer {
    _ = try await contract.ask(beat("c", "r", 3))
    _ = try await contract.ask(beat("c", "r", 4))
    return try await contract.ask(beat("a", "r", 1, dropping: [Self.gone]))
  }

  @Test(arguments: LedgerKind.allCases)
  func whoIsDroppedIsMissingUntilItIsHeardAgain(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let answer = try await withoutC(contract)
    #expect(try pulses(answer).map(\.node) == ["a"] && missing(answer) == [Self.gone])
    let entry = try #require(try await contract.store.missing().first)
    // As it was last heard.
    #expect(entry.from == 3 && entry.isWarm && entry.digest == "d" && entry.atMs > 0)
    #expect(try missing(await contract.ask(beat("b", "r", 1))) == [Self.gone])
    // Under the same name another run is as good.
    let back = try await contract.ask(beat("c", "another", 1))
    #expect(try missing(back) == [] && pulses(back).map(\.run) == ["r", "r", "another"])
    #expect(try await isMissing(contract) == [])
  }

  @Test(arguments: LedgerKind.allCases)
  func whoLeftInOrderIsNotMissing(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(beat("c", "r", 3))
    _ = try await contract.ask(beat("c", "r", 4, leaving: true))
    let answer = try await contract.ask(beat("a", "r", 1, dropping: [Self.gone]))
    #expect(try pulses(answer).map(\.node) == ["a"] && missing(answer) == [])
    // Nor is who was replaced by another run, or was heard since.
    _ = try await contract.ask(beat("d", "old", 1))
    _ = try await contract.ask(beat("d", "new", 1, replacing: Pulse(node: "d", run: "old", beat: 1)))
    let dropping = [Pulse(node: "d", run: "old", beat: 1), Pulse(node: "e", run: "r", beat: 1)]
    #expect(try missing(await contract.ask(beat("a", "r", 2, dropping: dropping))) == [])
  }

  /// A run that comes back knows by `from` whether the ledger had lost it.
  @Test(arguments: LedgerKind.allCases)
  func whoWasDroppedAndComesBackIsKnownWithoutABreak(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    func from(_ request: LedgerRequest) async throws -> UInt64? {
      guard case .members(let members, _) = try await contract.ask(request) else { return nil }
      return members.first { $0.node == "c" }?.from
    }
    _ = try await withoutC(contract)
    #expect(try await from(beat("c", "r", 5)) == 3)
    #expect(try await from(beat("c", "r", 6)) == 3)
    _ = try await contract.ask(beat("a", "r", 2, dropping: [Pulse(node: "c", run: "r", beat: 6)]))
    _ = try await contract.ask(.forget(Pulse(node: "c", run: "r", beat: 6)))
    #expect(try await from(beat("c", "r", 7)) == 7)
  }

  @Test(arguments: LedgerKind.allCases)
  func theCardOfAMissingNodeStaysForADay(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let nodeInfo = NodeInfo(
      node: "c", run: "r", address: "10.0.0.3:8080", version: "1", upstreams: ["foo.com": "0"])
    _ = try await contract.ask(.describe(nodeInfo, forMs: 30_000, leading: [:]))
    _ = try await withoutC(contract)
    try await contract.advance(Int64(SharedState.missedMs) - 100_000)
    #expect(try await contract.store.nodeInfos(of: ["c"]) == ["c": nodeInfo])
    try await contract.advance(100_001)
    #expect(try await contract.store.nodeInfos(of: ["c"]) == [:])
  }

  @Test(arguments: LedgerKind.allCases)
  func whoIsLostIsToldAgain(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await withoutC(contract)
    let gone = try #require(try await contract.store.missing().first)
    _ = try await contract.ask(beat("b", "r", 1))
    var other = gone
    other.run = "older"
    let stranger = Member(node: "z", run: "r", beat: 9, atMs: 17)
    var living = gone
    living.node = "b"
    // A member, and what is known already, stay as they are.
    #expect(try await contract.ask(.remember([other, living, stranger])) == .remembered)
    #expect(try await contract.store.missing() == [gone, stranger])
  }

  @Test(arguments: LedgerKind.allCases)
  func whoIsForgottenIsGone(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    let nodeInfo = NodeInfo(node: "c", run: "r", version: "1")
    _ = try await contract.ask(.describe(nodeInfo, forMs: 30_000, leading: [:]))
    _ = try await withoutC(contract)
    let entry = try #require(try await contract.store.missing().first)
    #expect(try await contract.ask(.forget(Pulse(node: "c", run: "another", beat: 4))) == .notFound)
    #expect(try await isMissing(contract) == [Self.gone])
    #expect(try await contract.ask(.forget(Self.gone)) == .forgotten(entry))
    #expect(try await isMissing(contract) == [])
    #expect(try await contract.store.nodeInfos(of: ["c"]) == [:])
    #expect(try await contract.ask(.forget(Self.gone)) == .notFound)
  }

  @Test(arguments: LedgerKind.allCases)
  func aMemberIsForgottenOnlyIfItWasNotHeardSince(kind: LedgerKind) async throws {
    let contract = try await kind.make()
    _ = try await contract.ask(beat("c", "r", 4))
    let member = try #require(try await contract.store.members().first)
    for pulse in [Pulse(node: "c", run: "r", beat: 3), Pulse(node: "c", run: "old", beat: 4)] {
      #expect(try await contract.ask(.forget(pulse)) == .lives(member))
    }
    #expect(try await contract.ask(.forget(Self.gone)) == .forgotten(member))
    #expect(try await contract.store.members() == [])
    #expect(try await isMissing(contract) == [])
  }
}
