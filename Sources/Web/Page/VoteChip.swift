import Health
import Ledger

/// What one node says of a peer, as a small mark: `▲ a`, `▼ b`, `– c`. What does not count is dim; the code and the
/// reason are in the title.
enum VoteChip {
  /// - Parameter isHeld: nothing counts, since the ledger cannot be reached.
  static func write(_ vote: NodeReport, _ names: VoterNames, isHeld: Bool, to page: inout PageBytes) {
    let state = vote.report?.state.rawValue ?? "none"
    page.raw("<span class=\"vote \(state)\(vote.counts ? "" : " idle")\" title=\"")
    page.html(title(vote, isHeld))
    page.raw("\">")
    page.html(String(names.short(vote.node)))
    page.raw("</span>")
  }

  private static func title(_ vote: NodeReport, _ isHeld: Bool) -> String {
    guard let report = vote.report else { return "\(vote.node): has not reported yet" }
    var parts = ["\(vote.node): \(report.state.rawValue)"]
    if report.code != "OK" || report.state == .down || report.nok > 0 {
      parts.append(report.detail.isEmpty ? report.code : "\(report.code) \(report.detail)")
      parts.append(report.nok > 0 ? "\(report.nok) failures in a row" : "\(report.ok) successes in a row")
    }
    if !vote.counts { parts.append(whyIdle(vote, report, isHeld)) }
    return parts.joined(separator: ", ")
  }

  private static func whyIdle(_ vote: NodeReport, _ report: Report, _ isHeld: Bool) -> String {
    if isHeld { return "does not count: Redis cannot be reached" }
    if !vote.isAssigned { return "does not count: not assigned to this peer" }
    return report.late
      ? "does not count: its next result is overdue" : "does not count: of a run that is gone"
  }
}
