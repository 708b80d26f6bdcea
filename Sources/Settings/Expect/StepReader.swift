import Health
import Matching

/// Reads what is said over plain TCP: `send`, `expect` and `steps`.
struct StepReader {
  let diagnostics: Diagnostics

  static let byteKeys: Set<String> = ["hex", "matches"]
  static let mostSteps = 32
  /// Bytes of one `send` or `expect`.
  static let longest = 4096

  func steps(_ value: Value) throws(ValueError) -> [DialogStep] {
    let remedy = "write a list: steps: [{expect: \"220\"}, {send: \"QUIT\\r\\n\", expect: \"221\"}]"
    guard case .list(let values) = value.content else {
      throw ValueError(what: "\"steps\" is \(value.kind)", remedy: remedy)
    }
    guard (1...Self.mostSteps).contains(values.count) else {
      throw ValueError(what: "\"steps\" has \(values.count) entries", remedy: "give 1 to \(Self.mostSteps)")
    }
    let steps = values.compactMap { step($0, remedy) }
    if steps.count == values.count, steps.allSatisfy({ $0.expect == nil }) {
      throw ValueError(what: "no step expects anything", remedy: remedy)
    }
    return steps
  }

  private func step(_ value: Value, _ remedy: String) -> DialogStep? {
    guard case .map(let all) = value.content else {
      diagnostics.problem(value.location, "a step is \(value.kind)", remedy: remedy)
      return nil
    }
    var step = DialogStep()
    for entry in MapReader(diagnostics: diagnostics, what: "a step", known: ["send", "expect"]).read(all)
    where !entry.value.isNone {
      _ = diagnostics.value(entry.value.location) { () throws(ValueError) in
        if entry.key == "send" { step.send = try bytes(entry.value, "send") }
        if entry.key == "expect" { step.expect = try expected(entry.value) }
      }
    }
    if all.isEmpty { diagnostics.problem(value.location, "a step is empty", remedy: remedy) }
    return step
  }

  /// A text, or `{hex: …}`.
  func bytes(_ value: Value, _ name: String) throws(ValueError) -> [UInt8] {
    switch value.content {
    case .scalar(let scalar):
      if scalar.isLiteral, scalar.text.contains(#"\r\n"#) || scalar.text.contains(#"\n"#) {
        throw ValueError(
          what: "\"\(name)\" has a backslash and letters where a line should end",
          remedy: "put it in double quotes: \(name): \"PING\\r\\n\"")
      }
      return try Self.fitting(scalar.bytes, name)
    case .map(let entries):
      guard entries.count == 1, let entry = entries.first, entry.key == "hex",
        case .scalar(let scalar) = entry.value.content
      else { throw Self.wrong(value, name) }
      return try Self.fitting(try Self.hex(scalar.text), name)
    case .none, .list, .unreadable: throw Self.wrong(value, name)
    }
  }

  private static func wrong(_ value: Value, _ name: String) -> ValueError {
    ValueError(
      what: "\"\(name)\" is \(value.kind)",
      remedy: "write a text in double quotes, or bytes: \(name): {hex: \"00 0a ff\"}")
  }

  private static func fitting(_ bytes: [UInt8], _ name: String) throws(ValueError) -> [UInt8] {
    guard (1...longest).contains(bytes.count) else {
      throw ValueError(what: "\"\(name)\" has \(bytes.count) bytes", remedy: "give 1 to \(longest)")
    }
    return bytes
  }

  private static func hex(_ text: String) throws(ValueError) -> [UInt8] {
    let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x0a }.map(\.hexValue)
    guard digits.count.isMultiple(of: 2), !digits.contains(nil) else {
      throw ValueError(
        what: "\"\(Quoting.short(text))\" is not bytes in hexadecimal",
        remedy: "write two digits for each byte: \"00 0a ff\"")
    }
    let known = digits.compactMap(\.self)
    return stride(from: 0, to: known.count, by: 2).map { known[$0] << 4 | known[$0 + 1] }
  }

  /// A text, `{hex: …}` or `{matches: …}`; nil: nothing is said.
  func expected(_ value: Value) throws(ValueError) -> DialogStep.Expected? {
    if case .map(let entries) = value.content, entries.count == 1, let entry = entries.first,
      entry.key == "matches"
    {
      guard case .scalar(let scalar) = entry.value.content else {
        throw ValueError(
          what: "\"matches\" is \(entry.value.kind)", remedy: "write a regular expression in single quotes")
      }
      return .matches(try PatternCheck.pattern(scalar.text, "matches", over: .bytes))
    }
    if value.isNone { return nil }
    return .contains(try bytes(value, "expect"))
  }
}
