import BenchTools

/// What three nodes cost Redis, and what a node of three costs beside one alone.
struct SteadyTables: Sendable {
  private var redis = [
    "| peers | upstreams | interval | probes/s | scripts/s | commands/s in them too | in | out | Redis CPU |",
    "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
  ]
  private var nodes = [
    "| peers | interval | nodes | probes/s of a node | wanted | CPU of a node | for each probe | memory of a node |",
    "|---:|---:|---|---:|---:|---:|---:|---:|",
  ]
  private var notes: [String] = []

  mutating func add(_ trial: SteadyTrial, _ figures: SteadyFigures) {
    let load = [
      Numbers.grouped(Double(trial.load.peers)),
      "\(Numbers.decimal(Double(trial.load.intervalMs) / 1000, 0)) s",
    ]
    if let usage = figures.redis { addRedis(trial, figures, usage, load) }
    let count = Double(figures.nodes.count)
    let cpu = figures.nodes.map(\.cpuSeconds).reduce(0, +)
    let memory = figures.nodes.map { Double($0.residentBytes) }.reduce(0, +)
    nodes.append(
      Self.row(
        load + [
          figures.redis == nil ? "1, no Redis" : "3",
          Numbers.grouped(figures.probes / figures.seconds / count),
          Numbers.grouped(trial.load.probesPerSecond),
          "\(Numbers.decimal(cpu * 1000 / figures.seconds / count, 1)) ms/s",
          "\(Numbers.decimal(cpu * 1e6 / figures.probes, 1)) µs",
          "\(Numbers.decimal(memory / count / 1_048_576, 1)) MB",
        ]))
    if figures.events > 0 {
      notes.append("\(figures.events) event(s) came while \(load[0]) peers were steady.")
    }
  }

  private mutating func addRedis(
    _ trial: SteadyTrial, _ figures: SteadyFigures, _ usage: RedisUsage, _ load: [String]
  ) {
    redis.append(
      Self.row([
        load[0], "\(trial.load.upstreams)", load[1], Numbers.grouped(figures.probes / figures.seconds),
        Numbers.decimal(usage.scripts / figures.seconds, 1),
        Numbers.decimal(usage.commands / figures.seconds, 1),
        "\(Numbers.decimal(usage.bytesIn / 1000 / figures.seconds, 1)) kB/s",
        "\(Numbers.decimal(usage.bytesOut / 1000 / figures.seconds, 1)) kB/s",
        "\(Numbers.decimal(usage.cpuSeconds * 1000 / figures.seconds, 2)) ms/s",
      ]))
  }

  private static func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

  var text: String {
    """
    Redis, with three nodes and all peers up:

    \(redis.joined(separator: "\n"))

    A node of the three, beside one without Redis:

    \((nodes + [""] + notes).joined(separator: "\n"))
    """
  }
}
