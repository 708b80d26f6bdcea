import Chaos

/// What came of a run, as text in Markdown.
enum ChaosReport {
  static func text(_ result: ChaosRun.Result) -> String {
    let rows = Fault.allCases.compactMap { fault -> String? in
      guard let tally = result.faults[fault] else { return nil }
      return "| \(fault.rawValue) | \(tally.count) | \(seconds(tally.longest)) |"
    }
    let count = result.faults.values.reduce(0) { $0 + $1.count }
    var lines = ["", "| fault | times | longest out of step, s |", "|---|---|---|"] + rows
    lines += [
      "",
      "\(count) faults; backends changed \(result.flips) times; a reader was told \(result.transitions) transitions and "
        + "\(result.resyncs) resyncs; \(result.pages) pages were read; \(result.violations.count) violations.",
    ]
    lines += result.violations.map { "WRONG: \($0)" }
    if !result.logs.isEmpty { lines.append(result.logs) }
    return lines.joined(separator: "\n")
  }

  private static func seconds(_ duration: Duration) -> String {
    let tenths = Int((duration / .milliseconds(100)).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
