import ArgumentParser
import Console
import Glibc
import Health
import Probing

/// The engine as a contestant: a process that probes until its standard input ends. It obeys two lines there: `mark`
/// begins a measurement of lateness, `lateness` tells it.
struct EngineContestant: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine", abstract: "Probe, as a child of the comparison.", shouldDisplay: false)

  @Option var port: UInt16
  @Option var peers: Int
  @Option var interval: Int
  @Option var inFlight: Int?
  @Option var close = Checker.Close.fin

  func run() async throws {
    ProbeEngine.raiseDescriptorLimit()
    let engine = try ProbeEngine { _ in }
    engine.apply(orders)
    try StandardOutput.write("ready")
    var mark = Lateness()
    while let line = readLine() {
      let now = await engine.statistics().lateness
      if line == "mark" {
        mark = now
        try StandardOutput.write("marked")
      } else {
        try StandardOutput.write(figures(from: mark, to: now).line)
      }
    }
    engine.stop()
  }

  private var orders: [ProbeAction] {
    var checker = Checker(kind: .http, request: Array(Servers.request.utf8))
    checker.intervalMs = interval
    checker.timeoutMs = Servers.timeoutMs
    checker.concurrency = inFlight
    checker.close = close
    checker.validStatuses = [200]
    return [.openGroup(0, checker)]
      + (0..<peers).map { number in
        .watch(
          ProbeTarget(
            id: ProbeID(index: UInt32(number), incarnation: 1), group: 0,
            peer: PeerName(Servers.address(number, port: port)), phaseMs: number * interval / peers))
      }
  }

  private func figures(from mark: Lateness, to now: Lateness) -> LatenessFigures {
    let between = now.since(mark)
    return LatenessFigures(p50: between.quantile(0.5), p99: between.quantile(0.99))
  }
}

extension Checker.Close: ExpressibleByArgument {}
