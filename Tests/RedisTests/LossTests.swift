import Addresses
import Redis
import RedisTestServer
import Testing

/// Connections that break: what each command is told, and that the client goes on.
@Suite(.timeLimit(.minutes(5))) struct LossTests {
  @Test func killedUnderLoad() async throws {
    let server = try await RedisServer()
    let losses = Watched(0)
    let client = RedisClient(server.settings) { event in
      if case .lost = event { losses.change { $0 += 1 } }
    }
    let answers = Watched<[String: Int]>([:])
    let load = Task {
      await withTaskGroup(of: Void.self) { group in
        for caller in 0..<32 {
          group.addTask {
            while !Task.isCancelled {
              let answer = await client.said("INCR", "n:\(caller)", deadline: .seconds(60))
              answers.change { $0[answer.hasPrefix("<") ? answer : "number", default: 0] += 1 }
            }
          }
        }
      }
    }
    for round in 1...4 {
      let before = answers.value["number", default: 0]
      await answers.wait { $0["number", default: 0] >= before + 500 }
      if round == 4 { break }
      server.stop()
      await losses.wait { $0 == round }
      try await server.start()
    }
    load.cancel()
    await load.value
    // Those that were under way at the end were cancelled.
    let known: Set = ["number", "<outcome_unknown>", "<unreachable>", "<cancelled>"]
    #expect(known.isSuperset(of: answers.value.keys), "\(answers.value)")
    #expect(await client.ask(["PING"]) { !$0.hasPrefix("<") } == "PONG")
    #expect(client.pendingCommands == 0)
  }

  @Test func restartedEmpty() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let script = RedisScript("return redis.call('INCR', KEYS[1])")
    #expect(try await client.evaluate(script, keys: ["n"], arguments: []).integer == 1)
    #expect(try await client.evaluate(script, keys: ["n"], arguments: []).integer == 2)
    let journal = Journal<RedisLinkEvent>()
    let watching = RedisClient(server.settings) { journal.add($0) }
    _ = await watching.ask(["PING"]) { $0 == "PONG" }
    server.stop()
    await journal.wait { $0.contains { if case .lost = $0 { true } else { false } } }
    try await server.start()
    _ = await client.ask(["PING"]) { $0 == "PONG" }
    #expect(await client.said("GET", "n") == "null")
    #expect(try await client.evaluate(script, keys: ["n"], arguments: []).integer == 1)
  }

  @Test func killedByAnOperator() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let admin = server.patientClient { $0.clientName = "admin" }
    let blocked = Task { await client.said("BLPOP", "none", "0") }
    _ = await admin.ask(["CLIENT", "LIST"]) { $0.contains("cmd=blpop") }
    #expect(await admin.said("CLIENT", "KILL", "TYPE", "normal") == "1")
    #expect(await blocked.value == "<outcome_unknown>")
    #expect(await client.said("SET", "k", "v") == "OK")
  }

  /// Each command reaches a server once, whatever becomes of its connection.
  @Test func nothingIsSentAgain() async throws {
    let server = try await FakeServer { connection, command in
      if command[0] == "PING" { return .bytes("+PONG\r\n") }
      return connection % 2 == 1 ? .hangUp : .ok
    }
    var settings = server.settings
    settings.limits.shortestRest = .milliseconds(1)
    settings.limits.longestRest = .milliseconds(2)
    let client = RedisClient(settings)
    var answers: [String] = []
    for number in 1...20 { answers.append(await client.said("DO", "\(number)")) }
    #expect(Set(answers) == ["<outcome_unknown>", "OK"])
    let done = server.commands.filter { $0[0] == "DO" }
    #expect(done == (1...20).map { ["DO", "\($0)"] })
  }

  /// The replies that came before the connection broke are replies; only the others are unknown.
  @Test func aPipelineKeepsWhatItGot() async throws {
    let server = try await FakeServer { connection, command in
      if command[0] == "PING" { return .bytes("+PONG\r\n") }
      return command[1] == "3" ? .lastBytes("*2\r\n+half") : .bytes("$1\r\n\(command[1])\r\n")
    }
    let client = RedisClient(server.settings)
    let commands = (1...5).map { RedisCommand("DO", "\($0)") }
    let results = await client.pipeline(commands)
    #expect(
      results.map(\.shown) == ["1", "2", "<outcome_unknown>", "<outcome_unknown>", "<outcome_unknown>"])
  }

  @Test func oneDialForAllCallers() async throws {
    let server = try await FakeServer { _, _ in .ok }
    let locator = HeldLocator()
    let client = RedisClient(server.settings, locator: locator)
    let first = Task { await client.said("DO") }
    while locator.questions == 0 { await Task.yield() }
    let callers = [first] + (1..<200).map { _ in Task { await client.said("DO") } }
    while client.pendingCommands < 200 { await Task.yield() }
    locator.answer(server.address)
    for caller in callers { #expect(await caller.value == "OK") }
    #expect(locator.questions == 1)
    #expect(server.connections == 1)
    #expect(server.commands.count(where: { $0[0] == "DO" }) == 200)
  }

  @Test(arguments: [
    (RedisAddress.unix(path: "/nowhere/redis.sock"), "/nowhere/redis.sock: no such file or directory"),
    (.tcp(host: "127.0.0.1", port: 1), "127.0.0.1:1: connection refused"),
  ]) func aMissingServerIsUnreachable(_ address: RedisAddress, _ why: String) async {
    var settings = RedisSettings(address)
    settings.limits.dialDeadline = .seconds(60)
    settings.limits.longestRest = .milliseconds(10)
    let failures = Watched(0)
    let client = RedisClient(settings) { _ in failures.change { $0 += 1 } }
    let waiting = Task { await client.said("PING", deadline: .seconds(3_600)) }
    await failures.wait { $0 >= 3 }
    // The reason is known, so it is said instead of a mere deadline.
    await #expect(throws: RedisError.unreachable(why)) {
      try await client.send(RedisCommand("PING"), deadline: .milliseconds(10))
    }
    waiting.cancel()
    #expect(await waiting.value == "<cancelled>")
  }

  @Test(arguments: ["", "+", "HTTP/1.1 400 Bad Request\r\n\r\n", "*1\r\n"])
  func aServerThatIsNotRedisIsUnreachable(_ greeting: String) async throws {
    let server = try await FakeServer { _, _ in .lastBytes(greeting) }
    let failures = Journal<RedisLinkEvent>()
    var settings = server.settings
    settings.limits.longestRest = .milliseconds(10)
    let client = RedisClient(settings) { failures.add($0) }
    let waiting = Task { await client.said("SET", "k", "v", deadline: .seconds(3_600)) }
    await failures.wait { $0.count >= 3 }
    waiting.cancel()
    #expect(await waiting.value == "<cancelled>")
    let isUnreachable = failures.entries.allSatisfy {
      if case .failed(.unreachable) = $0 { true } else { false }
    }
    #expect(isUnreachable, "\(failures.entries)")
    #expect(server.commands.allSatisfy { $0 == ["PING"] })
  }
}
