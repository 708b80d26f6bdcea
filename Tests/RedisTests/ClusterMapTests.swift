import Addresses
import Redis
import Testing

struct ClusterMapTests {
  private let asked = RedisAddress.tcp(host: "10.0.0.9", port: 7000)

  private func a(_ port: Int, _ host: String = "10.0.0.1") -> RedisAddress { .tcp(host: host, port: port) }

  /// CLUSTER SLOTS as a server writes it: first and last slot, host and port of the primary.
  private func map(_ ranges: [(Int, Int, String?, Int)]) throws -> ClusterMap? {
    var text = "*\(ranges.count)\r\n"
    for (first, last, host, port) in ranges {
      let host = host.map { "$\($0.utf8.count)\r\n\($0)\r\n" } ?? "$-1\r\n"
      text +=
        "*4\r\n:\(first)\r\n:\(last)\r\n*3\r\n\(host):\(port)\r\n$2\r\nid\r\n*3\r\n$8\r\n10.0.0.2\r\n:7001\r\n$3\r\nid2\r\n"
    }
    return ClusterMap(try reply(text), toldBy: asked)
  }

  private func reply(_ text: String) throws -> RedisReply {
    try #require(try RedisReplyParser()?.feed(Array(text.utf8)).first)
  }

  @Test func primariesHaveTheirSlots() throws {
    let map = try #require(
      try map([
        (0, 5460, "10.0.0.1", 7001), (5461, 10922, "10.0.0.1", 7002), (16383, 16383, "10.0.0.1", 7001),
      ]))
    #expect(map.primaries == [a(7001), a(7002)])
    #expect([0, 5460, 5461, 10922, 16383].map(map.owner) == [a(7001), a(7001), a(7002), a(7002), a(7001)])
    #expect(map.owner(of: 10923) == nil, "nobody has it")
  }

  /// A server that was never met by its own address does not know it.
  @Test(arguments: [nil, "", "?"] as [String?]) func aHostThatIsLeftOutIsThatOfWhoTold(_ host: String?) throws
  {
    let map = try #require(try map([(0, 16383, host, 7005)]))
    #expect(map.primaries == [a(7005, "10.0.0.9")])
  }

  @Test(arguments: [
    "+OK\r\n", "*1\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n",
    "*1\r\n*3\r\n:5\r\n:4\r\n*2\r\n$1\r\na\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:70000\r\n",
    "*1\r\n*3\r\n:0\r\n:1\r\n*1\r\n$1\r\na\r\n",
  ]) func whatIsNoMapIsNone(_ text: String) throws {
    #expect(ClusterMap(try reply(text), toldBy: asked) == nil)
  }

  @Test func aSlotThatMovesIsElsewhere() throws {
    var map = try #require(try map([(0, 16383, "10.0.0.1", 7001)]))
    map.move(5, to: a(7002))
    map.move(6, to: a(7001))
    #expect([4, 5, 6].map(map.owner) == [a(7001), a(7002), a(7001)])
    #expect(map.primaries == [a(7001), a(7002)])
  }

  /// A primary that was paused through its fail-over still tells that it has its slots.
  @Test func whoseEpochIsHighestKnows() throws {
    let old = try #require(try map([(0, 16383, "10.0.0.1", 7001)]))
    let new = try #require(try map([(0, 16383, "10.0.0.1", 7002)]))
    #expect(ClusterMap.newest([(6, old), (6, old), (7, new)]) == new)
    #expect(ClusterMap.newest([(7, old), (7, new), (7, new)]) == new, "of equals most")
    #expect(ClusterMap.newest([]) == nil)
  }

  @Test(
    arguments: [
      ("10.0.0.1:7002", RedisAddress.tcp(host: "10.0.0.1", port: 7002)),
      (":7002", .tcp(host: "10.0.0.9", port: 7002)), ("?:7002", .tcp(host: "10.0.0.9", port: 7002)),
      ("redis-2.internal:6379", .tcp(host: "redis-2.internal", port: 6379)),
      ("::1:7002", .tcp(host: "::1", port: 7002)),
      ("nowhere", nil), ("10.0.0.1:", nil), ("10.0.0.1:0", nil), ("10.0.0.1:70000", nil),
    ] as [(String, RedisAddress?)]) func aRedirectionNamesAPlace(_ text: String, _ place: RedisAddress?)
  {
    #expect(RedisAddress(redirection: text, toldBy: asked) == place)
  }
}
