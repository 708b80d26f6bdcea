/// Durations and counts as people say them.
package enum Words {
  /// `1.4 s`, `42 s`, `4 min`, `3 h`, `5 days`. What lies ahead, because clocks differ, counts as now.
  package static func age(_ ms: Int64) -> String {
    let tenths = max(0, ms) / 100
    if tenths < 100 { return "\(tenths / 10).\(tenths % 10) s" }
    let seconds = tenths / 10
    if seconds < 120 { return "\(seconds) s" }
    if seconds < 7200 { return "\(seconds / 60) min" }
    if seconds < 172_800 { return "\(seconds / 3600) h" }
    return "\(seconds / 86_400) days"
  }

  /// A setting in milliseconds: `500 ms`, `2 s`, `1.5 s`.
  static func setting(_ ms: Int) -> String {
    if ms < 1000 { return "\(ms) ms" }
    return ms % 1000 == 0 ? "\(ms / 1000) s" : "\(ms / 1000).\(ms % 1000 / 100) s"
  }

  /// A measurement in microseconds: `0.31 ms`, `1.20 s`.
  static func measured(_ micros: UInt32) -> String {
    micros < 1_000_000 ? hundredths(UInt64(micros), "ms") : hundredths(UInt64(micros) / 1000, "s")
  }

  /// Thousandths of a unit as that unit, rounded.
  private static func hundredths(_ thousandths: UInt64, _ unit: String) -> String {
    let hundredths = (thousandths + 5) / 10
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) \(unit)"
  }

  /// `1 node`, `2 nodes`.
  package static func count(_ count: Int, _ one: String) -> String {
    "\(count) \(one)\(count == 1 ? "" : "s")"
  }

  /// `a`, `a and b`, `a, b and c`.
  package static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }
}
