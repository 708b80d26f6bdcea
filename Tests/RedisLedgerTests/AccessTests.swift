import Addresses
import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger
import RedisTestServer
import Testing

/// The users that `quorate redis acl` prints may do what they are for, and nothing else. That a node may do all of it, every
/// contract of this room shows: it runs as this user.
@Suite(.timeLimit(.minutes(5))) struct AccessTests {
  /// Each request of a node, and each reading, in another database too: its channels have other names.
  @Test(arguments: [0, 3]) func aNodeMayDoAllOfIt(database: Int) async throws {
    let server = try await RedisServer()
    let admin = RedisClient.patient(with: server, database: database)
    let node = try await RedisClient.patient(
      with: server, as: AccessRules(.node, namespace: "test", database: database), given: admin)
    let ledger = RedisLedger(node, namespace: "test") { Issue.record("\($0)") }
    let contract = LedgerContract(store: ledger)
    var heard = ledger.announcements(.everything).makeAsyncIterator()
    #expect(await heard.next(isolation: nil) == .listening)
    let lease = try await contract.lease("a")
    let definition = UpstreamDefinition(
      name: LedgerContract.upstream, checker: nil, peers: [PeerDefinition(name: LedgerContract.peer)])
    let commit = contract.commit(
      lease, counter: 1, seq: 0, changes: [.resync], records: [LedgerContract.record(.up)],
      definition: definition)
    guard case .committed = try await contract.ask(.commit(commit)) else { throw ContractBroken("no commit") }
    guard case .event? = await heard.next(isolation: nil) else { throw ContractBroken("no event") }
    // Of what a topology needs, and what nodes are asked for by hand: nothing else.
    #expect(try await node.send(RedisCommand("ROLE")).elements.first?.string == "master")
    for command in [
      ["CONFIG", "GET", "*"], ["KEYS", "*"], ["FLUSHALL"], ["GET", "other"], ["DEBUG", "SLEEP", "0"],
    ] {
      await Self.expectRefusal(node, command)
    }
    await Self.expectRefusal(node, ["SET", "quorate:{tests}:members", "x"])
    await Self.expectRefusal(node, ["PUBLISH", "quorate:tests:events", "x"])
    await Self.expectRefusal(node, ["SUBSCRIBE", "quorate:test:db7:events"])
  }

  /// In a Cluster the slots are asked for; a server that is in none says that, and not that it may not be asked.
  @Test func aNodeMayAskWhereSlotsAre() async throws {
    let stage = try await PermissionStage()
    let node = try await stage.become(AccessRules(.node, namespace: "test"))
    for words in [["CLUSTER", "SLOTS"], ["CLUSTER", "SHARDS"], ["CLUSTER", "INFO"], ["ASKING"]] {
      do throws(RedisError) {
        _ = try await node.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
      } catch {
        #expect(error.name == "server" && "\(error)".contains("cluster"), "\(error)")
      }
    }
  }

  @Test func aReaderReadsAndNothingElse() async throws {
    let stage = try await PermissionStage()
    let reader = try await stage.become(AccessRules(.reader, namespace: "test"))
    try await stage.set()
    let status = "quorate:{test:foo.com}:status"
    let results = await reader.pipeline([
      RedisCommand("MULTI"), RedisCommand("HGETALL", status), RedisCommand("EXEC"),
      RedisCommand("HGET", status, "127.0.0.1:80"), RedisCommand("HKEYS", "quorate:{test}:upstreams"),
      RedisCommand("XREVRANGE", "quorate:{test:foo.com}:events", "+", "-", "COUNT", "5"),
    ])
    for result in results { _ = try result.get() }
    try await Self.readEverything(stage.limited)
    let before = try await stage.everything()
    for request in stage.requests {
      guard case .failure(.unreachable(let fault)) = await stage.limited.perform([request])[0] else {
        Issue.record("\(request) was done")
        continue
      }
      #expect(fault.kind == .noPermission, "\(request): \(fault)")
    }
    for command in [
      ["HSET", status, "127.0.0.1:80", "up"], ["DEL", status], ["PUBLISH", "quorate:test:events", "x"],
      ["EVAL", "return redis.call('DEL', KEYS[1])", "1", status], ["GET", "other"],
      ["SUBSCRIBE", "quorate:other:events"], ["CONFIG", "GET", "*"], ["KEYS", "*"],
    ] { await Self.expectRefusal(reader, command) }
    #expect(try await stage.everything() == before)
    let granted = AccessRules(.reader, namespace: "test").rules
    for category in ["write", "admin", "dangerous"] {
      let commands = try await stage.redis("ACL", "CAT", category).elements.compactMap(\.string)
      #expect(commands.count > 5)
      // Tells what a server is, and nothing of it.
      for command in commands where command != "role" {
        #expect(!granted.contains("+\(command)"), "\(command)")
      }
    }
  }

  @Test(arguments: AccessRules.Version.allCases)
  func anOperatorOverridesAndNothingElse(version: AccessRules.Version) async throws {
    let stage = try await PermissionStage()
    let anna = try await stage.become(AccessRules(.operator, namespace: "test", version: version))
    try await stage.set()
    try await Self.readEverything(stage.limited)
    var words = 0
    for request in stage.requests {
      let before = try await stage.everything()
      let answer = await stage.limited.perform([request])[0]
      switch (request, answer) {
      case (.override, .success): words += 1
      // Without selectors HSET cannot be tied to some of the keys.
      case (_, .success) where version == .redis62: continue
      case (_, .failure(.unreachable(let fault))):
        #expect(fault.kind == .noPermission, "\(request): \(fault)")
        #expect(try await stage.everything() == before, "\(request)")
      default: Issue.record("\(request): \(answer)")
      }
    }
    #expect(words == 1)
    for command in [
      ["SET", "quorate:{test:foo.com}:lease", "1:x:y:1"], ["DEL", "quorate:{test:foo.com}:overrides"],
      ["XADD", "quorate:{test:foo.com}:events", "*", "json", "{}"], ["GET", "other"], ["CONFIG", "GET", "*"],
    ] { await Self.expectRefusal(anna, command) }
    guard version == .redis70 else { return }
    for command in [
      ["HSET", "quorate:{test:foo.com}:status", "127.0.0.1:80", "up"],
      ["HSET", "quorate:{test}:members", "a", "{}"], ["PUBLISH", "quorate:test:events", "x"],
      ["EVAL", "return redis.call('HSET', KEYS[1], 'a', 'b')", "1", "quorate:{test:foo.com}:status"],
    ] { await Self.expectRefusal(anna, command) }
  }

  /// What is missing is named, so that it can be granted.
  @Test func theMissingRightIsNamed() async throws {
    let stage = try await PermissionStage()
    _ = try await stage.become(AccessRules(.node, namespace: "other"))
    guard case .failure(.unreachable(let fault)) = await stage.limited.perform([stage.requests[0]])[0] else {
      throw ContractBroken("it was done")
    }
    #expect(fault.sentence.contains("~quorate:{test:*"), "\(fault)")
  }

  /// All that a command shows is read, and the channels are heard.
  private static func readEverything(_ ledger: RedisLedger) async throws {
    let upstream = LedgerContract.upstream
    #expect(try await ledger.headReadings(of: [upstream]).count == 1)
    #expect(try await ledger.leases(of: [upstream]).leases.count == 1)
    #expect(try await ledger.snapshot(of: upstream) != nil)
    #expect(try await ledger.head(of: upstream) != nil)
    #expect(try await ledger.remains(of: upstream, by: ["a"]).reports.count == 1)
    #expect(try await ledger.members().count == 2)
    #expect(try await ledger.missing().count == 1)
    #expect(try await ledger.nodeInfos(of: ["a"]).count == 1)
    #expect(try await ledger.upstreams().count == 1)
    let listening = Listening(events: true, control: true)
    var heard = ledger.announcements(listening).makeAsyncIterator()
    #expect(await heard.next(isolation: nil) == .listening)
  }

  private static func expectRefusal(_ client: RedisClient, _ words: [String]) async {
    do throws(RedisError) {
      _ = try await client.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
      Issue.record("\(words) was done")
    } catch {
      #expect(error.name == "no_permission", "\(words): \(error)")
    }
  }
}

