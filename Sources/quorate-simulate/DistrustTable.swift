import Simulation

/// The table of docs/decisions/0013-nodes-trust-themselves.md.
enum DistrustTable {
  static func print(runs: Int) {
    Swift.print(
      "| story | nodes | rule | false downs in \(runs) runs | p50 to down | longest | not within 30 s |")
    Swift.print("|---|---:|---|---:|---:|---:|---:|")
    for row in DistrustTrial.rows(runs: runs) {
      let rule = row.distrust ? "distrust" : "majority"
      Swift.print(
        "| \(row.story) | \(row.nodes) | \(rule) | \(row.falseDowns) | \(ms(row.delays, 0.5)) | "
          + "\(ms(row.delays, 1)) | \(row.missed) |")
    }
  }

  private static func ms(_ sorted: [Int64], _ part: Double) -> String {
    guard !sorted.isEmpty else { return "" }
    return "\(sorted[min(Int(Double(sorted.count) * part), sorted.count - 1)]) ms"
  }
}
