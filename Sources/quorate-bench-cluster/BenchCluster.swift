import ArgumentParser
import BenchTools
import Console
import Glibc

/// `make bench-cluster`: what a cluster costs Redis and its nodes, and how fast it is.
@main
struct BenchCluster: AsyncParsableCommand {
  static func main() async { await Program.run(Self.self) }

  static let configuration = CommandConfiguration(
    commandName: "quorate-bench-cluster",
    abstract: "Measures three nodes on one redis-server, beside a single node without Redis.",
    discussion: """
      redis-server, the nodes and the backends are processes of their own on this machine, started and ended here; a
      responder answers for all of 127.0.0.0/8 and counts the probes. CPU is user and system time of all threads of
      a process. Prints Markdown tables.
      """)

  /// Nothing that this starts outlives this.
  static let longestSeconds = 1200
  static let longestTrialSeconds = 600

  @Option(
    help: ArgumentHelp("Seconds from the start of the last node to a measurement.", valueName: "seconds"))
  var warmUp = 18.0

  @Option(help: ArgumentHelp("Seconds of a measurement; whole report periods of 10.", valueName: "seconds"))
  var window = 30.0

  @Option(help: "Backends that are stopped one by one.")
  var stops = 60

  @Option(help: "Measure only what has this in its name: steady, delay, mass, upstreams.")
  var only: String?

  func validate() throws {
    // The load is bounded, whoever runs it.
    guard (1...60).contains(warmUp), (1...60).contains(window), (1...100).contains(stops) else {
      throw ValidationError("--warm-up and --window are 1 to 60, --stops 1 to 100")
    }
  }

  func run() async throws {
    // The nodes and redis-server end with this process, whatever ends it.
    alarm(UInt32(Self.longestSeconds))
    try StandardOutput.write("Machine: \(Machine.description).\n")
    if isWanted("steady") { try StandardOutput.write(try await steady().text + "\n") }
    if isWanted("delay") {
      note("delay")
      try StandardOutput.write(try await DelayTrial(stops: stops, warmUp: .seconds(warmUp)).run().text + "\n")
    }
    if isWanted("mass") {
      note("mass")
      try StandardOutput.write(try await MassTrial(warmUp: .seconds(warmUp)).run().text + "\n")
    }
    if isWanted("upstreams") { try StandardOutput.write(try await upstreams().text) }
  }

  private func steady() async throws -> SteadyTables {
    var tables = SteadyTables()
    for load in SteadyTrial.loads {
      for nodes in [3, 1] {
        note("steady: \(load.peers) peers, \(nodes) node(s), \(load.intervalMs) ms")
        let trial = SteadyTrial(
          load: load, nodes: nodes, warmUp: .seconds(warmUp), window: .seconds(window))
        tables.add(trial, try await trial.run())
      }
    }
    return tables
  }

  private func upstreams() async throws -> UpstreamsTable {
    var table = UpstreamsTable()
    for trial in UpstreamsTrial.trials {
      note("upstreams: \(trial.upstreams) of \(trial.peers) peers, \(trial.nodes) node(s)")
      table.add(trial, try await trial.run(window: .seconds(10)))
    }
    return table
  }

  private func isWanted(_ name: String) -> Bool { only.map { name.contains($0) } ?? true }

  /// Progress, apart from the tables on standard output.
  private func note(_ text: String) { StandardError.write(text) }
}
