import Health
import Testing

@Suite struct StableHashTests {
  /// Nodes of different versions must agree: these values never change.
  @Test func isTheSameForever() {
    #expect(StableHash.of() == 0xc381_7c01_6ba4_ff30)
    #expect(StableHash.of("foo.com", "127.0.0.1:80", "a") == 0x4671_44a2_e75b_7d16)
  }

  @Test func keepsPartsApart() {
    #expect(StableHash.of("ab", "c") != StableHash.of("a", "bc"))
    #expect(StableHash.of("ab") != StableHash.of("ab", ""))
  }

  /// Names that differ in their last digit alone must land far apart: 1,000 of them fill 16 equal parts evenly.
  @Test func spreadsSimilarNames() {
    var counts = [Int](repeating: 0, count: 16)
    for port in 0..<1000 { counts[Int(StableHash.of("u", "127.0.0.1:\(8000 + port)", "n") >> 60)] += 1 }
    for count in counts { #expect((30...95).contains(count)) }
  }
}
