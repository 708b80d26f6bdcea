/// Keeps values of the environment out of messages: they may be secrets, wherever they were put by mistake. In their
/// place stands the name of the variable, which tells more.
struct Concealment {
  /// Shorter values are shown: they would hide common words, and are no secrets.
  private static let shortest = 6

  private var variables: [(name: String, value: String)] = []

  mutating func add(_ name: String, _ value: String) {
    guard value.count >= Self.shortest, !variables.contains(where: { $0.value == value }) else { return }
    variables.append((name, value))
    // One value may hold another.
    variables.sort { $0.value.count > $1.value.count }
  }

  func apply(to text: String) -> String {
    variables.reduce(text) { text, variable in
      cut(variable.name, variable.value, in: text.replacing(variable.value, with: "${\(variable.name)}"))
    }
  }

  /// A value that was cut off where a message grew too long.
  private func cut(_ name: String, _ value: String, in text: String) -> String {
    guard text.contains("…") else { return text }
    for length in stride(from: value.count - 1, through: Self.shortest, by: -1) {
      let start = value.prefix(length) + "…"
      if text.contains(start) { return text.replacing(start, with: "${\(name)}…") }
    }
    return text
  }
}
