import Addresses
import Health
import Ledger
import Reading

/// A table of peers.
struct PeerTable {
  enum Columns {
    /// With the upstream: rows of several.
    case all
    case ofUpstream
  }

  let columns: Columns
  /// Nil: there is one voter alone, and numbers say it all.
  let voters: VoterNames?

  func write(_ label: String, _ rows: [PeerRow], to html: inout Html) {
    let styles = (columns == .all ? ["several"] : []) + (voters == nil ? [] : ["shared"])
    html.table(styles.joined(separator: " "), label, heads) { html in
      for row in rows { write(row, to: &html) }
    }
  }

  private var heads: [(style: String, name: String)] {
    let start = [("status", "Status"), ("peer-name", "Peer")]
    let end = [("result", "Last result"), ("in-a-row", "In a row"), ("votes", "Votes")]
    return switch columns {
    case .all: start + [("upstream", "Upstream"), ("since", "Since")] + end
    case .ofUpstream: start + [("role", "Role"), ("since", "Since"), ("evidence", "Evidence")] + end
    }
  }

  private func write(_ row: PeerRow, to html: inout Html) {
    let record = row.peer.record
    html.element(
      .tr, .role("row"), .class(row.condition.style), .state(record.status.rawValue),
      .key("\(row.upstream.name) \(record.peer)")
    ) { html in
      html.cell("Status", "status") { status(row, &$0) }
      name(row, &html)
      place(row, &html)
      html.cell("Since", "since") { $0.time(record.sinceMs) }
      if columns == .ofUpstream { evidence(record, row.upstream, &html) }
      let seen = row.seen
      html.cell("Last result", "result") { result(row, seen, &$0) }
      html.cell("In a row", "run") { run(row, seen?.report, &$0) }
      html.cell("Votes", "votes") { html in
        if let voters { proberVotes(row, voters, &html) } else { votes(record, &html) }
      }
    }
    html.line()
  }

  private func status(_ row: PeerRow, _ html: inout Html) {
    let isDrained = row.peer.record.overrideInForce?.state == .drain
    let isForced = row.condition == .forced
    let word = row.peer.record.status == .up ? isForced ? "FORCED" : "UP" : isDrained ? "DRAIN" : "DOWN"
    let title = isForced ? "Up by an operator's word alone: the votes say down" : nil
    html.element(.span, .class("tag \(row.condition.style)"), .title(title), text: word)
    if let warning = row.certificateWarning {
      html.text(" ")
      html.element(.span, .class("late"), .title("Its certificate \(warning)"), text: "certificate")
    }
    guard let micros = row.degradedMicros, let aboveMs = row.upstream.checker?.degradedAboveMs else { return }
    html.text(" ")
    html.element(
      .span, .class("late"),
      .title("It answers in \(Words.measured(micros: micros)), above \(Words.setting(ms: aboveMs))"),
      text: "degraded")
  }

  private func name(_ row: PeerRow, _ html: inout Html) {
    let peer = row.peer.record.peer.text
    html.element(
      .th, .role("rowheader"), .scope("row"), .class("peer"),
      .title(row.peer.source.map { "\(peer), from \($0)" } ?? peer)
    ) { html in
      let upstream = PercentCoding.encode(row.upstream.name.text)
      html.element(
        .a, .href("api/v1/upstreams/\(upstream)/peers/\(PercentCoding.encode(peer))"), text: peer)
    }
  }

  private func place(_ row: PeerRow, _ html: inout Html) {
    let role = row.peer.record.role
    guard columns == .all else {
      return html.cell("Role", "role \(role.rawValue)") { $0.text(role.rawValue) }
    }
    let upstream = row.upstream.name.text
    html.cell("Upstream", "place") { html in
      html.element(.a, .href("./?upstream=\(PercentCoding.encode(upstream))"), text: upstream)
      guard role == .backup else { return }
      html.text(" ")
      html.element(.span, .class("role backup"), text: "backup")
    }
  }

