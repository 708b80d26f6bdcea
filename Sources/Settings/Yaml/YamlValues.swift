import Yams

/// Turns Yams' nodes into values, with variables of the environment put in.
struct YamlValues {
  let file: String
  let masks: DuplicateMasks
  let colons: ColonStandIn
  let substitution: Substitution
  let diagnostics: Diagnostics

  func value(_ node: Node, depth: Int) -> Value {
    let location = location(node.mark)
    guard depth < Limits.depth else {
      diagnostics.problem(
        location, "too many lists or mappings inside each other", remedy: "settings need at most 5")
      return Value(content: .unreadable, location: location)
    }
    switch node {
    case .scalar(let scalar): return Value(content: content(scalar, location), location: location)
    case .sequence(let sequence):
      return Value(content: .list(sequence.map { value($0, depth: depth + 1) }), location: location)
    case .mapping(let mapping):
      return Value(content: .map(mapping.compactMap { entry($0.key, $0.value, depth) }), location: location)
    case .alias:
      // `YamlParser` lets none through.
      return Value(content: .unreadable, location: location)
    }
  }

  private func location(_ mark: Mark?) -> SourceLocation {
    guard let mark else { return SourceLocation(file: file) }
    return SourceLocation(file: file, line: mark.line, column: mark.column)
  }

  private func entry(_ key: Node, _ value: Node, _ depth: Int) -> Entry? {
    guard case .scalar(let scalar) = key else {
      diagnostics.problem(location(key.mark), "a key is a list or a mapping", remedy: "write \"key: value\"")
      return nil
    }
    return Entry(
      key: colons.restore(masks.name(of: scalar.string)), location: location(scalar.mark),
      value: self.value(value, depth: depth + 1))
  }

  private func content(_ scalar: Node.Scalar, _ location: SourceLocation) -> Value.Content {
    if scalar.tag.rawValue == Tag.Name.binary.rawValue {
      guard let bytes = Base64.decode(scalar.string) else {
        diagnostics.problem(
          location, "!!binary is not followed by base64", remedy: "correct it, or write a plain text")
        return .unreadable
      }
      return .scalar(Scalar(bytes: bytes, isLiteral: false))
    }
    let isPlain = scalar.style == .plain || scalar.style == .any
    if isPlain, ["", "~", "null", "Null", "NULL"].contains(scalar.string) { return .none }
    let filled = diagnostics.value(location) { () throws(ValueError) in
      try substitution.fill(colons.restore(scalar.string))
    }
    guard let filled else { return .unreadable }
    // `redis: ${REDIS:-}` is a way to say: none, unless the variable is set.
    if isPlain, filled.isEmpty { return .none }
    return .scalar(
      Scalar(bytes: Array(filled.utf8), isLiteral: scalar.style != .doubleQuoted, isPlain: isPlain))
  }
}
