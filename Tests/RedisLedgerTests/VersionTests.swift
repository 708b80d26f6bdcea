import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import RedisTestServer
import Synchronization
import Testing

/// What differs between the servers that are supported. That the ledger keeps its contract on each of them, all the contract
/// tests of this room show.
@Suite(.timeLimit(.minutes(5))) struct VersionTests {
  /// All of our requests together: one notice where rights cannot be asked for, and none elsewhere.
  @Test(arguments: RedisRelease.allCases) func whatIsMissingIsSaid(release: RedisRelease) async throws {
    let rig = try await ScriptRig(release: release)
    let contract = rig.contract
    for beat in 1...3 {
      let member = Member(node: "a", run: "r1", beat: UInt64(beat))
      _ = try await contract.ask(.heartbeat(Heartbeat(member: member)))
    }
    _ = try await contract.lease("a")
    let said = Set(rig.heard.all)
    #expect(said == (release == .redis62 ? [.rightsUnknown] : []))
    for notice in said { #expect(notice.text.contains("older than Redis 7.0")) }
  }

  /// A right that a script lacks is told by every server, each in its own words.
  @Test(arguments: RedisRelease.allCases, ["time", "hset", "hget", "publish"])
  func aMissingRightIsTold(release: RedisRelease, command: String) async throws {
    let rig = try await ScriptRig(release: release)
    let limited = try await rig.ledger(permitted: ["+@all", "-\(command)"])
    let order = OverrideRequest(
      upstream: LedgerContract.upstream, peer: LedgerContract.peer, state: .drain, by: "me", why: "")
    switch await limited.perform([.override(order)])[0] {
    case .failure(let error):
      #expect(error.kind == .noPermission && command != "publish", "\(error)")
      // Not even a first write was done.
      guard case .unreachable = error else { throw ContractBroken("\(error)") }
      #expect(try await rig.redis("DBSIZE").integer == 0)
    case .success:
      #expect(command == "publish")
      let isTold = rig.heard.all.contains { notice in
        if case .unpublished = notice { true } else { false }
      }
      #expect(isTold)
    }
  }

  /// A key that is not granted is told, too.
  @Test(arguments: RedisRelease.allCases) func aMissingKeyIsTold(release: RedisRelease) async throws {
    let rig = try await ScriptRig(release: release)
    let limited = try await rig.client(permitted: ["resetkeys", "~quorate:{test}:*", "&*", "+@all"])
    let ledger = RedisLedger(limited, namespace: "test") { _ in }
    let contract = LedgerContract(store: ledger)
    guard case .failure(.unreachable(let fault)) = await ledger.perform([contract.bid("a")])[0] else {
      throw ContractBroken("it was done")
    }
    #expect(fault.kind == .noPermission && fault.sentence.contains("~quorate:{test:*"), "\(fault)")
  }
}
