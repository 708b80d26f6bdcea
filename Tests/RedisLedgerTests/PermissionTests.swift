import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import Testing

/// A user who may not run all that a script runs. Nothing is undone in Redis, so each script must fail before it writes.
@Suite(.timeLimit(.minutes(5))) struct PermissionTests {
  /// All commands of the scripts but EVALSHA. PUBLISH is a try for which nobody is kept from an answer.
  static let commands = [
    "time", "get", "set", "strlen", "del", "pexpire", "hget", "hmget", "hgetall", "hset", "hdel", "hlen",
    "xadd",
    "xinfo", "publish",
  ]

  @Test(arguments: commands) func aCommandThatIsNotPermittedLeavesNoHalf(command: String) async throws {
    let stage = try await PermissionStage()
    try await stage.permit("+@all", "-" + command)
    var refused = 0
    for request in stage.requests {
      try await stage.set()
      let before = try await stage.everything()
      let answer = await stage.limited.perform([request])[0]
      guard case .failure(let error) = answer else { continue }
      refused += 1
      // What is said of it is true.
      if case .unreachable = error {
        #expect(try await stage.everything() == before, "\(request)")
        continue
      }
      if try await stage.everything() == before {
        Issue.record("nothing was written, and nobody knows: \(request)")
        continue
      }
      // All of it was written but for the index, which has another hash tag: sent again, it is done.
      try await stage.permit("+@all")
      let again = try await stage.limited.perform([request])[0].get()
      switch again {
      case .already, .deleted: break
      default: Issue.record("\(request): \(again)")
      }
      #expect(try await stage.indexIsRight(after: again))
      try await stage.permit("-" + command)
    }
    #expect(refused > 0 || command == "publish")
  }

  /// Redis itself looks at the keys that a script declares.
  @Test(arguments: ["status", "events", "head"])
  func aKeyThatIsNotPermittedLeavesNoHalf(part: String) async throws {
    let stage = try await PermissionStage()
    let keys = ["lease", "head", "definition", "status", "evidence", "overrides", "events"]
    try await stage.permit(
      ["+@all", "resetkeys"] + keys.filter { $0 != part }.map { "~quorate:{test:foo.com}:\($0)" })
    try await stage.set()
    let before = try await stage.everything()
    for request in stage.requests {
      guard case .commit = request else { continue }
      let answer = await stage.limited.perform([request])[0]
      guard case .failure(.unreachable(let fault)) = answer else {
        throw ContractBroken("not refused: \(answer)")
      }
      #expect(fault.sentence.contains("~quorate:{test:*"))
      #expect(try await stage.everything() == before)
    }
  }
}

/// A ledger with something of everything in it, and a user to whom things are forbidden.
struct PermissionStage {
  private let rig: ScriptRig
  let limited: RedisLedger
  /// One of each kind, none of which would be refused.
  private(set) var requests: [LedgerRequest] = []
  private var saved: [String: [UInt8]] = [:]

  init() async throws {
    rig = try await ScriptRig()
    limited = try await rig.ledger(permitted: [])
    let contract = rig.contract
    let lease = try await contract.lease("a")
    try await fill(contract, lease)
    for key in try await keys() { saved[key] = try await rig.redis("DUMP", key).bytes }
    requests = Self.requests(contract, lease)
  }

  func permit(_ rules: String...) async throws { try await permit(rules) }

  /// The limited user, by these rules and nothing else.
  func become(_ rules: AccessRules) async throws -> RedisClient {
    let words = rules.line(user: "limited", password: "nopass").split(separator: " ").map(String.init)
    _ = try await rig.client.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
    return try await rig.client(permitted: [])
  }

  func redis(_ words: String...) async throws -> RedisReply {
    try await rig.client.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
  }

  func permit(_ rules: [String]) async throws {
    _ = try await rig.client.send(RedisCommand("ACL", arguments: ["SETUSER", "limited"] + rules))
  }

  /// As it was in the beginning.
  func set() async throws {
    _ = try await rig.redis("FLUSHALL")
    for (key, payload) in saved {
      var command = RedisCommand("RESTORE", key, "0")
      command.append(payload)
      _ = try await rig.client.send(command)
    }
  }

