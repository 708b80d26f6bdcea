import Health
import Probing
import Reading

/// What probes found, as a table for a terminal.
struct ProbeTable {
  struct Row {
    var upstream: UpstreamName
    /// Empty: it is the only one.
    var check = ""
    var peer: PeerName
    var outcome: Outcome
  }

  var rows: [Row]

  /// Seconds since 1970.
  var nowS = Int(WallClock.nowMs / 1000)

  private var headings: [String] {
    ["UPSTREAM"] + (hasSeveralChecks ? ["CHECK"] : []) + ["PEER", "STATE", "CODE", "CONNECT"]
      + (isSecured ? ["HANDSHAKE"] : [])
      + ["FIRST BYTE", "TOTAL", "DETAIL"]
  }

  /// Each line ends in a line feed; columns are as wide as they must be.
  var text: String {
    let cells = [headings] + rows.map(cells)
    let widths = headings.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { line(of: $0, widths) }.joined()
  }

  private func cells(_ row: Row) -> [String] {
    let phases = row.outcome.phases
    return [
      row.upstream.text
    ] + (hasSeveralChecks ? [row.check] : []) + [
      row.peer.text, state(row.outcome), code(row.outcome), millis(phases.connect),
    ] + (isSecured ? [millis(phases.handshake)] : []) + [
      millis(phases.firstByte), millis(phases.total), detail(row.outcome),
    ]
  }

  private var hasSeveralChecks: Bool { rows.contains { !$0.check.isEmpty } }

  /// Some of the connections are.
  private var isSecured: Bool {
    rows.contains { $0.outcome.certificate != nil || $0.outcome.phases.handshake > 0 }
  }

  /// With what is known of the certificate: `api.internal, until 2026-12-01 (12 days)`.
  private func detail(_ outcome: Outcome) -> String {
    guard let certificate = outcome.certificate, certificate.endsS > 0 else { return outcome.detail }
    let days = (certificate.endsS - Int64(nowS)) / 86_400
    let ends = Instant(ms: certificate.endsS * 1000).rfc3339.prefix(10)
    let known =
      "certificate of \(Plain.text(certificate.names)), until \(ends) (\(Words.count(Int(max(days, 0)), "day")))"
    return outcome.detail.isEmpty ? known : "\(outcome.detail); \(known)"
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
