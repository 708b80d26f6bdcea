import Addresses
import Redis
import RedisTestServer
import Testing

/// A client that is told by Sentinels where the primary is.
@Suite(.serialized) struct SentinelClientTests {
  private func settings(_ set: SentinelSet) -> RedisSettings {
    var settings = RedisSettings(.unix(path: ""))
    settings.topology = .sentinel(
      set.sentinelPorts.map { .tcp(host: "127.0.0.1", port: $0) }, master: SentinelSet.master)
    settings.clientName = "the-client"
    // With the patience that a busy machine may need.
    settings.limits.commandDeadline = .seconds(10)
    settings.limits.dialDeadline = .seconds(10)
    return settings
  }

  private func names(_ set: SentinelSet, _ member: Int) throws -> Int {
    let list = try set.ask(member, "CLIENT", "LIST").text ?? ""
    return list.split(separator: "\n").count { $0.contains("name=the-client ") }
  }

  @Test("The old primary, paused and woken, is left for good, by commands and subscriptions")
  func theOldPrimaryIsLeft() async throws {
    let set = try await SentinelSet(ServerAccess(password: "s3cret", sentinelPassword: "watch"))
    var settings = settings(set)
    settings.password = .text("s3cret")
    settings.sentinelPassword = .text("watch")
    let client = RedisClient(settings)
    var events = client.subscribe(to: ["news"]).makeAsyncIterator()
    guard case .subscribed? = await events.next() else {
      Issue.record("not subscribed")
      return
    }
    #expect(await client.said("SET", "k", "1") == "OK")
    #expect(try names(set, 0) == 2)
    set.members[0].server.pause()
    let next = try await set.primary(after: 0)
    #expect(await client.ask(["SET", "k", "2"]) { $0 == "OK" } == "OK")
    while let event = await events.next() { if case .gap = event { break } }
    #expect(try set.ask(next, "GET", "k") == .text("2"))
    #expect(try names(set, next) == 2)
    set.members[0].server.resume()
    try await TestQuestion.until("nothing of ours is at the old one") { try names(set, 0) == 0 }
    #expect(try set.ask(0, "GET", "k").text != nil)
    try await set.isReplica(0)
    #expect(try names(set, 0) == 0)
    await client.close()
  }

  @Test("A Sentinel that hangs and one that is gone keep nobody from the primary")
  func mostSentinelsAreEnough() async throws {
    let set = try await SentinelSet()
    set.sentinels[0].pause()
    set.sentinels[1].kill()
    let client = RedisClient(settings(set))
    #expect(await client.ask(["SET", "k", "1"]) { $0 == "OK" } == "OK")
    set.sentinels[2].kill()
    await client.close()
    let other = RedisClient(settings(set))
    #expect(await other.said("GET", "k") == "<unreachable>")
    await other.close()
    set.sentinels[0].resume()
  }

  @Test("A master that the Sentinels do not know is told as that")
  func anUnknownMaster() async throws {
    let set = try await SentinelSet()
    var settings = settings(set)
    settings.topology = .sentinel([.tcp(host: "127.0.0.1", port: set.sentinelPorts[0])], master: "other")
    let client = RedisClient(settings)
    await #expect(throws: RedisError.unreachable(#"the Sentinels know no master "other""#)) {
      try await client.send(RedisCommand("PING"))
    }
    await client.close()
  }

  /// A Sentinel made it a replica without a word to its clients.
  @Test("A server that becomes a replica is left within a second or two")
  func whoBecomesAReplicaIsLeft() async throws {
    let asked = Watched(0)
    let server = try await FakeServer { connection, command in
      guard command == ["ROLE"] else { return .ok }
      asked.change { $0 += 1 }
      let count = asked.value
      return .bytes("*3\r\n$\(count < 3 || connection > 1 ? "6\r\nmaster" : "5\r\nslave")\r\n:0\r\n*0\r\n")
    }
    var settings = server.settings
    settings.topology = RedisTopology.sentinel([server.address], master: "m")
    let events = Watched<[RedisLinkEvent]>([])
    let client = RedisClient(settings, locator: FixedLocator(server.address)) { event in
      events.change { $0.append(event) }
    }
    #expect(await client.said("PING") == "OK")
    await events.wait { $0.count >= 2 }
    #expect(events.value[1] == .lost(.unreachable("\(server.address) is a replica now")))
    #expect(await client.said("PING") == "OK", "it dials again, and asks for the role before anything else")
    #expect(server.commands.filter { $0 == ["ROLE"] }.count >= 4)
    await client.close()
  }

  @Test("A replica that is dialed is not used")
  func aReplicaIsNotUsed() async throws {
    let server = try await FakeServer { _, command in
      command == ["ROLE"] ? .bytes("*2\r\n$5\r\nslave\r\n:0\r\n") : .ok
    }
    var settings = server.settings
    settings.topology = RedisTopology.sentinel([server.address], master: "m")
    settings.limits.commandDeadline = .milliseconds(300)
    let client = RedisClient(settings, locator: FixedLocator(server.address))
    await #expect(
      throws: RedisError.unreachable("the server that the Sentinels name is a replica")
    ) { try await client.send(RedisCommand("SET", "k", "v")) }
    #expect(!server.commands.contains { $0.first == "SET" })
    await client.close()
  }
}