  func everything() async throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    for key in try await keys() { found[key] = try await rig.redis("DUMP", key).bytes }
    return found
  }

  /// Without the upstream once it is deleted, and with it otherwise.
  func indexIsRight(after answer: LedgerAnswer) async throws -> Bool {
    let isThere = try await limited.upstreams()[LedgerContract.upstream] != nil
    return isThere == (answer != .deleted)
  }

  private func keys() async throws -> [String] {
    try await rig.redis("KEYS", "*").elements.compactMap(\.string)
  }

  private static let other = PeerName("127.0.0.1:99")

  private func fill(_ contract: LedgerContract, _ lease: Lease) async throws {
    var second = LedgerContract.record(.up)
    second.peer = Self.other
    let commit = contract.commit(
      lease, counter: 1, seq: 0, changes: [.resync], records: [LedgerContract.record(.up), second],
      definition: UpstreamDefinition(
        name: LedgerContract.upstream, checker: Checker(kind: .tcp),
        peers: [PeerDefinition(name: LedgerContract.peer), PeerDefinition(name: Self.other)]))
    _ = try await contract.ask(.commit(commit))
    _ = try await contract.ask(.override(Self.order))
    _ = try await contract.ask(.report(Self.batch(rev: 1, isWhole: true), forMs: LedgerContract.leaseMs))
    for node in ["a", "b"] {
      _ = try await contract.ask(.heartbeat(Heartbeat(member: Member(node: node, run: "r1", beat: 1))))
    }
    for node in ["a", "b", "c"] {
      _ = try await contract.ask(
        .describe(NodeInfo(node: node, run: "r1", version: "1"), forMs: LedgerContract.leaseMs, leading: [:]))
    }
    _ = try await contract.ask(.remember([Self.gone("c")]))
    // A restored key has no end, so these must not have one either.
    for key in try await keys() { _ = try await rig.redis("PERSIST", key) }
  }

  private static func gone(_ node: String) -> Member { Member(node: node, run: "r1", beat: 5, atMs: 1) }

  private static var order: OverrideRequest {
    OverrideRequest(
      upstream: LedgerContract.upstream, peer: LedgerContract.peer, state: .drain, by: "me", why: "")
  }

  private static func batch(rev: UInt64, isWhole: Bool) -> ReportBatch {
    ReportBatch(
      upstream: LedgerContract.upstream, node: "a", run: "r1", rev: rev, isWhole: isWhole,
      reports: [LedgerContract.peer: Report(state: .down, micros: 17)], removed: isWhole ? [] : [other])
  }

  private static func requests(_ contract: LedgerContract, _ lease: Lease) -> [LedgerRequest] {
    let upstream = LedgerContract.upstream
    let ms = LedgerContract.leaseMs
    var commit = contract.commit(
      lease, counter: 2, seq: 1, changes: [LedgerContract.transition(to: .down)],
      records: [LedgerContract.record(.down)], removed: [other])
    commit.overrides = [LedgerContract.peer: Override(state: .up, by: "me", why: "", rev: 9)]
    commit.definition = UpstreamDefinition(
      name: upstream, checker: nil, peers: [PeerDefinition(name: LedgerContract.peer)])
    let resync = contract.commit(
      lease, counter: 3, seq: 1, changes: [.resync], records: [LedgerContract.record(.down)])
    let dropped = Pulse(node: "b", run: "r1", beat: 1)
    return [
      contract.bid("b", replacing: lease), .renew(upstream, lease.holder, forMs: ms),
      .handOver(upstream, lease.holder, to: Successor(node: "b", run: "r1"), forMs: ms), .commit(commit),
      .commit(resync), .report(batch(rev: 1, isWhole: true), forMs: ms),
      .report(batch(rev: 7, isWhole: true), forMs: ms), .report(batch(rev: 2, isWhole: false), forMs: ms),
      .override(order),
      .heartbeat(Heartbeat(member: Member(node: "a", run: "r1", beat: 2), dropping: [dropped])),
      .describe(
        NodeInfo(node: "a", run: "r1", address: "", version: "1"), forMs: ms, leading: [upstream: "d"]),
      .heartbeat(Heartbeat(member: Member(node: "c", run: "r2", beat: 1))),
      .remember([gone("d")]), .forget(gone("c").pulse), .forget(dropped),
      .release(upstream, lease.holder), .delete(upstream, lease.holder),
    ]
  }
}
