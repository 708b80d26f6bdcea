import Simulation
import Testing

import class Foundation.FileManager
import class Foundation.ProcessInfo
import struct Foundation.URL

/// Stories of a cluster, each with the full transcript that is expected, under Scenarios.
///
/// `QUORATE_REWRITE_SCENARIOS=1 swift test --filter ScenarioTests` writes the transcripts anew; read the difference.
@Suite struct ScenarioTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "Scenarios")
  private static let isRewriting =
    ProcessInfo.processInfo.environment["QUORATE_REWRITE_SCENARIOS"] != nil
  /// Lines shown before one that is not as expected.
  private static let before = 8

  static var files: [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return all.filter { $0.hasSuffix(".txt") }.sorted()
  }

  @Test func thereAreAsManyStoriesAsWasPromised() {
    #expect(Self.files.count >= 14)
  }

  @Test(arguments: files) func theStoryIsTold(_ file: String) throws {
    let url = Self.folder.appending(path: file)
    let scenario: Scenario
    let plan: Plan
    do {
      scenario = try Scenario.read(String(contentsOf: url, encoding: .utf8))
      plan = try scenario.plan()
    } catch let problems as ScenarioProblems {
      Issue.record("\(problems.text(file: file))")
      return
    }
    let transcript = Transcript(fromMs: scenario.fromMs)
    let verdict = Verdict.of(plan, transcript: transcript)
    #expect(verdict.violations.isEmpty)
    if Self.isRewriting {
      try scenario.text(with: transcript.lines).write(to: url, atomically: true, encoding: .utf8)
    } else if let difference = Self.difference(scenario.transcript, transcript.lines) {
      Issue.record("\(file): \(difference)")
    }
  }

  @Test(arguments: files) func everyStorySaysWhatItShows(_ file: String) throws {
    let text = try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
    let comments = text.split(separator: "\n").prefix { $0.hasPrefix("#") }
    #expect(comments.count >= 2, "\(file) begins with what it shows, in comment lines")
  }

  /// Nil: there is none.
  private static func difference(_ expected: [String], _ found: [String]) -> String? {
    guard expected != found else { return nil }
    let place =
      zip(expected, found).enumerated().first { $1.0 != $1.1 }?.offset ?? min(expected.count, found.count)
    let same = expected[max(place - before, 0)..<place].map { "    \($0)" }
    let wanted = place < expected.count ? expected[place] : "(the end)"
    let got = place < found.count ? found[place] : "(the end)"
    let lines = same + ["  - \(wanted)", "  + \(got)"]
    return """
      line \(place + 1) of the transcript is another one:
      \(lines.joined(separator: "\n"))
      If this is as it should be, write the transcripts anew and read the difference:
        QUORATE_REWRITE_SCENARIOS=1 swift test --filter ScenarioTests
      """
  }
}
