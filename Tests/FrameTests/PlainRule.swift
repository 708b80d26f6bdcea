/// Rules for every text file, whatever it is written in.
enum PlainRule {
  /// Past this a file has more than one thing in it.
  static let mostLines = 400

  /// Put together here so that this file does not break its own rules.
  static let words: [(word: String, instead: String)] = [
    ("TO" + "DO", "an issue, or the thing done"), ("FIX" + "ME", "an issue, or the thing done"),
    ("/wo" + "rk/", "a path from the repository's top"),
    ("/tmp/" + "rooms", "a folder that mkdtemp or mktemp makes"),
    ("/opt/" + "swift", "what PATH finds"),
  ]

  static func violations(in file: SourceFile) -> [Violation] {
    var violations = file.lines.enumerated().flatMap { index, line in
      words.filter { line.contains($0.word) }.map { rule in
        Violation(path: file.path, line: index + 1, what: "`\(rule.word)` is banned; use \(rule.instead)")
      }
    }
    let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
    if count > mostLines {
      violations.append(
        Violation(
          path: file.path, line: count, what: "more than \(mostLines) lines; split it by what is inside"))
    }
    return violations
  }
}
