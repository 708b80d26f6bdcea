import Redis
import Testing

/// The slots are those that a server tells of the same keys (CLUSTER KEYSLOT).
struct HashSlotTests {
  @Test(arguments: [
    ("foo", 12182), ("bar", 5061), ("123456789", 12739), ("", 0),
    ("{user1000}.following", 3443), ("user1000", 3443),
    ("foo{}{bar}", 8363), ("foo{{bar}}zap", 4015), ("foo{bar}{zap}", 5061), ("{}", 15257), ("a{b", 13340),
    ("a}b{c}", 7365), ("quorate:{default:foo.com}:head", 12045),
  ]) func aKeyHasTheSlotThatRedisTells(_ key: String, _ slot: Int) {
    #expect(HashSlot.of(Array(key.utf8)[...]) == slot)
  }

  @Test(arguments: [
    (["GET", "k"], "k"), (["HMGET", "k", "f"], "k"), (["XRANGE", "k", "-", "+"], "k"), (["PTTL", "k"], "k"),
    (["EVALSHA", "digest", "2", "k", "other", "argument"], "k"),
    (["EVAL", "return 1", "0", "argument"], nil),
    (["PING"], nil), (["TIME"], nil), (["GET"], nil), (["EVAL", "return 1", "1"], nil),
  ]) func aCommandHasAKeyOrNone(_ words: [String], _ key: String?) {
    let command = RedisCommand(words[0], arguments: Array(words.dropFirst()))
    #expect(command.key.map { String(decoding: $0, as: UTF8.self) } == key)
  }
}
