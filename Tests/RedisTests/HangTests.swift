import Addresses
import Redis
import RedisTestServer
import Testing

/// Servers that do not answer, callers that do not wait, and more commands than there is room for.
@Suite(.timeLimit(.minutes(5))) struct HangTests {
  @Test func stoppedAndWoken() async throws {
    let server = try await RedisServer()
    var settings = server.settings
    settings.limits.commandDeadline = .seconds(1)
    settings.limits.dialDeadline = .seconds(1)
    let losses = Watched(0)
    let client = RedisClient(settings) { event in
      if case .lost = event { losses.change { $0 += 1 } }
    }
    _ = await client.ask(["PING"]) { $0 == "PONG" }
    let before = losses.value
    server.pause()
    // It may have been sent, but nobody can say.
    let error = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("INCR", "n")) }
    #expect(error?.isOutcomeUnknown == true)
    // The connection is given up, and whatever comes from now on is known not to be sent.
    await losses.wait { $0 > before }
    let next = await #expect(throws: RedisError.self) { try await client.send(RedisCommand("INCR", "m")) }
    #expect(next?.isOutcomeUnknown == false)
    server.resume()
    _ = await client.ask(["PING"]) { $0 == "PONG" }
    #expect(await client.ask(["GET", "m"]) { !$0.hasPrefix("<") } == "null")
    #expect(client.pendingCommands == 0)
  }

  /// The dial's own deadline is what people are told, and not that the connection was closed by it.
  @Test func aServerThatTakesConnectionsAndIsSilentIsNamed() async throws {
    let server = try await FakeServer { _, _ in .silence }
    var settings = server.settings
    settings.limits.dialDeadline = .milliseconds(100)
    let failures = Watched<[RedisError]>([])
    let client = RedisClient(settings) { event in
      if case .failed(let error) = event { failures.change { $0.append(error) } }
    }
    let asking = Task { try? await client.send(RedisCommand("GET", "k")) }
    await failures.wait { !$0.isEmpty }
    asking.cancel()
    #expect(failures.value.first == .unreachable("\(settings.topology) does not answer"))
  }

  @Test func asleep() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let sleeper = server.patientClient()
    #expect(await client.said("PING") == "PONG")
    let sleep = Task { await sleeper.said("DEBUG", "SLEEP", "1") }
    #expect(await sleeper.said("PING") == "PONG")
    let slow = await client.said("DEBUG", "SLEEP", "4", deadline: .milliseconds(20))
    #expect(slow == "<deadline>")
    // The connection is not given up for one impatient caller: the next reply is the right one.
    #expect(await client.said("ECHO", "right") == "right")
    #expect(await sleep.value == "OK")
  }

  @Test func aDeadlineEndsAPipelineWithWhatItGot() async throws {
    let server = try await FakeServer { _, command in
      command[0] == "HANG" ? .bytes("*2\r\n+half\r\n") : .bytes("$2\r\nok\r\n")
    }
    let client = RedisClient(server.settings)
    #expect(await client.said("GOOD") == "ok")
    let commands = [RedisCommand("GOOD"), RedisCommand("HANG"), RedisCommand("NEXT")]
    // Ample for the first reply on a connection that is there.
    let results = await client.pipeline(commands, deadline: .seconds(5))
    #expect(results.first?.shown == "ok")
    #expect(results.last?.shown == "<deadline>")
  }

  /// What nobody waits for any more is not sent: its outcome is known then.
  @Test func aCommandThatIsTooLateIsNotSent() async throws {
    let server = try await FakeServer { _, _ in .ok }
    let client = RedisClient(server.settings)
    #expect(await client.said("FIRST") == "OK")
    for _ in 0..<10 {
      await #expect(throws: RedisError.deadline(isWritten: false)) {
        try await client.send(RedisCommand("LATE"), deadline: .zero)
      }
    }
    #expect(await client.said("LAST") == "OK")
    #expect(server.commands.map { $0[0] } == ["PING", "FIRST", "LAST"])
    #expect(client.pendingCommands == 0)
  }

  @Test func aCancelledCallerIsAnsweredAtOnce() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let other = server.patientClient()
    let blocked = Task { await client.said("BLPOP", "list", "0", deadline: .seconds(3_600)) }
    _ = await other.ask(["CLIENT", "LIST"]) { $0.contains("cmd=blpop") }
    blocked.cancel()
    #expect(await blocked.value == "<cancelled>")
    // It still occupies the connection, so that its reply is not taken for another's.
    let next = Task { await client.said("ECHO", "next") }
    #expect(await other.said("RPUSH", "list", "x") == "1")
    #expect(await next.value == "next")
  }

  @Test func aCancelledCallerThatWaitsForAConnection() async {
    var settings = RedisSettings(.unix(path: "/nowhere/redis.sock"))
    settings.limits.commandDeadline = .seconds(3_600)
    let client = RedisClient(settings)
    let callers = (0..<100).map { _ in
      Task {
        await #expect(throws: RedisError.cancelled(isWritten: false)) {
          try await client.send(RedisCommand("PING"))
        }
      }
    }
    while client.pendingCommands < 100 { await Task.yield() }
    for caller in callers { caller.cancel() }
    for caller in callers { _ = await caller.value }
    // Cancelled before it called.
    let early = Task {
      while !Task.isCancelled { await Task.yield() }
      return await client.said("PING")
    }
    early.cancel()
    #expect(await early.value == "<cancelled>")
    #expect(client.pendingCommands <= 33)
  }

  @Test func noMoreThanTheQueueHolds() async throws {
    let server = try await FakeServer { _, command in command[0] == "HANG" ? .silence : .ok }
    var settings = server.settings
    settings.limits.queuedCommands = 10
    settings.limits.queuedBytes = 10_000
    settings.limits.commandDeadline = .seconds(3_600)
    let client = RedisClient(settings)
    let callers = (0..<10).map { _ in Task { await client.said("HANG") } }
    while server.commands.count(where: { $0[0] == "HANG" }) < 10 { await Task.yield() }
    #expect(await client.said("GOOD") == "<queue_full>")
    #expect(await client.pipeline([RedisCommand("GOOD")]).map(\.shown) == ["<queue_full>"])
    // Cancelled ones still await their reply, and there is still no room.
    for caller in callers { caller.cancel() }
    for caller in callers { #expect(await caller.value == "<cancelled>") }
    #expect(await client.said("GOOD") == "<queue_full>")
    await client.close()

    let other = RedisClient(settings)
    #expect(await other.said("GOOD", String(repeating: "x", count: 10_000)) == "<queue_full>")
    #expect(
      await other.pipeline((0..<11).map { _ in RedisCommand("GOOD") }).map(\.shown).last == "<queue_full>")
    #expect(await other.said("GOOD") == "OK")
  }

  /// More than the socket takes at once: what is not written yet has a known outcome.
  @Test func aFullSocketHoldsCommandsBack() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    #expect(await client.said("PING") == "PONG")
    server.pause()
    let value = String(repeating: "x", count: 1 << 20)
    let callers = (0..<20).map { number in
      Task { () -> RedisError? in
        do throws(RedisError) {
          _ = try await client.send(RedisCommand("SET", "k:\(number)", value), deadline: .seconds(3_600))
          return nil
        } catch {
          return error
        }
      }
    }
    while client.pendingCommands < 20 { await Task.yield() }
    for caller in callers { caller.cancel() }
    var outcomes: [Bool] = []
    for caller in callers { outcomes.append(await caller.value?.isOutcomeUnknown ?? true) }
    #expect(outcomes.contains(true) && outcomes.contains(false))
    server.resume()
    let sent = outcomes.filter { $0 }.count
    #expect(await client.ask(["DBSIZE"]) { !$0.hasPrefix("<") } == "\(sent)")
  }
}
