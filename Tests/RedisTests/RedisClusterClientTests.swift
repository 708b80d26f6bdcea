import Addresses
import NIOConcurrencyHelpers
import Redis
import RedisTestServer
import Testing

/// A client of a real Redis Cluster of three primaries and their replicas.
@Suite(.serialized) struct RedisClusterClientTests {
  private func client(_ set: RedisClusterSet) -> RedisClient {
    var settings = RedisSettings(.unix(path: ""))
    settings.topology = .cluster(set.members.prefix(3).map { .tcp(host: "127.0.0.1", port: $0.port) })
    settings.clientName = "the-client"
    // With the patience that a busy machine may need.
    settings.limits.commandDeadline = .seconds(10)
    settings.limits.dialDeadline = .seconds(10)
    return RedisClient(settings)
  }

  @Test("Commands go where their keys are, and are answered in their order")
  func commandsGoWhereTheirSlotIs() async throws {
    let set = try await RedisClusterSet()
    let client = client(set)
    let answers = await client.pipeline(
      (0..<300).flatMap { [RedisCommand("SET", "k\($0)", "v\($0)"), RedisCommand("GET", "k\($0)")] })
    #expect(answers.map(\.shown) == (0..<300).flatMap { ["OK", "v\($0)"] })
    for member in 0..<3 { #expect(try set.ask(member, "DBSIZE").integer ?? 0 > 50) }
    let script = RedisScript("return redis.call('GET', KEYS[1])")
    let calls = (0..<20).map { RedisScriptCall(script, keys: ["k\($0)"], arguments: []) }
    #expect(
      await client.evaluate(calls).map(\.shown) == (0..<20).map { "v\($0)" }, "scripts that no server has yet"
    )
    #expect(await client.said("PING") == "PONG")
    #expect(
      await client.said("EVAL", "return 1", "2", "a", "b") == "<server>", "keys of two slots: CROSSSLOT")
    await client.close()
  }

  @Test("A slot that moves is followed, key by key, while it is written")
  func aSlotThatMovesIsFollowed() async throws {
    let set = try await RedisClusterSet()
    let client = client(set)
    let keys = (0..<40).map { "{a}\($0)" }
    for key in keys { #expect(await client.said("SET", key, "0") == "OK") }
    let slot = try set.slot(of: "{a}")
    let owner = try #require(set.owner(of: slot))
    let isMoved = NIOLockedValueBox(false)
    let count = Task {
      var count = 0
      while !isMoved.withLockedValue({ $0 }) {
        let answers = await client.pipeline(keys.map { RedisCommand("INCR", $0) })
        count += 1
        guard answers.map(\.shown) == keys.map({ _ in "\(count)" }) else { return "\(answers.map(\.shown))" }
      }
      return "\(count)"
    }
    try set.beginMoving(slot: slot, to: (owner + 1) % 3)
    while try set.moveKeys(slot: slot, to: (owner + 1) % 3, limit: 1) > 0 {}
    try set.finishMoving(slot: slot, to: (owner + 1) % 3)
    isMoved.withLockedValue { $0 = true }
    let counted = await count.value
    #expect(Int(counted) != nil, "\(counted)")
    #expect(await client.said("GET", keys[0]) == counted, "each was done once")
    await client.close()
  }

  @Test("A command on two keys of which one has moved waits until the other has")
  func halfASlotIsWaitedFor() async throws {
    let set = try await RedisClusterSet()
    let client = client(set)
    for key in ["{a}1", "{a}2"] { #expect(await client.said("SET", key, "v") == "OK") }
    let slot = try set.slot(of: "{a}")
    let owner = try #require(set.owner(of: slot))
    try set.beginMoving(slot: slot, to: (owner + 1) % 3)
    try set.moveKeys(slot: slot, to: (owner + 1) % 3, limit: 1)
    #expect(await client.said("MGET", "{a}1", "{a}2") == "<try_again>", "and not for ever")
    async let answer = client.said("MGET", "{a}1", "{a}2")
    try set.moveKeys(slot: slot, to: (owner + 1) % 3)
    #expect(await answer == "[v v]")
    await client.close()
  }

  @Test("A server that ends is replaced, also for a subscription; the others are not disturbed")
  func aReplicaTakesOver() async throws {
    let set = try await RedisClusterSet()
    let client = client(set)
    var events = client.subscribe(to: ["news"]).makeAsyncIterator()
    guard case .subscribed? = await events.next() else {
      Issue.record("not subscribed")
      return
    }
    let place = try #require(try (0..<6).first { try set.ask($0, "PUBSUB", "CHANNELS").list.count == 1 })
    #expect(place < 3)
    let key = try #require(
      try (0..<1000).map { "k\($0)" }.first { set.owner(of: try set.slot(of: $0)) == place })
    let other = try #require(
      try (0..<1000).map { "k\($0)" }.first { set.owner(of: try set.slot(of: $0)) != place })
    #expect(await client.said("SET", key, "v") == "OK")
    #expect(await client.said("SET", other, "v") == "OK")
    set.members[place].server.stop()
    #expect(await client.said("GET", other) == "v")
    #expect(await client.ask(["GET", key]) { $0 == "v" } == "v")
    while let event = await events.next() { if case .gap = event { break } }
    try set.ask((place + 1) % 3, "PUBLISH", "news", "told")
    guard case .message(_, let payload)? = await events.next() else {
      Issue.record("no message")
      return
    }
    #expect(payload.string == "told", "what is published at one server is heard at all")
    await client.close()
  }

  @Test("A cluster that is down says so, and is well again without a word")
  func aClusterThatIsDownSaysSo() async throws {
    let set = try await RedisClusterSet()
    let client = client(set)
    let key = try #require(try (0..<1000).map { "k\($0)" }.first { set.owner(of: try set.slot(of: $0)) == 0 })
    #expect(await client.said("SET", key, "v") == "OK")
    for member in 1..<6 { set.members[member].server.pause() }
    #expect(await client.ask(["GET", key]) { $0 == "<cluster_down>" } == "<cluster_down>")
    for member in 1..<6 { set.members[member].server.resume() }
    #expect(await client.ask(["GET", key]) { $0 == "v" } == "v")
    await client.close()
  }

  @Test("What is no Redis Cluster is told as that")
  func aServerThatIsNone() async throws {
    let port = try FreePort.findToKeep()
    let server = try await RedisServer(["--port", "\(port)", "--bind", "127.0.0.1"])
    var settings = RedisSettings(.unix(path: ""))
    settings.topology = .cluster([.tcp(host: "127.0.0.1", port: port)])
    let client = RedisClient(settings)
    await #expect(
      throws: RedisError.server(code: "ERR", text: "ERR This instance has cluster support disabled")
    ) {
      try await client.send(RedisCommand("GET", "k"))
    }
    await client.close()
    server.stop()
  }
}
