/// Puts variables of the environment into texts: `${NAME}`, and `${NAME:-text}` where NAME may be unset or empty.
/// `$${` stands for the characters `${`.
///
/// Texts are filled after the YAML is parsed, so that a variable's value is always one value and never structure.
struct Substitution {
  /// Nil: texts are taken as they are.
  let environment: [String: String]?
  /// Told of each variable that is put in, with its value.
  let used: (String, String) -> Void

  func fill(_ text: String) throws(ValueError) -> String {
    guard environment != nil, text.utf8.contains(UInt8(ascii: "$")) else { return text }
    var filled = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      filled += rest[..<dollar]
      rest = rest[dollar...]
      if rest.hasPrefix("$${") {
        filled += "${"
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("${") {
        guard let end = rest.firstIndex(of: "}") else {
          throw ValueError(what: "\"${\" has no \"}\"", remedy: "write $${ for the characters themselves")
        }
        filled += try variable(rest[rest.index(dollar, offsetBy: 2)..<end])
        rest = rest[rest.index(after: end)...]
      } else {
        filled += "$"
        rest = rest.dropFirst()
      }
    }
    return filled + rest
  }

  private func variable(_ inside: Substring) throws(ValueError) -> String {
    let name = inside.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    let rest = inside[name.endIndex...]
    guard let first = name.first, !first.isNumber, rest.isEmpty || rest.hasPrefix(":-") else {
      throw ValueError(
        what: "\"${…}\" names no variable",
        remedy: "write ${NAME} or ${NAME:-default}, or $${ for the characters themselves")
    }
    let value = environment?[String(name)]
    if let value, !value.isEmpty || rest.isEmpty {
      used(String(name), value)
      return value
    }
    guard !rest.isEmpty else {
      throw ValueError(
        what: "the environment variable \(name) is not set", remedy: "set it, or write ${\(name):-default}")
    }
    return String(rest.dropFirst(2))
  }
}
