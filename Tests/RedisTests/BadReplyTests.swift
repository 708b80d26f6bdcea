import Redis
import RedisTestServer
import Testing

/// A server that answers nonsense: the class of the error, a closed connection, and a client that goes on.
@Suite(.timeLimit(.minutes(5))) struct BadReplyTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let bytes: String
    let name: String
    var testDescription: String { String(bytes.prefix(20)) }

    init(_ bytes: String, _ name: String) {
      self.bytes = bytes
      self.name = name
    }
  }

  @Test(arguments: [
    Case("!oops\r\n", "protocol_violation"),
    Case("$-2\r\n", "protocol_violation"),
    Case("$3\r\nabcdef\r\n", "protocol_violation"),
    Case("*3\r\n:1\r\n:x\r\n", "protocol_violation"),
    Case("%1\r\n+a\r\n+b\r\n", "protocol_violation"),
    Case(String(repeating: "*1\r\n", count: 9) + ":1\r\n", "protocol_violation"),
    Case("*2000000\r\n", "reply_too_large"),
  ]) func isAnErrorOfItsClass(_ bad: Case) async throws {
    let server = try await FakeServer { connection, command in
      command[0] == "BAD" && connection == 1 ? .bytes(bad.bytes) : .ok
    }
    var settings = server.settings
    settings.limits.reply.bytes = 66_000
    let client = RedisClient(settings)
    #expect(await client.said("GOOD") == "OK")
    let results = await client.pipeline([RedisCommand("GOOD"), RedisCommand("BAD"), RedisCommand("GOOD")])
    #expect(results.map(\.shown) == ["OK", "<\(bad.name)>", "<\(bad.name)>"])
    #expect(await client.said("GOOD") == "OK")
    #expect(server.connections == 2)
    #expect(client.pendingCommands == 0)
  }

  /// A line that does not end is given up. Where the next answer ends it, that one is lost with it.
  @Test func aLineWithoutAnEndIsTooLarge() async throws {
    let server = try await FakeServer { connection, command in
      command[0] == "BAD" && connection == 1 ? .bytes(String(repeating: "+", count: 70_000)) : .ok
    }
    var settings = server.settings
    settings.limits.reply.bytes = 66_000
    let client = RedisClient(settings)
    let results = await client.pipeline([RedisCommand("GOOD"), RedisCommand("BAD"), RedisCommand("GOOD")])
    #expect(results.prefix(2).map(\.shown) == ["OK", "<reply_too_large>"])
    #expect(results.last?.shown != "OK")
    #expect(await client.said("GOOD") == "OK")
    #expect(server.connections == 2)
  }

  /// Its own request alone gets no answer: the connection stays, and those before and behind it are answered.
  @Test(arguments: [
    "$100000\r\n" + String(repeating: "x", count: 100_000) + "\r\n",
    "*10000\r\n" + String(repeating: "$3\r\nabc\r\n", count: 10_000),
  ]) func oneThatIsTooLargeCostsItsOwnRequest(_ bytes: String) async throws {
    let server = try await FakeServer { _, command in command[0] == "BAD" ? .bytes(bytes) : .ok }
    var settings = server.settings
    settings.limits.reply.bytes = 66_000
    let client = RedisClient(settings)
    let results = await client.pipeline(["GOOD", "BAD", "GOOD", "BAD", "GOOD"].map { RedisCommand($0) })
    #expect(results.map(\.shown) == ["OK", "<reply_too_large>", "OK", "<reply_too_large>", "OK"])
    #expect(await client.said("BAD") == "<reply_too_large>")
    #expect(await client.said("GOOD") == "OK")
    #expect(server.connections == 1)
    #expect(client.pendingCommands == 0)
  }

  /// A reply that nothing asked for would be taken for the next command's.
  @Test func aReplyTooManyEndsTheConnection() async throws {
    let server = try await FakeServer { connection, command in
      command[0] == "TWO" ? .bytes("+1\r\n+2\r\n") : .bytes("+\(connection)\r\n")
    }
    let journal = Journal<RedisLinkEvent>()
    let client = RedisClient(server.settings) { journal.add($0) }
    #expect(await client.said("TWO") == "1")
    await journal.wait { $0.contains { if case .lost = $0 { true } else { false } } }
    #expect(await client.said("WHERE") == "2")
  }
}
