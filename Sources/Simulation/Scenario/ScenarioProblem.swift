/// What is wrong with a scenario, where, and what to do about it.
package struct ScenarioProblem: Error, Hashable, Sendable {
  /// From 1.
  package var line: Int
  package var what: String

  package func text(file: String) -> String { "\(file):\(line): \(what)" }
}

/// All that is wrong with it: one or more.
package struct ScenarioProblems: Error, Hashable, Sendable {
  package var all: [ScenarioProblem]

  package func text(file: String) -> String { all.map { $0.text(file: file) }.joined(separator: "\n") }
}

/// Words that mean nothing, with the remedy.
struct Misreading: Error, Hashable {
  var what: String
}
