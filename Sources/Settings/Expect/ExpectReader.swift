import Health
import Matching

/// Reads `expect`.
struct ExpectReader {
  let diagnostics: Diagnostics
  let dialect: Dialect

  static let example = "{body_contains: \"ok\"}"
  private static let answerKeys = ["header", "body_contains", "body_matches", "json", "read_limit"]
  private static let mostEach = 32
  /// Bytes of a text that is looked for.
  private static let longestText = 1000
  private static let readLimits = 1...Expectations.mostReadLimit

  func read(_ value: Value) throws(ValueError) -> ExpectDraft {
    switch value.content {
    case .scalar, .none, .unreadable: break
    case .list:
      throw ValueError(what: "\"expect\" is a list", remedy: "write \(Self.example), or steps with type tcp")
    case .map(let entries):
      guard dialect == .yaml else {
        throw ValueError(
          what: "\"expect\" is a mapping, which is not read from Lua",
          remedy: "give the upstream its checker in YAML, with expect: \(Self.example)")
      }
      let ofBytes = entries.contains { StepReader.byteKeys.contains($0.key) }
      if !ofBytes || entries.contains(where: { Self.answerKeys.contains($0.key) }) {
        return .answer(answer(entries))
      }
    }
    let steps = StepReader(diagnostics: diagnostics)
    guard let expected = try steps.expected(value) else {
      throw ValueError(what: "\"expect\" says nothing", remedy: "write \(Self.example)")
    }
    return .bytes(expected)
  }

  private func answer(_ all: [Entry]) -> Expectations {
    var expectations = Expectations()
    let entries = MapReader(diagnostics: diagnostics, what: "expect", known: Self.answerKeys).read(all)
    for entry in entries where !entry.value.isNone {
      switch entry.key {
      case "header": expectations.headers = headers(entry.value)
      case "body_contains": expectations.bodyContains = texts(entry) { text throws(ValueError) in text }
      case "body_matches":
        expectations.bodyMatches = texts(entry) { text throws(ValueError) in
          try PatternCheck.pattern(text, "body_matches", over: .text)
        }
      case "json": expectations.json = json(entry.value)
      default: expectations.readLimit = readLimit(entry.value) ?? expectations.readLimit
      }
    }
    return expectations
  }

  // MARK: Headers

  private func headers(_ value: Value) -> [HeaderExpectation] {
    let example = "header: {X-Ready: \"yes\", Content-Type: {matches: ^text/}, X-Node: {present: true}}"
    return entries(of: value, "header", example).compactMap { entry in
      diagnostics.value(entry.value.location) { () throws(ValueError) in
        HeaderExpectation(name: try RequestReader.headerName(entry.key), test: try headerTest(entry))
      }
    }
  }

  private func headerTest(_ entry: Entry) throws(ValueError) -> HeaderExpectation.Test {
    let remedy = "write the value, {matches: EXPRESSION} or {present: true}"
    switch entry.value.content {
    case .scalar(let scalar): return .equals(scalar.text.trimmed)
    case .map(let inner):
      guard inner.count == 1, let test = inner.first, case .scalar(let scalar) = test.value.content else {
        throw ValueError(
          what: "the header \(entry.key) is expected in more ways than one, or none", remedy: remedy)
      }
      switch test.key {
      case "equals": return .equals(scalar.text.trimmed)
      case "matches": return .matches(try PatternCheck.pattern(scalar.text, "matches", over: .text))
      case "present":
        if try OptionReader.truth(scalar.text, "present") { return .present }
        throw ValueError(what: "a header cannot be expected to be missing", remedy: remedy)
      default:
        throw ValueError(
          what: "\"\(Quoting.short(test.key))\" is nothing to expect of a header", remedy: remedy)
      }
    case .none, .list, .unreadable:
      throw ValueError(what: "the header \(entry.key) is \(entry.value.kind)", remedy: remedy)
    }
  }

