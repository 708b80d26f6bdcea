import Yams

/// Turns Yams' nodes into values, with variables of the environment put in.
struct YamlValues {
  let file: String
  let masks: DuplicateMasks
  let colons: ColonStandIn
  let substitution: Substitution
  let findings: Findings

  func value(_ node: Node, depth: Int) -> Value {
    let place = place(node.mark)
    guard depth < Limits.depth else {
      findings.problem(
        place, "too many lists or mappings inside each other", remedy: "settings need at most 5")
      return Value(content: .unreadable, place: place)
    }
    switch node {
    case .scalar(let scalar): return Value(content: content(scalar, place), place: place)
    case .sequence(let sequence):
      return Value(content: .list(sequence.map { value($0, depth: depth + 1) }), place: place)
    case .mapping(let mapping):
      return Value(content: .map(mapping.compactMap { entry($0.key, $0.value, depth) }), place: place)
    case .alias:
      // `YamlParser` lets none through.
      return Value(content: .unreadable, place: place)
    }
  }

  private func place(_ mark: Mark?) -> Place {
    guard let mark else { return Place(file: file) }
    return Place(file: file, line: mark.line, column: mark.column)
  }

  private func entry(_ key: Node, _ value: Node, _ depth: Int) -> Entry? {
    guard case .scalar(let scalar) = key else {
      findings.problem(place(key.mark), "a key is a list or a mapping", remedy: "write \"key: value\"")
      return nil
    }
    return Entry(
      key: colons.restore(masks.name(of: scalar.string)), place: place(scalar.mark),
      value: self.value(value, depth: depth + 1))
  }

  private func content(_ scalar: Node.Scalar, _ place: Place) -> Value.Content {
    if scalar.tag.rawValue == Tag.Name.binary.rawValue {
      guard let bytes = Base64.decode(scalar.string) else {
        findings.problem(
          place, "!!binary is not followed by base64", remedy: "correct it, or write a plain text")
        return .unreadable
      }
      return .scalar(Scalar(bytes: bytes, isLiteral: false))
    }
    let isPlain = scalar.style == .plain || scalar.style == .any
    if isPlain, ["", "~", "null", "Null", "NULL"].contains(scalar.string) { return .none }
    let filled = findings.value(place) { () throws(Fault) in
      try substitution.fill(colons.restore(scalar.string))
    }
    guard let filled else { return .unreadable }
    // `redis: ${REDIS:-}` is a way to say: none, unless the variable is set.
    if isPlain, filled.isEmpty { return .none }
    return .scalar(Scalar(bytes: Array(filled.utf8), isLiteral: scalar.style != .doubleQuoted))
  }
}
