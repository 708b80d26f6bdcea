import Health
import Ledger
import Reading

/// What one node says of a peer, as a small mark: `▲ a`, `▼ b`, `– c`. What does not count is dim; the code and the
/// reason are in the title.
enum VoteChip {
  static func write(_ ballot: Ballot, _ names: VoterNames, to html: inout Html) {
    let state = ballot.report?.state.rawValue ?? "none"
    html.element(
      .span, .class("vote \(state)\(ballot.counts ? "" : " idle")"), .title(title(ballot)),
      text: String(names.short(ballot.node)))
  }

  private static func title(_ ballot: Ballot) -> String {
    guard let report = ballot.report else { return "\(ballot.node): has not reported yet" }
    var parts = ["\(ballot.node): \(report.state.rawValue)"]
    if report.code != "OK" || report.state == .down || report.nok > 0 {
      parts.append(report.detail.isEmpty ? report.code : "\(report.code) \(report.detail)")
      parts.append(report.nok > 0 ? "\(report.nok) failures in a row" : "\(report.ok) successes in a row")
    }
    if let why = ballot.standing.hindrance { parts.append("does not count: \(why)") }
    return parts.joined(separator: ", ")
  }
}

extension Ballot.Standing {
  /// Why it does not count, without ages: a page that changed with every second would be sent with every second.
  fileprivate var hindrance: String? {
    switch self {
    case .counts, .missing: nil
    case .held: "Redis cannot be reached"
    case .late: "its next result is overdue"
    case .runGone: "of a run that is gone"
    case .noMember: "of no member"
    case .leaving: "its node is leaving"
    case .silent: "its node is silent"
    case .gone: "its node is missing"
    case .notAssigned: "not assigned to this peer"
    }
  }
}
