/// The table as Markdown, for a terminal and for docs/redis.md.
struct Table {
  /// What is allowed of a spike's figure.
  private static let allowance = 1.2
  private var lines = [
    "| CPU, user + system, in µs | quorate | hiredis | at most | redis-server | its spike |",
    "|---|---:|---:|---:|---:|---:|",
  ]
  private var missed: [String] = []

  var isMissed: Bool { !missed.isEmpty }

  var text: String {
    let verdict = isMissed ? "Missed: " + missed.joined(separator: "; ") + "." : "All limits are kept."
    return (lines + ["", verdict]).joined(separator: "\n")
  }

  mutating func add(_ row: Row, _ figures: Figures) {
    let most = row.spike.map { $0 * Self.allowance }
    if let most, figures.own > most { missed.append(row.name) }
    let cells = [figures.own, figures.blocking, most, figures.server, row.serverSpike].map(Self.cell)
    lines.append("| \(row.name) | " + cells.joined(separator: " | ") + " |")
  }

  /// Three digits that count.
  private static func cell(_ value: Double?) -> String {
    guard let value else { return "" }
    let decimals = value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let whole = Int((value * Double(scale)).rounded())
    guard decimals > 0 else { return "\(whole)" }
    let fraction = String(whole % scale)
    return "\(whole / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }
}
