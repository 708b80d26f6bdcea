import Addresses
import Redis
import RedisTestServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct ClientTests {
  @Test func sendsAndReceives() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    #expect(await client.said("SET", "k", "a\r\n\0é") == "OK")
    #expect(await client.said("GET", "k") == "a\r\n\0é")
    #expect(await client.said("GET", "none") == "null")
    #expect(await client.said("SET", "", "") == "OK")
    #expect(await client.said("GET", "") == "")
    #expect(await client.said("INCRBY", "n", "41") == "41")
    #expect(await client.said("NONSENSE", "secret") == "<server>")
    var command = RedisCommand("SET", "raw")
    command.append([0, 255, 10])
    _ = try await client.send(command)
    #expect(try await client.send(RedisCommand("GET", "raw")).bytes == [0, 255, 10])
    #expect(client.pendingCommands == 0)
  }

  @Test func goesOverTCP() async throws {
    let port = try FreePort.find()
    let server = try await RedisServer(["--port", "\(port)"])
    for host in ["127.0.0.1", "localhost"] {
      let client = RedisClient(RedisSettings(.tcp(host: host, port: port)))
      #expect(await client.said("PING", deadline: .seconds(30)) == "PONG")
      await client.close()
    }
    server.stop()
  }

  @Test func keepsTheOrderOfAPipeline() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let commands =
      [RedisCommand("SET", "s", "x"), RedisCommand("INCR", "s")]
      + (1...500).map { RedisCommand("ECHO", "\($0)") } + [RedisCommand("LRANGE", "none", "0", "-1")]
    let results = await client.pipeline(commands)
    #expect(results.map(\.shown) == ["OK", "<server>"] + (1...500).map { "\($0)" } + ["[]"])
    #expect(await client.pipeline([]).isEmpty)
  }

  /// The channel calls back while it is written to, whether more may be written: requests that come then, and bytes that
  /// are still to go out, must not change places or go out twice.
  @Test(arguments: [(900, 10, 100), (900, 1, 1500), (40, 20, 3000), (40, 20, 20_000)])
  func answersMuchThatGoesOutAtOnceRight(callers: Int, commands: Int, bytes: Int) async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let filling = String(repeating: "x", count: bytes)
    let wrong = await withTaskGroup(of: Int.self) { group in
      for caller in 0..<callers {
        group.addTask {
          var wrong = 0
          for round in 0..<10 {
            let texts = (0..<commands).map { "\(caller).\(round).\($0) \(filling)" }
            let results = await client.pipeline(
              texts.map { RedisCommand("ECHO", $0) }, deadline: .seconds(60))
            wrong += zip(texts, results).count { $0 != (try? $1.get().string) }
          }
          return wrong
        }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
    // None was sent twice: it is in step afterwards.
    #expect(await client.said("ECHO", "last") == "last")
  }

  @Test func readsALargeHash() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    var command = RedisCommand("HSET", "h")
    for index in 0..<20_000 {
      command.append("field \(index)")
      command.append(index)
    }
    #expect(try await client.send(command).integer == 20_000)
    let reply = try await client.send(RedisCommand("HGETALL", "h"))
    #expect(reply.pairs.count == 20_000)
    #expect(reply.pairs.allSatisfy { $0.name.string == "field \($0.value.number ?? -1)" })
  }

  @Test func readsAReplyOfMegabytesAndRefusesALargerOne() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    _ = await client.said("SETRANGE", "big", "\((15 << 20) - 1)", "x")
    #expect(try await client.send(RedisCommand("GET", "big")).byteCount == 15 << 20)
    _ = await client.said("SETRANGE", "big", "\((16 << 20) - 1)", "x")
    #expect(await client.said("GET", "big") == "<reply_too_large>")
    #expect(await client.said("STRLEN", "big") == "\(16 << 20)")
  }

  @Test func answersManyCallersRight() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    await withTaskGroup(of: Bool.self) { group in
      for caller in 0..<64 {
        group.addTask {
          for round in 0..<100 where await client.said("ECHO", "\(caller) \(round)") != "\(caller) \(round)" {
            return false
          }
          return true
        }
      }
      for await isRight in group { #expect(isRight) }
    }
    #expect(await client.said("CLIENT", "LIST").split(separator: "\n").count == 1)
  }

  @Test func saysWhoItIsAndSelectsItsDatabase() async throws {
    let server = try await RedisServer(["--requirepass", "pw"])
    let client = server.patientClient {
      $0.password = .text("pw")
      $0.database = 3
      $0.clientName = "node-1"
    }
    let line = await client.said("CLIENT", "INFO")
    #expect(line.contains(" name=node-1 ") && line.contains(" db=3 ") && line.contains(" user=default "))
  }

  @Test func closesForGood() async throws {
    let server = try await RedisServer()
    let client = server.patientClient()
    let blocked = Task { await client.said("BLPOP", "none", "0") }
    while client.pendingCommands == 0 { await Task.yield() }
    let running = Task { await client.run() }
    // The connection is there when another's list shows two.
    let other = server.patientClient()
    _ = await other.ask(["CLIENT", "LIST"]) { $0.contains("cmd=blpop") }
    running.cancel()
    await running.value
    #expect(await blocked.value == "<outcome_unknown>")
    #expect(await client.said("PING") == "<closed>")
    #expect(await client.pipeline([RedisCommand("PING")]).map(\.shown) == ["<closed>"])
    _ = await other.ask(["CLIENT", "LIST"]) { $0.split(separator: "\n").count == 1 }
    await client.close()
  }

  @Test func closesItsConnectionWithItsLastReference() async throws {
    let server = try await RedisServer()
    for _ in 0..<20 {
      let client = server.patientClient()
      #expect(await client.said("PING") == "PONG")
    }
    let other = server.patientClient()
    _ = await other.ask(["CLIENT", "LIST"]) { $0.split(separator: "\n").count == 1 }
  }
}
