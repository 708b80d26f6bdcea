import Backends
import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import RedisTestServer
import TestServers
import Testing

/// Commands that read Redis, as they are built, with a redis-server of each test's own. The test plays the cluster: it
/// writes what nodes and leaders would. One after the other: they start processes.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RedisCommandTests {}

/// A redis-server, and the hand that writes its state.
struct Stage {
  let server: RedisServer
  let client: RedisClient
  let ledger: any LedgerStore
  let contract: LedgerContract

  /// User and password of the commands, `u:pw@`.
  var login = ""

  static let upstream = LedgerContract.upstream
  static let peer = LedgerContract.peer
  static let other = PeerName("[::1]:81")

  init(_ options: [String] = []) async throws {
    server = try await RedisServer(options)
    client = RedisClient.patient(with: server)
    ledger = RedisLedger(client, namespace: "test") { _ in }
    contract = LedgerContract(store: ledger, server: server)
  }

  /// The flags that lead there.
  var place: [String] { ["--redis", "unix://\(login)\(server.socket)", "--namespace", "test"] }

  static var definition: UpstreamDefinition {
    var checker = Checker(kind: .tcp)
    checker.thresholds = Thresholds(fall: 3, rise: 2)
    return UpstreamDefinition(
      name: upstream, checker: checker,
      peers: [PeerDefinition(name: peer), PeerDefinition(name: other, role: .backup)])
  }

  // MARK: What the cluster does

  /// Three nodes live; a leads; the definition is event 1.
  func begin() async throws -> Lease {
    for node in ["a", "b", "c"] {
      _ = try await contract.ask(
        .heartbeat(Heartbeat(member: Member(node: node, run: "r1", beat: 3, isWarm: true))))
      let digest = node == "c" ? "another" : Self.definition.digest
      let nodeInfo = NodeInfo(
        node: node, run: "r1", address: "10.0.0.1:8080", version: "0.1.0", upstreams: ["foo.com": digest])
      _ = try await contract.ask(.describe(nodeInfo, forMs: 600_000, leading: [:]))
    }
    let lease = try await contract.lease("a")
    var backup = LedgerContract.record(.up)
    backup.peer = Self.other
    backup.role = .backup
    try await commit(
      lease, 1, seq: 0, [.definition(digest: Self.definition.digest)],
      [LedgerContract.record(.up), backup], definition: Self.definition)
    return lease
  }

  func commit(
    _ lease: Lease, _ counter: Int, seq: UInt64, _ changes: [LedgerEvent.Change],
    _ records: [PeerRecord] = [],
    definition: UpstreamDefinition? = nil
  ) async throws {
    let commit = contract.commit(
      lease, counter: counter, seq: seq, changes: changes, records: records, definition: definition)
    guard case .committed = try await contract.ask(.commit(commit)) else {
      throw ContractBroken("commit \(counter) was not taken")
    }
  }

  /// The peer turns, as event `seq` + 1.
  func turn(_ lease: Lease, _ state: PeerState, after seq: UInt64) async throws {
    try await commit(
      lease, Int(seq) + 1, seq: seq, [LedgerContract.transition(to: state)], [LedgerContract.record(state)])
  }

  func report(_ node: String, _ report: Report, run: String = "r1") async throws {
    let batch = ReportBatch(
      upstream: Self.upstream, node: node, run: run, rev: 1, isWhole: true, reports: [Self.peer: report])
    _ = try await contract.ask(.report(batch, forMs: 600_000))
  }

  @discardableResult
  func redis(_ words: String...) async throws -> RedisReply {
    try await client.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
  }

  func redis(_ words: [String]) async throws -> RedisReply {
    try await client.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
  }

  // MARK: Commands

  /// Starts a command that goes on.
  func start(_ arguments: [String]) throws -> Child {
    // What a developer has set for himself is not what is tried.
    let environment = ["TZ": "Asia/Kolkata", "QUORATE_REDIS": "", "QUORATE_NAMESPACE": "", "SUDO_USER": ""]
    return try Child(Programs.quorate, arguments + place, environment: environment)
  }

  func run(_ arguments: [String]) async throws -> (end: Child.End?, output: String, error: String) {
    let child = try start(arguments)
    let end = await child.end(within: .seconds(60))
    return (end, child.state.value.output.text, child.state.value.error.text)
  }
}

extension Child {
  /// Its lines once there are so many of them.
  func lines(_ count: Int) async throws -> [String] {
    let found = await state.first(within: .seconds(60)) {
      $0.output.whole.count >= count ? $0.output.whole : nil
    }
    return try #require(found, "\(state.value.output.text)\(state.value.error.text)")
  }

  /// Returns when it has said so on standard error.
  @discardableResult
  func says(_ text: String, from start: Int = 0) async throws -> Int {
    let line = await line(with: text, from: start, within: .seconds(60))
    return try #require(line, "\"\(text)\" was not said: \(state.value.error.text)").next
  }
}
