import Yams

/// Parses YAML text into values, with Yams.
///
/// Anchors and aliases are refused: expanded, a short file of them becomes a value without end.
struct YamlParser {
  let source: SourceText
  let diagnostics: Diagnostics
  /// Nil: no variables are put in.
  let environment: [String: String]?
  /// What the text is meant to be, for messages: all JSON is YAML.
  var language = "YAML"

  /// The value of the document; nil after a problem that leaves nothing to read.
  func parse() -> Value? {
    if let alias = Aliases.first(in: source.bytes) {
      diagnostics.problem(
        source.location(alias), "YAML aliases are not read here",
        remedy: "write the values out, or put what upstreams share under defaults:")
      return nil
    }
    var text = String(decoding: source.bytes, as: UTF8.self)
    let colons = ColonStandIn(in: &text)
    var masks = DuplicateMasks()
    while true {
      do {
        let root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        let reader = YamlValues(
          file: source.path, masks: masks, colons: colons,
          substitution: Substitution(environment: environment, used: diagnostics.conceal),
          diagnostics: diagnostics)
        return root.map { reader.value($0, depth: 0) }
          ?? Value(content: .none, location: SourceLocation(file: source.path))
      } catch YamlError.duplicatedKeysInMapping(let names, let context) {
        if masks.hide(names.first ?? "", line: context.mark.line, column: context.mark.column, in: &text) {
          continue
        }
        diagnostics.problem(location(context.mark), "this key is given twice", remedy: "keep one")
        return nil
      } catch {
        tell(error)
        return nil
      }
    }
  }

  private func location(_ mark: Mark) -> SourceLocation {
    SourceLocation(file: source.path, line: max(mark.line, 1), column: max(mark.column, 1))
  }

  private func tell(_ error: any Error) {
    let remedy =
      language == "YAML"
      ? "correct the YAML: indentation by spaces, \"key: value\", texts with special characters in quotes"
      : "correct the \(language)"
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
      let during = context.map { " \($0.text.trimmed)" } ?? ""
      diagnostics.problem(location(mark), "not \(language): \(problem)\(during)", remedy: remedy)
    case .composer(let context, let problem, let mark, _):
      let before = context.map { "\($0.text.trimmed) " } ?? ""
      diagnostics.problem(location(mark), "not \(language): \(before)\(problem)", remedy: remedy)
    case .reader(let problem, let offset, let value, _):
      let code = value >= 0 ? " (U+\(String(value, radix: 16, uppercase: true)))" : ""
      diagnostics.problem(
        readerLocation(offset), "not \(language): \(problem)\(code)", remedy: "remove the character")
    default:
      diagnostics.problem(SourceLocation(file: source.path), "not \(language)", remedy: remedy)
    }
  }

  /// Yams counts whole characters here.
  private func readerLocation(_ offset: Int?) -> SourceLocation {
    guard let offset else { return SourceLocation(file: source.path) }
    let before = String(decoding: source.bytes, as: UTF8.self).prefix(offset)
    return source.location(before.utf8.count)
  }
}

extension String {
  /// Without spaces at both ends.
  var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

/// Finds aliases without parsing: only a text with both an anchor and an alias of one name can have any.
private enum Aliases {
  /// The offset of the first `*name` for which there is a `&name`.
  static func first(in bytes: [UInt8]) -> Int? {
    var anchors: Set<ArraySlice<UInt8>> = []
    for (_, name) in marked(with: UInt8(ascii: "&"), in: bytes) { anchors.insert(name) }
    if anchors.isEmpty { return nil }
    return marked(with: UInt8(ascii: "*"), in: bytes).first { anchors.contains($0.1) }?.0
  }

  /// Names directly after `mark`, where no name goes before it: libyaml's rule for where an anchor can begin, and more.
  private static func marked(with mark: UInt8, in bytes: [UInt8]) -> [(Int, ArraySlice<UInt8>)] {
    var found: [(Int, ArraySlice<UInt8>)] = []
    for index in bytes.indices where bytes[index] == mark {
      if index > 0, isName(bytes[index - 1]) { continue }
      let name = bytes[(index + 1)...].prefix(while: isName)
      if !name.isEmpty { found.append((index, name)) }
    }
    return found
  }

  private static func isName(_ byte: UInt8) -> Bool {
    byte.isAlphanumeric || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }
}
