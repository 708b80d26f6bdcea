import Glibc
import Health

/// The machine's name as the name of a node.
enum HostName {
  static func current() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    // The last byte stays 0 even where the system cuts the name.
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Every character that a node's name may not have becomes `-`; `node` where nothing is left.
  static func asNode(_ name: String) -> String {
    let fitting = name.unicodeScalars.prefix(NameRule.longest).map { scalar in
      NameRule.plain.allows(String(scalar)) ? String(scalar) : "-"
    }.joined()
    return NameRule.plain.allows(fitting) ? fitting : "node"
  }
}
