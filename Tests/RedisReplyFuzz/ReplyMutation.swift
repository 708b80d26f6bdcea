/// Bytes that are nearly replies.
enum ReplyMutation {
  static func bytes(_ chance: inout SeededChance) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...4, using: &chance) { write(&bytes, depth: 0, &chance) }
    if Int.random(in: 0..<20, using: &chance) == 0 { writeExtreme(&bytes, &chance) }
    // A quarter stays as it is.
    for _ in 0..<Int.random(in: 0...3, using: &chance) { change(&bytes, &chance) }
    return bytes
  }

  /// Deep, large, or without an end.
  private static func writeExtreme(_ bytes: inout [UInt8], _ chance: inout SeededChance) {
    switch Int.random(in: 0..<4, using: &chance) {
    case 0:
      for _ in 0..<Int.random(in: 1...40, using: &chance) { bytes += Array("*1\r\n".utf8) }
      bytes += Array(":1\r\n".utf8)
    case 1:
      let length = Int.random(in: 3_000...6_000, using: &chance)
      bytes += Array("$\(length)\r\n".utf8) + [UInt8](repeating: 120, count: length) + [13, 10]
    case 2:
      let count = Int.random(in: 400...600, using: &chance)
      bytes += Array(("*\(count)\r\n" + String(repeating: ":1\r\n", count: count)).utf8)
    default:
      bytes += [43] + [UInt8](repeating: 120, count: Int.random(in: 4_000...70_000, using: &chance))
    }
  }

  private static func write(_ bytes: inout [UInt8], depth: Int, _ chance: inout SeededChance) {
    switch Int.random(in: 0..<(depth < 9 ? 9 : 6), using: &chance) {
    case 0: bytes += Array("+status \(UInt8.random(in: 0...255, using: &chance))\r\n".utf8)
    case 1: bytes += Array("-ERR \(UInt8.random(in: 0...255, using: &chance))\r\n".utf8)
    case 2: bytes += Array(":\(Int.random(in: .min ... .max, using: &chance))\r\n".utf8)
    case 3: bytes += Array("$-1\r\n".utf8)
    case 4: bytes += Array("*-1\r\n".utf8)
    case 5:
      let length = Int.random(in: 0...100, using: &chance)
      bytes += Array("$\(length)\r\n".utf8)
      for _ in 0..<length { bytes.append(.random(in: 0...255, using: &chance)) }
      bytes += [13, 10]
    default:
      let count = Int.random(in: 0...4, using: &chance)
      bytes += Array("*\(count)\r\n".utf8)
      for _ in 0..<count { write(&bytes, depth: depth + 1, &chance) }
    }
  }

  /// Lengths at the borders of what C's types hold, and what RESP3 begins with.
  private static let tokens = [
    "\r", "\n", "\r\n", "0", "-", "$", "*", "+", ":", "%", "_", "-2", "2147483647", "2147483648",
    "4294967296",
    "9223372036854775807", "-9223372036854775808", "18446744073709551615", "$2147483647\r\n", "*513\r\n",
    "*2147483647\r\n", "$9223372036854775807\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
  ]

  private static func change(_ bytes: inout [UInt8], _ chance: inout SeededChance) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &chance)
    let length = min(bytes.count - place, Int.random(in: 1...16, using: &chance))
    switch Int.random(in: 0..<6, using: &chance) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &chance)
    case 1: bytes[place] = .random(in: 0...255, using: &chance)
    case 2: bytes.removeSubrange(place..<place + length)
    case 3: bytes.insert(contentsOf: Array(bytes[place..<place + length]), at: place)
    case 4: bytes.removeSubrange(place...)
    default:
      let token = tokens[Int.random(in: 0..<tokens.count, using: &chance)]
      bytes.replaceSubrange(
        place..<place + Int.random(in: 0...length, using: &chance), with: Array(token.utf8))
    }
  }
}
