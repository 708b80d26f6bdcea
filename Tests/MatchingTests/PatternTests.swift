import Matching
import Testing

/// Regular expressions: what is found, what is refused, and that nothing takes for ever.
@Suite struct PatternTests {
  private func search(
    _ text: String, in subject: String, over kind: Pattern.Subject = .text, isWhole: Bool = true
  ) throws -> Pattern.Match {
    let pattern = try Pattern(text, over: kind)
    var effort = Pattern.Effort()
    return Array(subject.utf8).withUnsafeBufferPointer { pattern.search($0, isWhole: isWhole, &effort) }
  }

  @Test(arguments: [
    ("ok", "it is ok", Pattern.Match.found(end: 8)), ("^ok$", "ok\n", .found(end: 2)),
    ("^ok$", "ok\r\n", .found(end: 2)), ("^ok$", "not ok", .none), ("(?m)^ok$", "no\nok\n", .found(end: 5)),
    ("é.", "aéb", .found(end: 4)), ("[é]", "é", .found(end: 2)), ("", "", .found(end: 0)), ("a", "", .none),
    ("(?i)OK", "ok", .found(end: 2)), (#"\d{3}"#, "x250", .found(end: 4)),
  ])
  func findsInText(pattern: String, subject: String, match: Pattern.Match) throws {
    #expect(try search(pattern, in: subject) == match)
  }

  @Test func bytesThatAreNoTextAreSearchedAllTheSame() throws {
    var effort = Pattern.Effort()
    let subject: [UInt8] = [0xff, 0xfe, UInt8(ascii: "o"), UInt8(ascii: "k"), 0xc3]
    let text = try Pattern("ok", over: .text)
    #expect(subject.withUnsafeBufferPointer { text.search($0, &effort) } == .found(end: 4))
    let bytes = try Pattern(#"^\xff.ok\xc3"#, over: .bytes)
    #expect(subject.withUnsafeBufferPointer { bytes.search($0, &effort) } == .found(end: 5))
  }

  /// Where more may come, only what no later byte can change is said.
  @Test(arguments: [
    ("^250 ", "250", Pattern.Match.open(start: 0)), ("^250 ", "250 ok", .found(end: 4)),
    ("^250 ", "x\n25", .open(start: 2)), ("a+", "xaa", .open(start: 1)), ("a+", "xaab", .found(end: 3)),
    ("ok$", "ok", .open(start: 0)), ("ok$", "ok\r\n", .found(end: 2)), ("q", "xyz", .none),
  ])
  func waitsForWhatMayCome(pattern: String, subject: String, match: Pattern.Match) throws {
    #expect(try search(pattern, in: subject, over: .bytes, isWhole: false) == match)
  }

  @Test(arguments: [
    ("a(b", 3, "missing closing parenthesis"), ("[a", 2, "missing terminating ]"),
    ("é**", 2, "quantifier does not follow a repeatable item"), (#"\C"#, 2, "using \\C is disabled"),
    ("(*UTF)a(", 8, "missing closing parenthesis"),
  ])
  func tellsWhereItIsWrong(text: String, offset: Int, what: String) {
    do throws(PatternFault) {
      _ = try Pattern(text, over: .text)
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.offset == offset, "\(error)")
      #expect(error.what.contains(what), "\(error)")
    }
  }

  @Test func isNotTooLong() {
    #expect(throws: PatternFault.self) { try Pattern(String(repeating: "a", count: 1001), over: .text) }
    #expect(throws: PatternFault.self) { try Pattern("(*UTF)a", over: .bytes) }
    #expect(throws: Never.self) { try Pattern(String(repeating: "a", count: 1000), over: .text) }
  }

  /// Expressions that would take seconds or years: each is given up, with a word, in a moment.
  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      "(a+)+$x", "(a|aa)+$x", "a++[bc]", "a+[bc]", "(.*)*x.*y", "(?:a?){40}b", "(a*)*\\1b", "(?s).*.*.*b",
    ])
  func nothingTakesForEver(text: String) throws {
    let pattern = try Pattern(text, over: .text)
    let subject = [UInt8](repeating: UInt8(ascii: "a"), count: 64 * 1024)
    var effort = Pattern.Effort()
    let before = ContinuousClock.now
    let match = subject.withUnsafeBufferPointer { pattern.search($0, &effort) }
    let took = ContinuousClock.now - before
    if case .found = match { Issue.record("\(text) was found") }
    #expect(took < .milliseconds(500), "\(text): \(took)")
  }

  @Test func whatIsGivenUpSaysSo() throws {
    let pattern = try Pattern("a+[bc]", over: .text)
    let subject = [UInt8](repeating: UInt8(ascii: "a"), count: 64 * 1024)
    var effort = Pattern.Effort()
    let match = subject.withUnsafeBufferPointer { pattern.search($0, &effort) }
    #expect(match == .gaveUp("it takes too many steps"))
    // What is left of the effort is for the next search.
    #expect(effort.left < 0)
  }
}