  private func evidence(_ record: PeerRecord, _ upstream: UpstreamView, _ html: inout Html) {
    let meaning =
      switch record.evidence {
      case .assumed: "Never decided by votes: the state it started with"
      case .confirmed: "Decided by fresh votes"
      case .stale where upstream.trouble != nil: "It cannot be read: the last decision that is known"
      case .stale where upstream.isHeld: "Redis cannot be reached: the last decision that is known"
      case .stale: "Too few fresh votes: the last decision is held"
      }
    html.cell("Evidence", "evidence \(record.evidence.rawValue)") { html in
      html.element(.span, .title(meaning), text: record.evidence.rawValue)
    }
  }

  // MARK: The last result

  private func result(_ row: PeerRow, _ seen: (report: Report, by: String?)?, _ html: inout Html) {
    if let word = row.peer.record.overrideInForce { overrideNote(word, &html) }
    if row.peer.record.isMarkedDown {
      html.element(.span, .class("word"), .title("respect_down"), text: "marked down in the settings")
    }
    guard let (report, by) = seen else {
      let reason = row.peer.record.reason
      return reason.isEmpty ? html.dash("Not probed by this node") : code(reason, &html)
    }
    code(report.code, &html)
    if !report.detail.isEmpty {
      html.text(" ")
      html.element(.span, .class("detail"), .title(report.detail), text: report.detail)
    }
    if report.micros > 0 {
      html.text(" ")
      html.element(.span, .class("took"), text: Words.measured(micros: report.micros))
    }
    if let by {
      html.text(" ")
      html.element(.span, .class("by"), text: "by \(voters.map { String($0.short(by)) } ?? by)")
    }
    guard report.late else { return }
    html.text(" ")
    html.element(.span, .class("late"), .title("The next result is overdue"), text: "late")
  }

  /// `drain by kim, 3 min ago: a new kernel`.
  private func overrideNote(_ word: Override, _ html: inout Html) {
    html.element(.span, .class("word"), .title("\(word.by): \(word.why)")) { html in
      html.bold(word.state.rawValue)
      html.text(" by ")
      html.bold(word.by)
      if word.atMs > 0 {
        html.text(", ")
        html.time(word.atMs)
      }
      if !word.why.isEmpty { html.text(": \(word.why)") }
    }
  }

  private func code(_ code: String, _ html: inout Html) {
    guard !code.isEmpty else { return }
    html.element(.code, .class(code == "OK" ? "ok" : "bad"), text: code)
  }

  /// The run under way, and of how many it needs to turn the peer.
  private func run(_ row: PeerRow, _ report: Report?, _ html: inout Html) {
    guard let report else { return html.dash() }
    let thresholds = row.upstream.checker?.thresholds
    let isFailing = report.nok > 0
    let count = isFailing ? report.nok : report.ok
    let isTurning = isFailing == (report.state == .up) && count > 0
    html.element(
      .span, .class(isTurning ? "turning" : "steady"),
      .title("\(report.ok) successes, \(report.nok) failures in a row")
    ) { html in
      html.text(Words.number(Int(count)))
      if isTurning, let thresholds {
        html.text(" of \(isFailing ? thresholds.fall : thresholds.rise)")
      }
      html.text(isFailing ? " nok" : " ok")
    }
  }

  // MARK: Votes

  private func votes(_ record: PeerRecord, _ html: inout Html) {
    guard let votes = record.votes else { return html.dash() }
    html.element(
      .span, .title("Of \(votes.assigned) assigned; \(votes.needed) down votes take it down"),
      text: "\(votes.up) up, \(votes.down) down")
  }

  private func proberVotes(_ row: PeerRow, _ voters: VoterNames, _ html: inout Html) {
    if row.proberVotes.isEmpty { html.dash() }
    for proberVote in row.proberVotes { VoteChip.write(proberVote, voters, to: &html) }
    guard let votes = row.peer.record.votes, votes.assigned < votes.wanted else { return }
    html.element(
      .span, .class("dim"),
      .title("Too few nodes: \(votes.assigned) of the \(votes.wanted) probers that the settings ask for"),
      text: " \(votes.assigned) of \(votes.wanted)")
  }
}
