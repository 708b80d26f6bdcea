import ArgumentParser
import Console
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
    let (scenario, plan) = try read(text)
    let transcript = Transcript(withProbes: withProbes, fromMs: scenario.fromMs)
    let verdict = Verdict.of(plan, transcript: transcript)
    try Simulate.write(transcript)
    try Simulate.tell(verdict)
    if !verdict.violations.isEmpty { throw ExitCode.failure }
  }

  private func read(_ text: String) throws -> (Scenario, Plan) {
    do {
      let scenario = try Scenario.read(text)
      return (scenario, try scenario.plan())
    } catch {
      throw ValidationError("this is no scenario:\n" + error.text(file: path))
    }
  }
}
