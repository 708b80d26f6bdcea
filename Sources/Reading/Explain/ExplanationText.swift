import Health
import Ledger

/// What is to be known of one peer, for people.
package struct ExplanationText: Sendable {
  /// Columns that lines are broken for.
  static let width = 100

  let reading: PeerReading
  let proberVotes: ProberVotes
  let clock: LocalClock
  let paint: Paint

  package init(
    _ reading: PeerReading, assignmentRule: AssignmentRule, clock: @escaping LocalClock, paint: Paint
  ) {
    self.reading = reading
    proberVotes = ProberVotes(reading, assignmentRule: assignmentRule)
    self.clock = clock
    self.paint = paint
  }

  /// Why it is up or down, as plain sentences.
  package var sentence: String {
    StatusExplanation(reading: reading, proberVotes: proberVotes, clock: clock).text
  }

  package var text: String {
    let record = reading.record
    let title = "\(reading.upstream) \(Plain.text(record.peer.text)) (\(record.role.rawValue))"
    let sentence = Wrapping.lines(self.sentence, width: Self.width).enumerated()
      .map { paint($1, $0 == 0 ? record.status.colour : .plain) }
    let sections = [[paint(title, .bold)] + sentence, facts, votes, events]
    return sections.filter { !$0.isEmpty }.map { $0.map { $0 + "\n" }.joined() }.joined(separator: "\n")
  }

  // MARK: Facts

  private var facts: [String] {
    let facts: [(String, String)] = [
      ("status", status), ("override", override), ("votes", count), ("leader", leader), ("head", head),
      ("definition", definition), ("settings", settings),
    ]
    return facts.flatMap { Self.indented($0, by: 12, $1) }
  }

  /// A word, and text beside it in a column of its own.
  private static func indented(_ word: String, by column: Int, _ text: String) -> [String] {
    Wrapping.lines(text, width: width - column).enumerated().map { index, line in
      let start = index == 0 ? word : ""
      return start + String(repeating: " ", count: max(1, column - start.count)) + line
    }
  }

  private var status: String {
    let record = reading.record
    let reason = record.reason.isEmpty ? "" : ", reason \(Plain.text(record.reason))"
    let since =
      record.sinceMs > 0
      ? ", since \(clock(record.sinceMs).rfc3339) (\(Words.age(reading.atMs - record.sinceMs)))" : ""
    return
      "\(record.status.word), decided \(record.decided.word), \(record.evidence.rawValue)\(reason)\(since)"
  }

  private var override: String {
    let waiting = reading.waitingOverride.map { "\(told($0)); not applied yet" }
    let inForce = reading.record.override.flatMap { $0.state == .auto ? nil : $0 }
    return waiting ?? inForce.map(told) ?? "none"
  }

  private func told(_ override: Override) -> String {
    let why = override.why.isEmpty ? "" : ": \(Plain.quoted(override.why))"
    let when = "\(clock(override.atMs).rfc3339) (\(Words.age(reading.atMs - override.atMs)) ago)"
    return "\(override.state.rawValue) by \(Plain.text(override.by)) at \(when)\(why)"
  }

  private var count: String {
    let votes = proberVotes.votes
    let toRise = Int(votes.assigned) - Int(votes.needed) + 1
    let needed = "DOWN needs \(votes.needed), UP needs \(toRise)"
    let who = proberVotes.assigned.map { $0.isEmpty ? "nobody" : $0.sorted().joined(separator: ", ") }
    let wanted = votes.assigned < votes.wanted ? ", \(votes.wanted) wanted" : ""
    let assigned = (who.map { "\(votes.assigned) assigned (\($0))" } ?? "\(votes.assigned) assigned") + wanted
    return "\(votes.up) UP, \(votes.down) DOWN of \(assigned); \(needed)"
  }

  private var leader: String {
    guard let held = reading.lease else {
      let last = reading.snapshot.head.leader
      return "nobody; the last was \(last.isEmpty ? "nobody" : Plain.text(last))"
    }
    let left = held.leftMs.map { "\(Words.age($0)) left" } ?? "without an end"
    let holder = held.lease.holder
    return
      "\(Plain.text(holder.node)), term \(holder.term), run \(Plain.text(holder.run)); lease \(left), beat \(held.lease.beat)\(deafness(holder))"
  }

  private func deafness(_ holder: LeaseHolder) -> String {
    guard let member = reading.members.first(where: { $0.node == holder.node && $0.run == holder.run }) else {
      return ""
    }
    let deaf = "; it does not hear all that is announced, and reads it up to two heartbeats later"
    let refused = "; Redis refuses what it decides, and no other node can lead yet"
    return (member.isDeaf ? deaf : "") + (member.refused.contains(.commits) ? refused : "")
  }

  private var head: String {
    let head = reading.snapshot.head
    let age = "\(Words.age(reading.atMs - head.checkedMs)) ago"
    let gap = head.isWhole ? "" : "; a part of it is missing in Redis"
    return
      "event #\(head.seq); last commit \(age) by \(Plain.text(head.leader)), term \(head.term), run \(Plain.text(head.run))\(gap)"
  }

  private var definition: String {
    guard let checker = reading.snapshot.definition?.checker else { return "missing in Redis" }
    return
      "\(Words.settings(of: checker, isWhole: true).joined(separator: ", ")); digest \(Plain.text(reading.snapshot.head.digest))"
  }

  private var settings: String {
    let drift = reading.drift.map(Plain.text)
    if drift.isEmpty { return "the same on all nodes that have told" }
    return "\(Words.list(drift)) \(drift.count == 1 ? "has" : "have") others than those in force"
  }

  // MARK: Votes and events

  private var votes: [String] {
    guard !proberVotes.list.isEmpty else { return ["Nobody reports this peer."] }
    var table = TextTable(["NODE", "VOTE", "COUNTS", "OK", "FAILED", "PROBE", "AGE", "LAST RESULT"])
    for proberVote in proberVotes.list { table.add(row(proberVote)) }
    return table.lines(paint)
  }

  private func row(_ proberVote: ProberVote) -> [TextTable.Cell] {
    let counts = TextTable.Cell(
      proberVote.standing.sentence, proberVote.counts ? .plain : .doubtful)
    guard let report = proberVote.report else {
      return [.init(Plain.text(proberVote.node)), .init("-"), counts] + (0..<5).map { _ in .init("") }
    }
    return [
      .init(Plain.text(proberVote.node)), .init(report.state.word, report.state.colour), counts,
      .init(String(report.ok)), .init(String(report.nok)), .init(Words.column(micros: report.micros)),
      .init(Words.age(reading.atMs - report.atMs)),
      .init(result(report)),
    ]
  }

  private func result(_ report: Report) -> String {
    guard report.code == "OK" else { return ReportWording.failure(report) }
    let aboveMs = reading.snapshot.definition?.checker?.degradedAboveMs
    return report.isDegraded(aboveMs: aboveMs) ? "OK, degraded" : "OK"
  }

  private var events: [String] {
    let line = EventLine(clock: clock, paint: paint)
    guard !reading.events.isEmpty else { return ["No event about it is kept."] }
    return reading.events.flatMap { event in
      let stamp = clock(event.atMs).rfc3339
      return Self.indented(stamp, by: stamp.count + 1, "#\(event.seq) \(line.told(event))")
    }
  }
}
