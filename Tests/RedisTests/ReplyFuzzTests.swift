import Foundation
import Redis
import Testing

/// Replies changed at random, from a seed: 2 seconds here, `QUORATE_FUZZ_SECONDS=60` in `make fuzz-redis`, and
/// `QUORATE_FUZZ_SEED` to see a failure again.
@Suite struct ReplyFuzzTests {
  @Test func noBytesBreakTheReader() throws {
    let environment = ProcessInfo.processInfo.environment
    let seconds = environment["QUORATE_FUZZ_SECONDS"].flatMap(Double.init) ?? 2
    var seed = environment["QUORATE_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 0...UInt64.max)
    let end = ContinuousClock.now + .seconds(seconds)
    var rounds = 0
    var refused = 0
    repeat {
      // Before, because a crash says nothing afterwards.
      if rounds % 1_000 == 0 { note(seed) }
      var chance = SeededChance(seed: seed)
      if try !feed(ReplyMutation.bytes(&chance), &chance) { refused += 1 }
      rounds += 1
      seed &+= 1
    } while .now < end
    print("\(rounds) replies, \(refused) of them refused")
    // Both sides of it were seen, or this tests nothing.
    #expect(refused > rounds / 100 && refused < rounds)
    #expect(rounds > 100)
  }

  /// False: refused. Whatever the pieces, the outcome is the same, and all of each reply can be read.
  private func feed(_ bytes: [UInt8], _ chance: inout SeededChance) throws -> Bool {
    var limits = ReplyLimits()
    limits.bytes = 4_096
    limits.elements = 512
    let whole = outcome([bytes], limits)
    var pieces: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
      let length = min(bytes.count - start, Int.random(in: 1...64, using: &chance))
      pieces.append(Array(bytes[start..<start + length]))
      start += length
    }
    let inPieces = outcome(pieces, limits)
    // A fault loses the replies that came with it in one piece, so their number differs then.
    if whole.error == nil { #expect(whole.shown == inPieces.shown) }
    #expect((whole.error == nil) == (inPieces.error == nil), "\(String(decoding: bytes, as: UTF8.self))")
    return whole.error == nil
  }

  private func outcome(_ pieces: [[UInt8]], _ limits: ReplyLimits) -> (shown: [String], error: RedisError?) {
    guard let parser = RedisReplyParser(limits: limits) else { return ([], .closed) }
    var shown: [String] = []
    for piece in pieces {
      do throws(RedisError) {
        for reply in try parser.feed(piece) { shown.append(reply.shown) }
      } catch {
        return (shown, error)
      }
    }
    return (shown, nil)
  }

  /// The seed from which to start, for the case that the process dies.
  private func note(_ seed: UInt64) {
    guard let path = ProcessInfo.processInfo.environment["QUORATE_FUZZ_NOTE"] else { return }
    try? "\(seed)\n".write(toFile: path, atomically: true, encoding: .utf8)
  }
}

/// SplitMix64: the same numbers from the same seed, everywhere.
struct SeededChance: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
