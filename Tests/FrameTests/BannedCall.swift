/// A call that is not made here, and what is used in its place.
struct BannedCall: Sendable {
  /// Where a rule holds.
  enum Scope: Sendable {
    case everywhere, sources, tests
    /// Rooms whose code decides: it gets time and chance as arguments, and never waits.
    case deciding
  }

  var pattern: Pattern
  var scope: Scope
  var instead: String

  /// A word, told from longer names that hold it, or a `!` after a value.
  enum Pattern: Sendable {
    case word(String)
    case unwrapping
  }

  private init(_ word: String, _ scope: Scope, instead: String) {
    self.init(.word(word), scope, instead: instead)
  }

  private init(_ pattern: Pattern, _ scope: Scope, instead: String) {
    self.pattern = pattern
    self.scope = scope
    self.instead = instead
  }

  static let all = [
    BannedCall("fatalError(", .everywhere, instead: "a thrown error, or a state that cannot be written down"),
    BannedCall("try!", .everywhere, instead: "try, in a function that throws"),
    BannedCall("as!", .everywhere, instead: "as? with a guard"),
    BannedCall(.unwrapping, .everywhere, instead: "guard let, or try #require in a test"),
    BannedCall("Task {", .sources, instead: "a child of run(): a task group or a service"),
    BannedCall("Task.detached", .sources, instead: "a child of run(): a task group or a service"),
    BannedCall(
      "print(", .sources, instead: "a log line, or StandardOutput.write, which tells what it could not write"),
    BannedCall(
      "usleep(", .everywhere, instead: "waiting for what happens: Watched, Backend.counts, Child.line"),
    BannedCall(
      "nanosleep(", .tests, instead: "waiting for what happens: Watched, Backend.counts, Child.line"),
    BannedCall("sleep(", .tests, instead: "waiting for what happens: Watched, Backend.counts, Child.line"),
    BannedCall(
      "Task.sleep", .tests, instead: "waiting for what happens: Watched, Backend.counts, Child.line"),
    BannedCall("Clock", .deciding, instead: "the moment that comes as an argument"),
    BannedCall("ContinuousClock", .deciding, instead: "the moment that comes as an argument"),
    BannedCall("SuspendingClock", .deciding, instead: "the moment that comes as an argument"),
    BannedCall("random", .deciding, instead: "StableHash, or a value that comes as an argument"),
    BannedCall("shuffled", .deciding, instead: "an order that follows from the values"),
    BannedCall("async", .deciding, instead: "an action that somebody else performs"),
    BannedCall("await", .deciding, instead: "an action that somebody else performs"),
  ]

  /// Ends a line of a test that plays a slow client: there is nothing to wait for, the slowness itself is tried.
  static let pace = "// the pace is what is tried"

  static func violations(in file: SourceFile) -> [Violation] {
    let rules = all.filter { $0.holds(in: file) }
    let raw = file.text.split(separator: "\n", omittingEmptySubsequences: false)
    return SwiftCode.lines(of: file.text).enumerated().flatMap { index, line in
      if raw.indices.contains(index), raw[index].hasSuffix(pace) { return [Violation]() }
      return rules.filter { $0.pattern.isFound(in: line) }.map { rule in
        Violation(path: file.path, line: index + 1, what: "\(rule.pattern); use \(rule.instead)")
      }
    }
  }

  private func holds(in file: SourceFile) -> Bool {
    switch scope {
    case .everywhere: file.isSource || file.isTest
    case .sources: file.isSource
    case .tests: file.isTest
    case .deciding:
      file.isSource && ["Health", "Naming", "Discovery", "Cluster", "Simulation"].contains(file.room)
    }
  }
}

extension BannedCall.Pattern: CustomStringConvertible {
  var description: String {
    switch self {
    case .word(let word): "`\(word)` is banned"
    case .unwrapping: "unwrapping by `!` is banned"
    }
  }

  func isFound(in line: String) -> Bool {
    let line = Array(line.utf8)
    switch self {
    case .word(let word):
      return Self.positions(of: Array(word.utf8), in: line).contains { isWhole(word, $0, line) }
    case .unwrapping:
      // After a name, a bracket or a closing quote, and not the first half of `!=`.
      return line.indices.dropFirst().contains { index in
        line[index] == UInt8(ascii: "!") && Self.endsValue(line[index - 1])
          && (index + 1 == line.count || line[index + 1] != UInt8(ascii: "="))
          && !["try", "as"].contains { Self.ends(line[..<index], with: $0) }
      }
    }
  }

  private func isWhole(_ word: String, _ position: Int, _ line: [UInt8]) -> Bool {
    let end = position + word.utf8.count
    let before = position == 0 || !Self.isName(line[position - 1])
    let after = end == line.count || !Self.isName(line[end]) || !Self.isName(line[end - 1])
    return before && after
  }

  private static func positions(of word: [UInt8], in line: [UInt8]) -> [Int] {
    guard line.count >= word.count, let first = word.first else { return [] }
    return (0...line.count - word.count).filter { line[$0] == first && line[$0...].starts(with: word) }
  }

  private static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func endsValue(_ byte: UInt8) -> Bool {
    isName(byte) || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "\"")
  }

  private static func ends(_ line: ArraySlice<UInt8>, with word: String) -> Bool {
    let word = Array(word.utf8)
    guard line.suffix(word.count).elementsEqual(word) else { return false }
    return line.count == word.count || !isName(line[line.endIndex - word.count - 1])
  }
}