/// The user of the Sentinels, on a real one.
@Suite(.timeLimit(.minutes(2))) struct SentinelAccessTests {
  @Test func nodesMayAskWhereThePrimaryIs() async throws {
    let server = try await RedisServer()
    let port = try FreePort.find()
    let file = server.folder.file("sentinel.conf")
    let sentinel = try ChildProcess([
      "sh", "-c",
      "printf 'port \(port)\\nbind 127.0.0.1\\nsentinel monitor m 127.0.0.1 1 1\\n' > \(file); "
        + "exec redis-server \(file) --sentinel",
    ])
    try await sentinel.says("Sentinel ID")
    let place = RedisAddress.tcp(host: "127.0.0.1", port: port)
    let admin = RedisClient(RedisSettings(place))
    let words = AccessRules(.sentinel, namespace: "test").line(user: "watcher", password: ">pw")
      .split(separator: " ").map(String.init)
    _ = try await admin.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
    var settings = RedisSettings(place)
    settings.user = "watcher"
    settings.password = .text("pw")
    settings.limits.commandDeadline = .seconds(20)
    let watcher = RedisClient(settings)
    let address = try await watcher.send(RedisCommand("SENTINEL", "get-master-addr-by-name", "m"))
    #expect(address.elements.map(\.string) == ["127.0.0.1", "1"])
    for word in ["master", "sentinels", "replicas"] {
      _ = try await watcher.send(RedisCommand("SENTINEL", word, "m"))
    }
    _ = try await watcher.send(RedisCommand("ROLE"))
    _ = try await watcher.send(RedisCommand("PING"))
    var events = watcher.subscribe(to: ["+switch-master"]).makeAsyncIterator()
    guard case .subscribed? = await events.next() else { throw ContractBroken("not subscribed") }
    for words in [["SENTINEL", "FAILOVER", "m"], ["SENTINEL", "REMOVE", "m"], ["SHUTDOWN"]] {
      await #expect(throws: RedisError.self, "\(words)") {
        try await watcher.send(RedisCommand(words[0], arguments: Array(words.dropFirst())))
      }
    }
    #expect(try await watcher.send(RedisCommand("SENTINEL", "master", "m")).elements.count > 10)
    sentinel.end()
  }
}
