/// Lengths of time as people write them: `20 s`, `800 ms`, `10.711 s`, `1 h`. What is read is what was written.
enum TimeText {
  static func write(ms: Int64) -> String {
    if ms < 0 { return "-" + write(ms: -ms) }
    if ms > 0, ms % 3_600_000 == 0 { return "\(ms / 3_600_000) h" }
    if ms % 1000 == 0 { return "\(ms / 1000) s" }
    return ms < 1000 ? "\(ms) ms" : "\(thousandths(ms)) s"
  }

  static func writeSigned(ms: Int64) -> String { (ms < 0 ? "" : "+") + write(ms: ms) }

  /// Nil: no length of time.
  static func readMs(_ number: some StringProtocol, unit: some StringProtocol) -> Int64? {
    guard !number.hasPrefix("+"), !number.hasPrefix("-") else { return nil }
    switch unit {
    case "ms": return Int64(number)
    case "s": return readThousandths(number)
    case "h":
      guard let hours = Int64(number), hours <= 1_000_000 else { return nil }
      return hours * 3_600_000
    default: return nil
    }
  }

  /// With three digits after the point.
  static func thousandths(_ number: Int64) -> String {
    let rest = number % 1000
    return "\(number / 1000)." + (rest < 10 ? "00" : rest < 100 ? "0" : "") + "\(rest)"
  }

  /// `20`, `1.5` or `10.711` as 20,000, 1,500 and 10,711. Nil: no such number, or one of 10^12 and more.
  static func readThousandths(_ text: some StringProtocol) -> Int64? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy({ $0.allSatisfy { ("0"..."9").contains($0) } }),
      parts[0].count <= 9, let whole = Int64(parts[0])
    else { return nil }
    guard parts.count == 2 else { return whole * 1000 }
    guard (1...3).contains(parts[1].count) else { return nil }
    let digits = parts[1] + String(repeating: "0", count: 3 - parts[1].count)
    return Int64(digits).map { whole * 1000 + $0 }
  }
}
