import Health

/// What probes found, as a table for a terminal.
struct ProbeTable {
  struct Row {
    var upstream: UpstreamName
    var peer: PeerName
    var outcome: Outcome
  }

  var rows: [Row]

  private static let headings = [
    "UPSTREAM", "PEER", "STATE", "CODE", "CONNECT", "FIRST BYTE", "TOTAL", "DETAIL",
  ]

  /// Each line ends in a line feed; columns are as wide as they must be.
  var text: String {
    let cells = [Self.headings] + rows.map(cells)
    let widths = Self.headings.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { line(of: $0, widths) }.joined()
  }

  private func cells(_ row: Row) -> [String] {
    let phases = row.outcome.phases
    return [
      row.upstream.text, row.peer.text, state(row.outcome), code(row.outcome), millis(phases.connect),
      millis(phases.firstByte), millis(phases.total), row.outcome.detail,
    ]
  }

  private func state(_ outcome: Outcome) -> String {
    switch outcome.verdict {
    case .success: "UP"
    case .failure: "DOWN"
    // It says nothing of the peer.
    case .local: "UNKNOWN"
    }
  }

  private func code(_ outcome: Outcome) -> String {
    outcome.verdict == .success && outcome.status > 0 ? "\(outcome.code) \(outcome.status)" : outcome.code
  }

  /// Microseconds as milliseconds with two digits; `-` for a phase that was not reached.
  private func millis(_ micros: UInt32) -> String {
    guard micros > 0 else { return "-" }
    let hundredths = (micros + 5) / 10
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) ms"
  }

  private func line(of cells: [String], _ widths: [Int]) -> String {
    var line = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
      separator: "  ")
    while line.last == " " { line.removeLast() }
    return line + "\n"
  }
}
