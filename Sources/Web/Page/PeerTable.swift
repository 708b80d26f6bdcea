import Addresses
import Health
import Ledger
import Reading

/// A table of peers. The roles are written out, since the narrow style lays the rows out as blocks and browsers then
/// no longer see a table.
struct PeerTable {
  enum Columns {
    /// With the upstream: rows of several.
    case all
    case ofUpstream
  }

  private let columns: Columns
  /// Nil: there is one voter alone, and numbers say it all.
  private let voters: VoterNames?
  private var page = PageBytes(reserving: 32 * 1024)

  init(columns: Columns, label: String, voters: VoterNames? = nil) {
    self.columns = columns
    self.voters = voters
    let styles = (columns == .all ? ["several"] : []) + (voters == nil ? [] : ["shared"])
    page.raw("<table role=\"table\" class=\"\(styles.joined(separator: " "))\" aria-label=\"")
    page.html(label)
    page.raw("\"><thead role=\"rowgroup\"><tr role=\"row\">")
    for (style, name) in Self.names(columns) {
      page.raw("<th role=\"columnheader\" scope=\"col\" class=\"\(style)\">\(name)</th>")
    }
    page.raw("</tr></thead><tbody role=\"rowgroup\">\n")
  }

  /// The class and the words of each column's head.
  private static func names(_ columns: Columns) -> [(style: String, name: String)] {
    let start = [("status", "Status"), ("peer-name", "Peer")]
    let end = [("result", "Last result"), ("in-a-row", "In a row"), ("votes", "Votes")]
    return switch columns {
    case .all: start + [("upstream", "Upstream"), ("since", "Since")] + end
    case .ofUpstream: start + [("role", "Role"), ("since", "Since"), ("evidence", "Evidence")] + end
    }
  }

  mutating func finish() -> [UInt8] {
    page.raw("</tbody></table>\n")
    return page.bytes
  }

  mutating func write(_ row: PeerRow) {
    let record = row.peer.record
    page.raw(
      "<tr role=\"row\" class=\"\(row.condition.style)\" data-s=\"\(record.status.rawValue)\" data-k=\"")
    page.html("\(row.upstream.name) \(record.peer)")
    page.raw("\">")
    writeStatus(row)
    writeName(row)
    writePlace(row)
    cell("Since", "since") { Self.writeTime(record.sinceMs, to: &$0) }
    if columns == .ofUpstream { writeEvidence(record, row.upstream) }
    let seen = row.seen
    writeResult(row, seen)
    writeRun(row, seen?.report)
    if let voters { writeVoters(row, voters) } else { writeVotes(record) }
    page.raw("</tr>\n")
  }

  private mutating func cell(_ label: String, _ style: String, _ body: (inout PageBytes) -> Void) {
    page.raw("<td role=\"cell\" data-l=\"\(label)\" class=\"\(style)\">")
    body(&page)
    page.raw("</td>")
  }

  private mutating func writeStatus(_ row: PeerRow) {
    cell("Status", "status") { page in
      let isDrained = row.peer.record.word?.state == .drain
      let isForced = row.condition == .forced
      let word = row.peer.record.status == .up ? isForced ? "FORCED" : "UP" : isDrained ? "DRAIN" : "DOWN"
      let title = isForced ? " title=\"Up by an operator's word alone: the votes say down\"" : ""
      page.raw("<span class=\"tag \(row.condition.style)\"\(title)>\(word)</span>")
    }
  }

  private mutating func writeName(_ row: PeerRow) {
    let peer = row.peer.record.peer.text
    page.raw("<th role=\"rowheader\" scope=\"row\" class=\"peer\" title=\"")
    page.html(peer)
    page.raw("\"><a href=\"api/v1/upstreams/")
    page.raw(PercentCoding.encode(row.upstream.name.text))
    page.raw("/peers/\(PercentCoding.encode(peer))\">")
    page.html(peer)
    page.raw("</a></th>")
  }

  private mutating func writePlace(_ row: PeerRow) {
    let role = row.peer.record.role
    guard columns == .all else {
      return cell("Role", "role \(role.rawValue)") { $0.raw(role.rawValue) }
    }
    cell("Upstream", "place") { page in
      page.raw("<a href=\"./?upstream=\(PercentCoding.encode(row.upstream.name.text))\">")
      page.html(row.upstream.name.text)
      page.raw("</a>")
      if role == .backup { page.raw(" <span class=\"role backup\">backup</span>") }
    }
  }

  private mutating func writeEvidence(_ record: PeerRecord, _ upstream: UpstreamView) {
    let meaning =
      switch record.evidence {
      case .assumed: "Never decided by votes: the state it started with"
      case .confirmed: "Decided by fresh votes"
      case .stale where upstream.trouble != nil: "It cannot be read: the last decision that is known"
      case .stale where upstream.isHeld: "Redis cannot be reached: the last decision that is known"
      case .stale: "Too few fresh votes: the last decision is held"
      }
    cell("Evidence", "evidence \(record.evidence.rawValue)") { page in
      page.raw("<span title=\"\(meaning)\">\(record.evidence.rawValue)</span>")
    }
  }

