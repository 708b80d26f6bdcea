/// Which of the slots of a Redis Cluster a key lies in.
package enum HashSlot {
  package static let count = 16_384

  /// By what stands between the first `{` and the next `}`, unless that is nothing; else by all of the key.
  package static func of(_ key: ArraySlice<UInt8>) -> Int {
    var tag = key
    if let open = key.firstIndex(of: UInt8(ascii: "{")) {
      let behind = key[(open + 1)...]
      if let close = behind.firstIndex(of: UInt8(ascii: "}")), close > behind.startIndex {
        tag = behind[..<close]
      }
    }
    return Int(crc16(tag)) % count
  }

  /// CRC-16/XMODEM: polynomial 0x1021, from 0.
  private static func crc16(_ bytes: ArraySlice<UInt8>) -> UInt16 {
    bytes.reduce(0) { crc, byte in (crc << 8) ^ table[Int(UInt8(crc >> 8) ^ byte)] }
  }

  private static let table: [UInt16] = (0..<256).map { index in
    (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : (crc << 1) ^ 0x1021 }
  }
}

extension RedisCommand {
  /// Its first key, which tells where it is to be sent; nil: it has none, and any server will do. All keys of a command
  /// of ours lie in one slot.
  package var key: ArraySlice<UInt8>? {
    switch String(decoding: argument(0) ?? [], as: UTF8.self) {
    case "EVAL", "EVALSHA":
      // The script, how many keys, the keys.
      guard let count = argument(2), count != [UInt8(ascii: "0")] else { return nil }
      return argument(3)
    case "PING", "TIME", "ROLE", "INFO", "CLUSTER", "SCRIPT", "CONFIG", "CLIENT", "ACL", "PUBLISH",
      "FLUSHALL":
      return nil
    default: return argument(1)
    }
  }

  private func argument(_ number: Int) -> ArraySlice<UInt8>? {
    guard ends.indices.contains(number) else { return nil }
    return bytes[(number == 0 ? 0 : ends[number - 1])..<ends[number]]
  }
}
