import RedisTestServer
import Testing

/// The sets of servers that other tests break.
@Suite(.serialized) struct ServerSetTests {
  @Test("Sentinels make another primary, and the old one follows it when it wakes")
  func sentinelsReplaceAPrimary() async throws {
    let set = try await SentinelSet(ServerAccess(password: "s3cret", sentinelPassword: "watch"))
    #expect(set.primary == 0)
    try set.ask(0, "SET", "k", "v")
    set.members[0].server.pause()
    let next = try await set.primary(after: 0)
    #expect(try set.ask(next, "GET", "k") == .text("v"))
    set.members[0].server.resume()
    try await set.isReplica(0)
    let other = try FreePort.findToKeep()
    try set.name(primary: other)
    for sentinel in set.sentinels {
      let named = try sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SentinelSet.master)
      #expect(named.list.last == .text("\(other)"))
    }
  }

  @Test("A slot of a Redis Cluster moves, and a replica takes a killed primary's slots")
  func clusterMovesAndRecovers() async throws {
    let set = try await RedisClusterSet(ServerAccess(password: "s3cret"))
    let slot = try set.slot(of: "{a}")
    let owner = try #require(set.owner(of: slot))
    let target = (owner + 1) % 3
    try set.ask(owner, "SET", "{a}1", "v")
    try set.ask(owner, "SET", "{a}2", "v")
    try set.beginMoving(slot: slot, to: target)
    try set.move(["{a}2"], from: owner, to: target)
    #expect(try set.ask(owner, "GET", "{a}1") == .text("v"))
    #expect(
      try set.ask(owner, "GET", "{a}2") == .error("ASK \(slot) 127.0.0.1:\(set.members[target].port)"))
    try set.moveKeys(slot: slot, to: target)
    try set.finishMoving(slot: slot, to: target)
    #expect(try await set.owner(of: slot, after: owner) == target)
    #expect(try set.ask(owner, "GET", "{a}1").error?.hasPrefix("MOVED \(slot) ") == true)
    set.members[target].server.stop()
    #expect(try await set.owner(of: slot, after: target) == target + 3)
    #expect(try set.ask(target + 3, "GET", "{a}1") == .text("v"))
  }
}