  private mutating func writeResult(_ row: PeerRow, _ seen: (report: Report, by: String?)?) {
    let voters = voters
    cell("Last result", "result") { page in
      if let word = row.peer.record.word { Self.writeWord(word, to: &page) }
      if row.peer.record.isMarkedDown {
        page.raw("<span class=\"word\" title=\"respect_down\">marked down in the settings</span>")
      }
      guard let (report, by) = seen else {
        let reason = row.peer.record.reason
        if reason.isEmpty {
          return page.raw("<span class=\"dim\" title=\"Not probed by this node\">–</span>")
        }
        return Self.writeCode(reason, to: &page)
      }
      Self.writeCode(report.code, to: &page)
      if !report.detail.isEmpty {
        page.raw(" <span class=\"detail\" title=\"")
        page.html(report.detail)
        page.raw("\">")
        page.html(report.detail)
        page.raw("</span>")
      }
      if report.micros > 0 {
        page.raw(" <span class=\"took\">\(Words.measured(micros: report.micros))</span>")
      }
      if let by {
        page.raw(" <span class=\"by\">by ")
        page.html(voters.map { String($0.short(by)) } ?? by)
        page.raw("</span>")
      }
      if report.late { page.raw(" <span class=\"late\" title=\"The next result is overdue\">late</span>") }
    }
  }

  /// An operator's word: `drain by kim, 3 min ago: a new kernel`.
  private static func writeWord(_ word: Override, to page: inout PageBytes) {
    page.raw("<span class=\"word\" title=\"")
    page.html("\(word.by): \(word.why)")
    page.raw("\"><b>\(word.state.rawValue)</b> by <b>")
    page.html(word.by)
    page.raw("</b>")
    if word.atMs > 0 {
      page.raw(", ")
      writeTime(word.atMs, to: &page)
    }
    if !word.why.isEmpty {
      page.raw(": ")
      page.html(word.why)
    }
    page.raw("</span>")
  }

  private static func writeCode(_ code: String, to page: inout PageBytes) {
    guard !code.isEmpty else { return }
    page.raw("<code class=\"\(code == "OK" ? "ok" : "bad")\">")
    page.html(code)
    page.raw("</code>")
  }

  /// The run under way, and of how many it needs to turn the peer.
  private mutating func writeRun(_ row: PeerRow, _ report: Report?) {
    cell("In a row", "run") { page in
      guard let report else { return page.raw("<span class=\"dim\">–</span>") }
      let thresholds = row.upstream.checker?.thresholds
      let isFailing = report.nok > 0
      let count = isFailing ? report.nok : report.ok
      let isTurning = isFailing == (report.state == .up)
      page.raw("<span class=\"\(isTurning && count > 0 ? "turning" : "steady")\" ")
      page.raw(
        "title=\"\(report.ok) successes, \(report.nok) failures in a row\">\(Words.number(Int(count)))")
      if isTurning, count > 0, let thresholds {
        page.raw(" of \(isFailing ? thresholds.fall : thresholds.rise)")
      }
      page.raw(isFailing ? " nok</span>" : " ok</span>")
    }
  }

  private mutating func writeVotes(_ record: PeerRecord) {
    cell("Votes", "votes") { page in
      guard let votes = record.votes else { return page.raw("<span class=\"dim\">–</span>") }
      page.raw("<span title=\"Of \(votes.assigned) assigned; \(votes.needed) down votes take it down\">")
      page.raw("\(votes.up) up, \(votes.down) down</span>")
    }
  }

  private mutating func writeVoters(_ row: PeerRow, _ voters: VoterNames) {
    cell("Votes", "votes") { page in
      if row.ballots.isEmpty { page.raw("<span class=\"dim\">–</span>") }
      for ballot in row.ballots { VoteChip.write(ballot, voters, to: &page) }
      guard let votes = row.peer.record.votes, votes.assigned < votes.wanted else { return }
      page.raw(
        "<span class=\"dim\" title=\"Too few nodes: \(votes.assigned) of the \(votes.wanted) probers that the "
      )
      page.raw("settings ask for\"> \(votes.assigned) of \(votes.wanted)</span>")
    }
  }

  /// A moment: whole, with its zone, for those without the script, which writes `3 min ago` and moves this to the title.
  static func writeTime(_ ms: Int64, to page: inout PageBytes) {
    guard ms > 0 else { return page.raw("<span class=\"dim\">–</span>") }
    let instant = Instant(ms: ms)
    page.raw("<time datetime=\"\(instant.rfc3339)\">\(instant.plain)</time>")
  }
}
