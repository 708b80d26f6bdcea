import FoundationEssentials
import Testing

/// The style of this repository, where it can be tested.
@Suite struct FrameTests {
  @Test func roomsImportOnlyWhatTheyMay() {
    let files = Repository.files(endings: ["swift"]).filter(\.isSource)
    #expect(files.count > 20, "the sources are not where this test looks for them: \(Repository.root)")
    expectNone(files.flatMap(ImportRule.violations))
  }

  @Test func bannedCallsAreNotMade() {
    expectNone(Repository.files(endings: ["swift"]).flatMap(BannedCall.violations))
  }

  @Test func filesAreShortAndFinished() {
    let files = Repository.files()
    #expect(files.contains { $0.path == "Makefile" })
    expectNone(files.filter { !$0.path.contains("/Corpus/") }.flatMap(PlainRule.violations))
  }

  @Test func linksLeadSomewhere() {
    let files = Repository.files(endings: ["md"])
    expectNone(
      files.flatMap { file in
        MarkdownLinks.violations(in: file) { path in
          files.first { $0.path == path }?.text ?? (Repository.exists(path) ? "" : nil)
        }
      })
  }

  /// A promise without a test is none.
  @Test func everyTestThatTheGuaranteesNameIsThere() throws {
    let text = try #require(Repository.files(endings: ["md"]).first { $0.path == "docs/guarantees.md" }).text
    let tests = Repository.files(endings: ["swift"]).map(\.text).joined()
    let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
    // Every second piece stands between backticks; names of tests are in camel case.
    let names = pieces.indices.filter { !$0.isMultiple(of: 2) }.map { pieces[$0] }.filter { name in
      name.first?.isLowercase == true && name.contains(where: \.isUppercase) && name.allSatisfy(\.isLetter)
    }
    #expect(names.count > 20)
    for name in Set(names) { #expect(tests.contains("func \(name)("), "\(name)") }
  }

  /// What histories notice too seldom a test takes away.
  @Test func everyTestThatTheTrialOfRulesNamesIsThere() throws {
    let files = Repository.files(endings: ["swift", "txt"])
    let rules = try #require(files.first { $0.path.hasSuffix("Seeds/rules.txt") }).text.split(separator: "\n")
    let named = rules.map { $0.split(separator: " ") }.filter { $0.count > 2 && $0[1] == "test" }.map {
      $0[2]
    }
    #expect(rules.count > 40 && !named.isEmpty)
    for name in named { #expect(files.contains { $0.text.contains("func \(name)(") }, "\(name)") }
  }

  /// A promise that no invariant watches is not a promise; and each invariant watches one.
  @Test func everyPromiseHasItsInvariant() throws {
    let text = try #require(Repository.files(endings: ["md"]).first { $0.path == "docs/guarantees.md" }).text
    let invariants = Repository.files(endings: ["swift"])
      .filter { $0.path.hasPrefix("Sources/Simulation/Invariants/") && $0.text.contains(": Invariant {") }
      .compactMap { $0.path.split(separator: "/").last?.dropLast(".swift".count) }.map(String.init)
    #expect(invariants.count >= 20)
    for name in invariants { #expect(text.contains("`\(name)`"), "\(name) is in no promise") }
    for row in text.split(separator: "\n") where row.hasPrefix("| ") && !row.hasSuffix("simulation |") {
      let last = row.split(separator: "|").last ?? ""
      let isWatched = invariants.contains { last.contains("`\($0)`") } || last.contains("not simulated")
      #expect(isWatched, "no invariant in: \(row)")
    }
  }

  private func expectNone(_ violations: [Violation], at location: SourceLocation = #_sourceLocation) {
    let text = violations.map(\.description).joined(separator: "\n")
    #expect(violations.isEmpty, "\n\(text)", sourceLocation: location)
  }
}
