import Health

/// What is asked and expected, as YAML that gives it again.
enum YamlExpectations {
  static func map(_ entries: [String]) -> String { "{\(entries.joined(separator: ", "))}" }
  private static func list(_ entries: [String]) -> String { "[\(entries.joined(separator: ", "))]" }

  static func lines(of parts: RequestParts) -> [String] {
    let usual = RequestParts(method: parts.body.isEmpty ? "GET" : "POST")
    var lines = ["path: \(YamlText.quoted(parts.path))"]
    if parts.method != usual.method { lines.append("method: \(parts.method)") }
    lines += names(of: parts)
    if !parts.body.isEmpty { lines.append("body: \(YamlText.request(parts.body))") }
    return lines
  }

  /// What is sent beside path, method and body.
  static func names(of parts: RequestParts?) -> [String] {
    var lines: [String] = []
    if let host = parts?.hostHeader { lines.append("host_header: \(YamlText.quoted(host))") }
    if let all = parts?.headers, !all.isEmpty {
      let headers = all.map { "\(YamlText.doubleQuoted($0.name)): \(YamlText.doubleQuoted($0.value))" }
      lines.append("headers: \(map(headers))")
    }
    return lines
  }

  static func lines(of checker: Checker) -> [String] {
    if let expectations = checker.expectations { return lines(of: expectations) }
    switch checker.steps.count {
    case 0: return []
    case 1: return checker.steps.flatMap(entries)
    default: return ["steps:"] + checker.steps.map { "  - \(map(entries(of: $0)))" }
    }
  }

  private static func lines(of expectations: Expectations) -> [String] {
    var lines = ["expect:"]
    if !expectations.headers.isEmpty {
      let headers = expectations.headers.map { "\(YamlText.doubleQuoted($0.name)): \(text(of: $0.test))" }
      lines.append("  header: \(map(headers))")
    }
    if !expectations.bodyContains.isEmpty {
      lines.append("  body_contains: \(list(expectations.bodyContains.map(YamlText.doubleQuoted)))")
    }
    if !expectations.bodyMatches.isEmpty {
      lines.append("  body_matches: \(list(expectations.bodyMatches.map(YamlText.doubleQuoted)))")
    }
    if !expectations.json.isEmpty {
      let json = expectations.json.map { "\(YamlText.doubleQuoted($0.path)): \(text(of: $0.value))" }
      lines.append("  json: \(map(json))")
    }
    if expectations.readLimit != Expectations.usualReadLimit {
      lines.append("  read_limit: \(ByteCount.text(expectations.readLimit))")
    }
    return lines
  }

  private static func text(of test: HeaderExpectation.Test) -> String {
    switch test {
    case .present: "{present: true}"
    case .equals(let text): YamlText.doubleQuoted(text)
    case .matches(let pattern): "{matches: \(YamlText.doubleQuoted(pattern))}"
    }
  }

  private static func text(of value: JsonScalar) -> String {
    if case .string(let text) = value { return YamlText.doubleQuoted(text) }
    return value.text
  }

  private static func entries(of step: DialogStep) -> [String] {
    var entries: [String] = []
    if !step.send.isEmpty { entries.append("send: \(text(of: step.send))") }
    switch step.expect {
    case .contains(let bytes): entries.append("expect: \(text(of: bytes))")
    case .matches(let pattern): entries.append("expect: {matches: \(YamlText.doubleQuoted(pattern))}")
    case nil: break
    }
    return entries
  }

  private static func text(of bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) {
      return YamlText.doubleQuoted(text)
    }
    let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return "{hex: \"\(digits.joined(separator: " "))\"}"
  }

  static func entries(of overrides: PeerOverrides?) -> [String] {
    guard let overrides else { return [] }
    return [
      overrides.port.map { "port: \($0)" }, overrides.host.map { "host: \(YamlText.doubleQuoted($0))" },
      overrides.hostHeader.map { "host_header: \(YamlText.doubleQuoted($0))" },
      overrides.path.map { "path: \(YamlText.doubleQuoted($0))" },
    ]
    .compactMap(\.self)
  }
}
