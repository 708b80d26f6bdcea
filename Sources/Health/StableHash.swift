/// A hash that is the same on every machine and in every run: FNV-1a, its bits then mixed as splitmix64 does
/// (FNV alone leaves the high bits of short, similar names close together).
package struct StableHash: Sendable {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  /// Adds a part. Parts are kept apart: ("ab", "c") and ("a", "bc") differ.
  package mutating func combine(_ part: String) {
    for byte in part.utf8 { add(byte) }
    add(0xff)  // never a byte of UTF-8
  }

  private mutating func add(_ byte: UInt8) {
    state = (state ^ UInt64(byte)) &* 0x100_0000_01b3
  }

  package var value: UInt64 {
    var mixed = state &+ 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// The hash of several parts in order.
  package static func of(_ parts: String...) -> UInt64 {
    var hash = StableHash()
    for part in parts { hash.combine(part) }
    return hash.value
  }
}
