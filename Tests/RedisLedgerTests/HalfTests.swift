import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import RedisTestServer
import Testing

/// Whether anything was written is known of every error that a script ends with.
@Suite(.timeLimit(.minutes(5))) struct HalfTests {
  struct Break: Sendable, CustomTestStringConvertible {
    /// Lua that fails.
    var lua: String
    var kind: LedgerFault.Kind
    /// What is to be read of it.
    var reason: String

    var testDescription: String { lua }
  }

  static let breaks = [
    Break(lua: "redis.call('HGET', KEYS[1] .. 'x', 'f')", kind: .wrongType, reason: "WRONGTYPE"),
    Break(lua: "redis.call('NONSENSE')", kind: .other, reason: "Unknown Redis command"),
    Break(lua: "redis.call('HSET', KEYS[1])", kind: .other, reason: "rong number of arg"),
    Break(lua: "error({ err = 'NOPERM may not' })", kind: .noPermission, reason: "NOPERM may not"),
    Break(lua: "local nothing; local all = nothing.more", kind: .other, reason: "attempt to index"),
    Break(lua: "error('in plain words')", kind: .other, reason: "in plain words"),
    Break(lua: "redis.call('SET', KEYS[1], 1)", kind: .noPermission, reason: "can't run this command"),
  ]

  private static let beat = LedgerRequest.heartbeat(Heartbeat(member: Member(node: "a", run: "r1", beat: 1)))

  /// A heartbeat whose script fails, before or after it has written.
  private func answer(_ sample: Break, isLate: Bool) async throws -> (LedgerError, isWritten: Bool) {
    let rig = try await ScriptRig()
    var scripts = LedgerScripts()
    let text = scripts.heartbeat.text
    let place = isLate ? "return answer('members'" : "local node, run, first_dropped = "
    try #require(text.contains(place))
    scripts.heartbeat = RedisScript(text.replacing(place, with: "do \(sample.lua) end\n\(place)"))
    _ = try await rig.redis("SET", "quorate:{test}:membersx", "v")
    // `SET` alone is not permitted, and no script but this asks for it here.
    let client = try await rig.client(permitted: ["~*", "&*", "+@all", "-set"])
    let ledger = RedisLedger(client, namespace: "test", scripts: scripts) { _ in }
    guard case .failure(let error) = await ledger.perform([Self.beat])[0] else {
      throw ContractBroken("it did not fail")
    }
    return (error, try await rig.redis("EXISTS", "quorate:{test}:members").integer == 1)
  }

  @Test(arguments: breaks) func whatFailsBeforeTheFirstWriteWasNotDone(_ sample: Break) async throws {
    let (error, isWritten) = try await answer(sample, isLate: false)
    guard case .unreachable(let fault) = error else { throw ContractBroken("\(error)") }
    #expect(!isWritten && fault.kind == sample.kind && fault.sentence.contains(sample.reason), "\(fault)")
  }

  @Test(arguments: breaks) func whatFailsAfterwardsMayBeHalfDone(_ sample: Break) async throws {
    let (error, isWritten) = try await answer(sample, isLate: true)
    guard case .outcomeUnknown(let fault) = error else { throw ContractBroken("\(error)") }
    #expect(isWritten && fault.kind == sample.kind && fault.sentence.contains(sample.reason), "\(fault)")
  }

  /// What is wrong with the server as a whole is said before anything is written.
  @Test(arguments: [
    (["CONFIG", "SET", "maxmemory", "1"], LedgerFault.Kind.outOfMemory),
    (["CONFIG", "SET", "min-replicas-to-write", "1"], .noReplicas),
    (["REPLICAOF", "127.0.0.1", "1"], .readOnly),
  ])
  func theServersOwnTroubleIsNoHalf(command: [String], kind: LedgerFault.Kind) async throws {
    let rig = try await ScriptRig()
    _ = try await rig.client.send(RedisCommand(command[0], arguments: Array(command.dropFirst())))
    guard case .failure(.unreachable(let fault)) = await rig.ledger.perform([Self.beat])[0] else {
      throw ContractBroken("it did not fail")
    }
    #expect(fault.kind == kind)
  }

  /// Each way of having too few channels is told by what is missing, and the others are heard.
  @Test(arguments: [
    // As it was documented once: a pattern has to be granted by the same letters.
    (["&quorate:*"], "&quorate:test:reports:*"),
    (["&quorate:test:events", "&quorate:test:reports:*"], "&quorate:test:control"),
    (["&quorate:test:control"], "&quorate:test:events &quorate:test:reports:*"),
    ([], "&quorate:test:control &quorate:test:events &quorate:test:reports:*"),
    (["&*", "-@pubsub"], "not heard: quorate:test:control, quorate:test:events, quorate:test:reports:*"),
  ])
  func deniedChannelsAreNamed(rules: [String], names: String) async throws {
    let rig = try await ScriptRig()
    let client = try await rig.client(permitted: ["~*", "+@all", "resetchannels"] + rules)
    let ledger = RedisLedger(client, namespace: "test") { _ in }
    var heard = ledger.announcements(.everything).makeAsyncIterator()
    guard case .denied(let fault?)? = await heard.next(isolation: nil) else {
      throw ContractBroken("it is not told")
    }
    #expect(fault.kind == .noPermission && fault.sentence.contains("NOPERM"))
    #expect(fault.sentence.hasSuffix(names), "\(fault.sentence)")
    #expect(await heard.next(isolation: nil) == .listening)
    guard rules.contains("&quorate:*") || rules.contains("&quorate:test:control") else { return }
    _ = try await rig.contract.ask(
      .delete(LedgerContract.upstream, LeaseHolder(term: 1, node: "a", run: "r")))
    #expect(await heard.next(isolation: nil) == .control(.deleted(LedgerContract.upstream)))
  }
}