  /// Of a mapping whose keys are free; each once.
  private func entries(of value: Value, _ name: String, _ example: String) -> [Entry] {
    guard case .map(let entries) = value.content else {
      diagnostics.problem(
        value.location, "\"\(name)\" is \(value.kind)", remedy: "write a mapping: \(example)")
      return []
    }
    guard (1...Self.mostEach).contains(entries.count) else {
      diagnostics.problem(
        value.location, "\"\(name)\" has \(entries.count) entries", remedy: "give 1 to \(Self.mostEach)")
      return []
    }
    var keys: Set<String> = []
    for entry in entries where !keys.insert(entry.key).inserted {
      diagnostics.problem(
        entry.location, "\"\(Quoting.short(entry.key))\" is given already", remedy: "keep one")
    }
    return entries
  }

  // MARK: The body

  /// One text or a list of them.
  private func texts(
    _ entry: Entry, _ check: (String) throws(ValueError) -> String
  ) -> [String] {
    var values = [entry.value]
    if case .list(let list) = entry.value.content { values = list }
    guard (1...Self.mostEach).contains(values.count) else {
      diagnostics.problem(
        entry.value.location, "\"\(entry.key)\" has \(values.count) entries",
        remedy: "give 1 to \(Self.mostEach)")
      return []
    }
    return values.compactMap { value in
      diagnostics.value(value.location) { () throws(ValueError) in
        guard case .scalar(let scalar) = value.content else {
          throw ValueError(
            what: "\"\(entry.key)\" is \(value.kind)", remedy: "write a text, or a list of them")
        }
        guard let text = String(validating: scalar.bytes, as: UTF8.self), !text.isEmpty,
          text.utf8.count <= Self.longestText
        else {
          throw ValueError(
            what: "\"\(entry.key)\" is empty, too long or no UTF-8",
            remedy: "write 1 to \(Self.longestText) bytes")
        }
        return try check(text)
      }
    }
  }

  private func readLimit(_ value: Value) -> Int? {
    diagnostics.value(value.location) { () throws(ValueError) in
      guard case .scalar(let scalar) = value.content, let bytes = ByteCount.parse(scalar.text),
        Self.readLimits.contains(bytes)
      else {
        throw ValueError(
          what: "read_limit is \(value.kind)",
          remedy: "write how much of the body is read at most: 64KiB, or a number of bytes up to 1MiB")
      }
      return bytes
    }
  }

  private func json(_ value: Value) -> [JsonExpectation] {
    entries(of: value, "json", "json: {\"$.status\": ok}").compactMap { entry in
      let path = diagnostics.value(entry.location) { () throws(ValueError) in
        try PatternCheck.path(entry.key)
      }
      let wanted = diagnostics.value(entry.value.location) { () throws(ValueError) in
        try scalar(entry.value)
      }
      guard let path, let wanted else { return nil }
      return JsonExpectation(path: path, value: wanted)
    }
  }

  private func scalar(_ value: Value) throws(ValueError) -> JsonScalar {
    switch value.content {
    case .none: return .null
    case .scalar(let scalar): return scalar.isPlain ? Self.scalar(plain: scalar.text) : .string(scalar.text)
    case .list, .map, .unreadable:
      throw ValueError(
        what: "\(value.kind) cannot be compared",
        remedy: "write a text, a number, true, false or null; other places have paths of their own")
    }
  }

  /// What stands without quotes is what it looks like.
  static func scalar(plain text: String) -> JsonScalar {
    switch text {
    case "true": .bool(true)
    case "false": .bool(false)
    case "null": .null
    default: JsonNumber.isNumber(text) ? .number(text) : .string(text)
    }
  }
}

/// Numbers of bytes.
enum ByteCount {
  private static let units = [("KiB", 1024), ("MiB", 1024 * 1024), ("", 1)]

  /// `100`, `64KiB` or `1 MiB`.
  static func parse(_ text: String) -> Int? {
    for (unit, factor) in units where text.hasSuffix(unit) {
      guard let number = Number.whole(String(text.dropLast(unit.count)).trimmed) else { return nil }
      let (product, isTooLarge) = number.multipliedReportingOverflow(by: factor)
      return isTooLarge ? nil : product
    }
    return nil
  }

  static func text(_ bytes: Int) -> String {
    for (unit, factor) in [("MiB", 1024 * 1024), ("KiB", 1024)] where bytes >= factor && bytes % factor == 0 {
      return "\(bytes / factor)\(unit)"
    }
    return "\(bytes)"
  }
}
