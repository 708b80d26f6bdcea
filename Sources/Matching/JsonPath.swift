/// A place in a JSON document: `$` for all of it, then `.name`, `["any name"]` or `[number]`.
package struct JsonPath: Hashable, Sendable {
  package enum Step: Hashable, Sendable {
    case member(String)
    case element(Int)
  }

  package let steps: [Step]
  package static let mostSteps = 32

  /// - Throws: `PatternFault` with the place where the path is wrong.
  package init(_ text: String) throws(PatternFault) {
    var reader = Reader(text)
    steps = try reader.read()
  }
}

private struct Reader {
  private let characters: [Unicode.Scalar]
  private var position = 0

  init(_ text: String) { characters = Array(text.unicodeScalars) }

  private var next: Unicode.Scalar? { position < characters.count ? characters[position] : nil }

  mutating func read() throws(PatternFault) -> [JsonPath.Step] {
    guard next == "$" else { throw fault("it begins with $") }
    position += 1
    var steps: [JsonPath.Step] = []
    while let sign = next {
      guard steps.count < JsonPath.mostSteps else {
        throw fault("it has more than \(JsonPath.mostSteps) steps")
      }
      position += 1
      switch sign {
      case ".": steps.append(.member(try name()))
      case "[": steps.append(try bracket())
      default:
        position -= 1
        throw fault("after a step comes .name, [number] or [\"name\"]")
      }
    }
    return steps
  }

  private mutating func name() throws(PatternFault) -> String {
    var name = String.UnicodeScalarView()
    while let scalar = next, Self.isPlain(scalar) {
      name.append(scalar)
      position += 1
    }
    guard !name.isEmpty else { throw fault("after the point comes a name; others in brackets: [\"a b\"]") }
    return String(name)
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x80 || scalar == "_" || scalar == "-" || ("0"..."9").contains(scalar)
      || ("A"..."Z").contains(scalar) || ("a"..."z").contains(scalar)
  }

  private mutating func bracket() throws(PatternFault) -> JsonPath.Step {
    guard let sign = next, sign == "\"" || sign == "'" else { return .element(try number()) }
    position += 1
    var name = String.UnicodeScalarView()
    while let scalar = next, scalar != sign {
      if scalar == "\\" { position += 1 }
      guard let kept = next else { break }
      name.append(kept)
      position += 1
    }
    guard next == sign else { throw fault("the quoted name has no end") }
    position += 1
    try end()
    return .member(String(name))
  }

  private mutating func number() throws(PatternFault) -> Int {
    let start = position
    var value = 0
    while let scalar = next, ("0"..."9").contains(scalar), position - start < 9 {
      value = value * 10 + Int(scalar.value - 48)
      position += 1
    }
    guard position > start else { throw fault("in brackets stands a number from 0 on, or a name in quotes") }
    try end()
    return value
  }

  private mutating func end() throws(PatternFault) {
    guard next == "]" else { throw fault("the bracket is not closed") }
    position += 1
  }

  private func fault(_ what: String) -> PatternFault { PatternFault(what: what, offset: position) }
}
