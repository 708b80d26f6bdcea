import Health

/// Numbers and durations as people read them.
enum Words {
  /// `10,000`.
  static func number(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// `1 peer`, `2 peers`.
  static func count(_ count: Int, _ one: String) -> String {
    count == 1 ? "1 \(one)" : "\(number(count)) \(one)s"
  }

  /// A setting: `500 ms`, `2 s`, `1.5 s`.
  static func setting(ms: Int) -> String {
    if ms < 1000 { return "\(ms) ms" }
    return ms % 1000 == 0 ? "\(ms / 1000) s" : "\(ms / 1000).\(tenths(ms % 1000, of: 1000)) s"
  }

  /// A measurement: `90 µs`, `0.4 ms`, `12 ms`, `1.2 s`.
  static func measured(micros: UInt32) -> String {
    let micros = Int(micros)
    if micros < 100 { return "\(micros) µs" }
    if micros < 10_000 { return "\(micros / 1000).\(tenths(micros % 1000, of: 1000)) ms" }
    if micros < 1_000_000 { return "\(micros / 1000) ms" }
    return "\(micros / 1_000_000).\(tenths(micros % 1_000_000, of: 1_000_000)) s"
  }

  private static func tenths(_ part: Int, of whole: Int) -> Int { part * 10 / whole }

  /// `http every 2 s · timeout 1 s · fall 3 · rise 2`, and what else is not usual.
  static func summary(of checker: Checker) -> String {
    var parts = [
      "\(checker.kind.rawValue) every \(setting(ms: checker.intervalMs))",
      "timeout \(setting(ms: checker.timeoutMs))",
      "fall \(checker.thresholds.fall)", "rise \(checker.thresholds.rise)",
    ]
    if !checker.validStatuses.isEmpty {
      parts.append("status \(StatusRanges.texts(checker.validStatuses).joined(separator: ", "))")
    }
    if let fast = checker.fastIntervalMs { parts.append("\(setting(ms: fast)) while turning") }
    if let port = checker.port { parts.append("port \(port)") }
    if checker.respectDown { parts.append("peers marked down stay down") }
    if let concurrency = checker.concurrency { parts.append("\(concurrency) at once") }
    if checker.close == .reset { parts.append("ends with a reset") }
    return parts.joined(separator: " · ")
  }
}
