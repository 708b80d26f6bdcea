import ArgumentParser
import Console
import Glibc

/// `make bench-probe`: the engine beside HAProxy's checks, in one run.
@main
struct BenchProbe: AsyncParsableCommand {
  static func main() async { await Program.run(Self.self) }

  static let configuration = CommandConfiguration(
    commandName: "quorate-bench-probe",
    abstract: "Compares the probe engine with HAProxy's health checks on this machine.",
    discussion: """
      Each contestant is a process of its own on one core; a responder on another core answers for all of
      127.0.0.0/8 and counts. Rounds alternate between the contestants, and medians are printed. Ends with 1 when a
      target is missed.
      """,
    subcommands: [
      Compare.self, SecureBench.self, HostileBench.self, EngineContestant.self, NioContestant.self,
      HostileBackends.self,
      BareTimer.self,
    ], defaultSubcommand: Compare.self)
}

struct Compare: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Run the comparison (the default).")

  @Option(help: "Times that everything is measured.")
  var rounds = 3

  @Option(help: "Peers of each contestant.")
  var peers = 10_000

  @Option(help: ArgumentHelp("Seconds of each measurement, after a warm-up.", valueName: "seconds"))
  var window = 3.0

  @Option(
    help: ArgumentHelp("Probes of the engine in flight at once when it is saturated.", valueName: "count"))
  var inFlight = 256

  @Option(help: ArgumentHelp("Interval that saturates HAProxy.", valueName: "ms"))
  var haproxyInterval = 200

  @Option(help: "Measure only what has this word in its name.")
  var only: String?

  func validate() throws {
    // The load is bounded, whoever runs it.
    guard (1...20).contains(rounds), (1...50_000).contains(peers), (0.1...30).contains(window) else {
      throw ValidationError("--rounds is 1 to 20, --peers 1 to 50000, --window 0.1 to 30")
    }
  }

  func run() async throws {
    let bench = try await Bench(peers: peers, window: .seconds(window))
    defer { bench.end() }
    var results = Results()
    for round in 1...rounds {
      for trial in Trial.all(inFlight: inFlight, haproxyInterval: haproxyInterval) where isWanted(trial) {
        note("round \(round) of \(rounds): \(trial.name)")
        try await measure(trial, bench, &results)
      }
    }
    if only == nil || only == "memory" {
      note("memory")
      results.memory = try await bench.memory()
    }
    let report = Report(results: results, peers: peers, rounds: rounds, isWhole: only == nil)
    try StandardOutput.write(report.text)
    if report.isMissed { throw ExitCode(1) }
  }

  /// Measures, and once more where other work came between; leaves it out where that happens again.
  private func measure(_ trial: Trial, _ bench: Bench, _ results: inout Results) async throws {
    for _ in 1...2 {
      let measurement = try await bench.measure(trial)
      if trial.isUndisturbed(measurement, peers: peers) { return results.add(trial.name, measurement) }
      note(
        "  disturbed by other work on this machine: \(Int(measurement.probesPerSecond)) probes/s with "
          + "\(Int(100 * measurement.cpuSeconds / measurement.seconds)) % of a core")
      results.disturbed += 1
    }
  }

  private func isWanted(_ trial: Trial) -> Bool { only.map { trial.name.contains($0) } ?? true }

  /// Progress, apart from the table on standard output.
  private func note(_ text: String) { StandardError.write(text) }
}
