package import Health
package import Ledger

/// Numbers, durations and counts as people say them.
package enum Words {
  /// `10,000`.
  package static func number(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return text
  }

  /// `1 node`, `2 nodes`.
  package static func count(_ count: Int, _ one: String) -> String {
    count == 1 ? "1 \(one)" : "\(number(count)) \(one)s"
  }

  /// `a`, `a and b`, `a, b and c`.
  package static func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }

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
  package static func setting(ms: Int) -> String {
    if ms < 1000 { return "\(ms) ms" }
    return ms % 1000 == 0 ? "\(ms / 1000) s" : "\(ms / 1000).\(ms % 1000 / 100) s"
  }

  /// A measurement, as short as may be: `90 µs`, `0.4 ms`, `12 ms`, `1.2 s`.
  package static func measured(micros: UInt32) -> String {
    if micros < 100 { return "\(micros) µs" }
    if micros < 10_000 { return "\(micros / 1000).\(micros % 1000 / 100) ms" }
    if micros < 1_000_000 { return "\(micros / 1000) ms" }
    return "\(micros / 1_000_000).\(micros % 1_000_000 / 100_000) s"
  }

  /// The same with two decimals, for a column of them: `0.31 ms`, `1.20 s`.
  static func column(micros: UInt32) -> String {
    micros < 1_000_000 ? hundredths(UInt64(micros), "ms") : hundredths(UInt64(micros) / 1000, "s")
  }

  /// Thousandths of a unit as that unit, rounded.
  private static func hundredths(_ thousandths: UInt64, _ unit: String) -> String {
    let hundredths = (thousandths + 5) / 10
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) \(unit)"
  }
}

extension Words {
  /// `http every 2 s`, `timeout 1 s`, `fall 3`, `rise 2`, and what else is not usual.
  ///
  /// - Parameter isWhole: with the probers and the quorum, where nothing else tells them.
  /// `1 of 4 peers is up`.
  package static func up(_ count: UpCount) -> String {
    "\(count.up) of \(Words.count(count.total, "peer")) \(count.up == 1 ? "is" : "are") up"
  }

  package static func settings(of checker: Checker, isWhole: Bool = false) -> [String] {
    var parts = [
      rhythm(of: checker), "timeout \(setting(ms: checker.timeoutMs))", "fall \(checker.thresholds.fall)",
      "rise \(checker.thresholds.rise)",
    ]
    if isWhole { parts += [count(checker.probers, "prober"), "quorum \(checker.quorum.text)"] }
    parts += asked(of: checker, isWhole: isWhole)
    if let aboveMs = checker.degradedAboveMs { parts.append("degraded above \(setting(ms: aboveMs))") }
    if let percent = checker.panicBelow { parts.append("panic below \(percent) %") }
    if checker.respectDown { parts.append("peers marked down stay down") }
    for other in checker.others {
      parts.append("and \(([rhythm(of: other)] + asked(of: other)).joined(separator: ", "))")
    }
    return parts
  }

  /// `http every 2 s`; among several checks with its name.
  private static func rhythm(of check: Checker) -> String {
    let name = check.name.isEmpty ? "" : Plain.text("check \(check.name): ")
    return "\(name)\(check.kind.rawValue) every \(setting(ms: check.intervalMs))"
  }

  /// What one check asks and expects, and how.
  private static func asked(of checker: Checker, isWhole: Bool = false) -> [String] {
    var parts: [String] = []
    if !checker.validStatuses.isEmpty {
      parts.append(
        "status \(StatusRanges.texts(checker.validStatuses).joined(separator: isWhole ? "/" : ", "))")
    }
    if checker.kind == .grpc {
      let whose = checker.grpcService.isEmpty ? "the whole server" : Plain.text(checker.grpcService)
      parts.append("health of \(whose)\(checker.tls == nil ? "" : " in TLS")")
    } else if let request = checker.parts {
      parts.append(
        Plain.text("\(request.method) \(request.path)") + (checker.usesHTTP2 ? " in HTTP/2" : ""))
    }
    let expected = expected(of: checker)
    if !expected.isEmpty { parts.append(Plain.text("expects \(list(expected))")) }
    if let fast = checker.fastIntervalMs { parts.append("\(setting(ms: fast)) while turning") }
    if let port = checker.port { parts.append("port \(port)") }
    if let concurrency = checker.concurrency { parts.append("\(concurrency) at once") }
    if checker.close == .reset { parts.append("ends with a reset") }
    return parts
  }

  /// `header X-Ready`, `a body`, `$.status`; or `2 replies`.
  private static func expected(of checker: Checker) -> [String] {
    let replies = checker.steps.count { $0.expect != nil }
    if replies > 0 { return [replies == 1 ? "a reply" : "\(replies) replies"] }
    guard let expectations = checker.expectations else { return [] }
    let body = expectations.bodyContains.isEmpty && expectations.bodyMatches.isEmpty ? [] : ["a body"]
    return expectations.headers.map { "header \($0.name)" } + body + expectations.json.map(\.path)
  }
}
