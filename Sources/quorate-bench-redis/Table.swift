/// The table as Markdown, for a terminal and for docs/redis.md.
struct Table {
  /// What is allowed of a spike's figure.
  private static let allowance = 1.2
  private var lines = [
    "| CPU, user + system, in µs | quorate | hiredis | at most | redis-server | its spike |",
    "|---|---:|---:|---:|---:|---:|",
  ]
  /// How much slower this machine is now than when the spike was measured; the limits grow with it.
  private let slowness: Double
  private var missed: [String] = []

  /// - Parameter reference: what hiredis takes for a GET in pipelines of 100, in µs.
  init(reference: Double) {
    slowness = max(1, reference / 0.27)
  }

  var isMissed: Bool { !missed.isEmpty }

  var text: String {
    let pace = "This machine is \(Self.cell(slowness)) times as slow as when the spike was measured."
    let verdict = isMissed ? "Missed: " + missed.joined(separator: "; ") + "." : "All limits are kept."
    return (lines + ["", pace, verdict]).joined(separator: "\n")
  }

  mutating func add(_ row: Row, _ figures: Figures) {
    let most = row.spike.map { $0 * Self.allowance * slowness }
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
