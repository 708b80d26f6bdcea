import Console
import Simulation

/// The table of docs/decisions/0013-nodes-trust-themselves.md.
enum DistrustTable {
  static func write(runs: Int) throws {
    try StandardOutput.write(
      "| story | nodes | rule | false downs in \(runs) runs | p50 to down | longest | not within 30 s |")
    try StandardOutput.write("|---|---:|---|---:|---:|---:|---:|")
    for row in DistrustTrial.rows(runs: runs) {
      let rule = row.distrust ? "distrust" : "majority"
      try StandardOutput.write(
        "| \(row.story) | \(row.nodes) | \(rule) | \(row.falseDowns) | \(ms(row.delays, 0.5)) | "
          + "\(ms(row.delays, 1)) | \(row.missed) |")
    }
  }

  private static func ms(_ sorted: [Int64], _ part: Double) -> String {
    guard !sorted.isEmpty else { return "" }
    return "\(sorted[min(Int(Double(sorted.count) * part), sorted.count - 1)]) ms"
  }
}
