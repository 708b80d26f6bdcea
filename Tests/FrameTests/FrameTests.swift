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

  private func expectNone(_ violations: [Violation], at location: SourceLocation = #_sourceLocation) {
    let text = violations.map(\.description).joined(separator: "\n")
    #expect(violations.isEmpty, "\n\(text)", sourceLocation: location)
  }
}
