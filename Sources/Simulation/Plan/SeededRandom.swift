/// Chance that can be had again: the same seed, the same draws, on every machine.
package struct SeededRandom: Sendable {
  private var state: UInt64

  /// - Parameter stream: draws of one stream do not disturb another's.
  package init(seed: UInt64, stream: UInt64 = 0) {
    state = seed &* 0x9e37_79b9_7f4a_7c15 &+ stream &* 0xd1b5_4a32_d192_ed03 &+ 1
    _ = next()
  }

  /// splitmix64.
  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  package mutating func between(_ low: Int64, _ high: Int64) -> Int64 {
    guard low < high else { return low }
    // The high half of the product is the draw scaled to the range.
    return low + Int64(next().multipliedFullWidth(by: UInt64(high - low) + 1).high)
  }

  package mutating func index(_ count: Int) -> Int { Int(between(0, Int64(max(count, 1) - 1))) }

  /// - Parameter permille: 0 never, 1000 always.
  package mutating func chance(_ permille: Int64) -> Bool { between(1, 1000) <= permille }

  /// - Parameter values: not empty, or `fallback` is taken.
  package mutating func pick<Value>(_ values: [Value], or fallback: Value) -> Value {
    values.isEmpty ? fallback : values[index(values.count)]
  }

  package mutating func shuffle<Value>(_ values: [Value]) -> [Value] {
    var values = values
    for place in values.indices { values.swapAt(place, place + index(values.count - place)) }
    return values
  }
}
