import Addresses
import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import RedisTestServer
import Testing

/// Requests that go out one after the other: what stops the first is the reason of all.
@Suite(.timeLimit(.minutes(5))) struct HindranceTests {
  private static let beat = LedgerRequest.heartbeat(Heartbeat(member: Member(node: "a", run: "r1", beat: 1)))
  private static let nodeInfo = LedgerRequest.describe(
    NodeInfo(node: "a", run: "r1"), forMs: 1_000_000, leading: [:])

  @Test func whatWasNotAskedHasTheReasonOfWhatWas() async throws {
    let port = try FreePort.find()
    let client = RedisClient(RedisSettings(.tcp(host: "127.0.0.1", port: port)))
    let ledger = RedisLedger(client, namespace: "test") { _ in }
    let answers = await ledger.perform([Self.nodeInfo, Self.beat, Self.beat])
    #expect(answers.count == 3)
    for answer in answers {
      guard case .failure(.unreachable(let fault)) = answer else { throw ContractBroken("\(answer)") }
      #expect(fault.kind == .unreachable && fault.sentence.contains("127.0.0.1:\(port): connection refused"))
    }
  }

  /// A refusal by the server is of one request: the next may be answered.
  @Test func aRefusalStopsNothingElse() async throws {
    let rig = try await ScriptRig()
    let ledger = try await rig.ledger(permitted: [
      "resetkeys", "~quorate:{test}:members", "~quorate:{test}:missing", "+@all",
    ])
    let answers = await ledger.perform([Self.nodeInfo, Self.beat])
    guard case .failure(let error) = answers[0], case .success(.members) = answers[1] else {
      throw ContractBroken("\(answers)")
    }
    #expect(error.kind == .noPermission && error.sentence.contains("~quorate:{test}:*"))
  }
}
