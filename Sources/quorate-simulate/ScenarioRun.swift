import ArgumentParser
import FoundationEssentials
import Simulation

/// Runs the story in a file, and prints what happened.
struct ScenarioRun {
  let path: String
  let withProbes: Bool

  func run() throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw ValidationError("\(path) cannot be read, or is no text")
    }
    let transcript = Transcript(withProbes: withProbes)
    let verdict = Verdict.of(try plan(text), transcript: transcript)
    for line in transcript.lines { print(line) }
    Simulate.tell(verdict)
    if !verdict.objections.isEmpty { throw ExitCode.failure }
  }

  private func plan(_ text: String) throws -> Plan {
    do { return try Scenario.read(text).plan() } catch {
      throw ValidationError("this is no scenario:\n" + error.text(file: path))
    }
  }
}
