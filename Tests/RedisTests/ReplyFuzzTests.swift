import Redis
import RedisReplyFuzz
import Testing

/// The short form of `make fuzz-redis`.
@Suite struct ReplyFuzzTests {
  @Test func noBytesBreakTheReader() {
    let first = UInt64.random(in: 0...UInt64.max / 2)
    var refused = 0
    let rounds: UInt64 = 5_000
    for seed in first..<first + rounds {
      switch ReplyFuzz.judge(seed: seed) {
      case .read: break
      case .refused: refused += 1
      case .broken(let how): Issue.record("make fuzz-redis SEED=\(seed): \(how)")
      }
    }
    // Both were seen, or this tests nothing.
    #expect(refused > Int(rounds) / 20 && refused < Int(rounds) * 19 / 20)
  }

  /// The judge sees a difference where there is one.
  @Test func theJudgeIsNotBlind() {
    let bytes = Array("+a\r\n".utf8)
    #expect(ReplyFuzz.judge(bytes, in: [bytes]) == .read)
    for other in ["+b\r\n", "!\r\n", "+a\r\n+a\r\n"] {
      guard case .broken = ReplyFuzz.judge(bytes, in: [Array(other.utf8)]) else {
        Issue.record("not seen: \(other)")
        continue
      }
    }
  }
}
