import Health
import Ledger
import Reading

/// What one node says of a peer, as a small mark: `▲ a`, `▼ b`, `– c`. What does not count is dim; the code and the
/// reason are in the title.
enum VoteChip {
  static func write(_ proberVote: ProberVote, _ names: VoterNames, to html: inout Html) {
    let state = proberVote.report?.state.rawValue ?? "none"
    html.element(
      .span, .class("vote \(state)\(proberVote.counts ? "" : " idle")"), .title(title(proberVote)),
      text: String(names.short(proberVote.node)))
  }

  private static func title(_ proberVote: ProberVote) -> String {
    guard let report = proberVote.report else { return "\(proberVote.node): has not reported yet" }
    var parts = ["\(proberVote.node): \(report.state.rawValue)"]
    if report.code != "OK" || report.state == .down || report.nok > 0 {
      parts.append(report.detail.isEmpty ? report.code : "\(report.code) \(report.detail)")
      parts.append(report.nok > 0 ? "\(report.nok) failures in a row" : "\(report.ok) successes in a row")
    }
    if let why = proberVote.standing.hindrance { parts.append("does not count: \(why)") }
    return parts.joined(separator: ", ")
  }
}

extension ProberVote.Standing {
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
