import Health
import Ledger

/// Why a peer is up or down, in plain words.
struct StatusExplanation {
  let reading: PeerReading
  let proberVotes: ProberVotes
  let clock: LocalClock

  private var record: PeerRecord { reading.record }
  private var wording: ReportWording {
    ReportWording(
      thresholds: reading.snapshot.definition?.checker?.thresholds ?? Thresholds(fall: 1, rise: 1))
  }

  /// `DOWN since 03:12:07 (4 min): 2 of 3 probers cannot connect (needed 2): a: L4CON connection refused, …`, and what
  /// else has to be known, as further sentences.
  var text: String {
    let head = "\(record.status.word)\(since): \(why)."
    return ([head] + caveats).joined(separator: " ")
  }

  private var since: String {
    guard record.sinceMs > 0 else { return "" }
    let moment = clock(record.sinceMs)
    let isToday = moment.date == clock(reading.atMs).date
    return
      " since \(isToday ? "" : moment.date + " ")\(moment.time) (\(Words.age(reading.atMs - record.sinceMs)))"
  }

  private var why: String {
    guard let override = record.override, override.state != .auto else { return decided }
    let reason = override.why.isEmpty ? "" : " (\(Plain.quoted(override.why)))"
    let said = "\(override.state.deed) by \(Plain.text(override.by))\(reason)"
    let also =
      record.status == record.decided
      ? "the votes say \(record.decided.word) too" : "without that it would be \(record.decided.word)"
    return "\(said); \(also): \(decided)"
  }

  // MARK: What the votes decided

  private var decided: String {
    if record.isMarkedDown {
      let mark = "the settings mark it down, and with respect_down it stays so whatever the votes say"
      guard let decision = proberVotes.votes.decision else {
        return ([mark] + everybody).joined(separator: "; ")
      }
      return "\(mark): \(now(decision))"
    }
    if record.evidence == .assumed {
      let start = "nobody has voted on it yet, and it starts \(record.decided.word)"
      return ([record.decided == .up ? start : start + " by its settings"] + everybody).joined(
        separator: "; ")
    }
    switch proberVotes.votes.decision {
    case record.decided: return now(record.decided)
    case nil: return held
    case let other?: return "\(before), but now \(now(other)); the leader has not written that yet"
    }
  }

  private func now(_ state: PeerState) -> String {
    state == .down ? nowDown : nowUp
  }

  private var nowDown: String {
    let votes = proberVotes.votes
    let against = voters(.down)
    let head =
      "\(votes.down) of \(Words.count(Int(votes.assigned), "prober")) \(ReportWording.shared(against.map(\.report))) "
      + "(needed \(votes.needed))"
    let reasons = against.map { wording.against($0.node, $0.report) }.joined(separator: ", ")
    let rest = voters(.up).map { wording.inFavour($0.node, $0.report) }
    return (["\(head): \(reasons)"] + rest + silent).joined(separator: "; ")
  }

  private var nowUp: String {
    let votes = proberVotes.votes
    let head =
      "\(votes.up) of \(Words.count(Int(votes.assigned), "prober")) \(votes.up == 1 ? "sees" : "see") it UP"
    let turning = voters(.up).filter { wording.isTurning($0.report) }
      .map { "\(Plain.text($0.node)) counts \(wording.failing($0.report))" }
    let against = voters(.down).map { wording.against($0.node, $0.report) }
    // Why those who see it down are not enough.
    let dissent = against.isEmpty ? [] : [against.joined(separator: ", ") + " (\(votes.needed) needed)"]
    return ([head] + turning + dissent + silent).joined(separator: "; ")
  }

  /// The present votes decide nothing.
  private var held: String {
    (["\(tooFew), so the last decision is held: \(before)"] + everybody).joined(separator: "; ")
  }

  private var tooFew: String {
    let votes = proberVotes.votes
    if proberVotes.list.allSatisfy({ $0.report == nil }) { return "nobody tells of it now" }
    if votes.up + votes.down == 0 { return "nobody's vote counts now" }
    return "too few votes to decide now (\(votes.up) UP and \(votes.down) DOWN of \(votes.assigned))"
  }

  /// What the record says of the votes that made it.
  private var before: String {
    guard let votes = record.votes else { return "it was decided \(record.decided.word)" }
    let count = record.decided == .down ? votes.down : votes.up
    let code = record.reason.isEmpty ? "" : " (\(Plain.text(record.reason)))"
    return "\(record.decided.word) by \(count) of \(Words.count(Int(votes.assigned), "vote"))\(code)"
  }

  // MARK: Who says what

  private func voters(_ state: PeerState) -> [(node: String, report: Report)] {
    proberVotes.list.compactMap { proberVote in
      guard proberVote.vote == state, let report = proberVote.report else { return nil }
      return (proberVote.node, report)
    }
  }

  private var silent: [String] {
    let nodes = proberVotes.list.filter { $0.standing == .missing }.map { Plain.text($0.node) }
    return nodes.isEmpty ? [] : ["\(Words.list(nodes)) \(nodes.count == 1 ? "has" : "have") not told yet"]
  }

  private var everybody: [String] {
    let told = proberVotes.list.compactMap { proberVote -> String? in
      guard let report = proberVote.report else { return nil }
      let seen = wording.any(proberVote.node, report)
      return proberVote.counts ? seen : "\(seen) (does not count: \(whyNot(proberVote)))"
    }
    return told.isEmpty ? [] : told + silent
  }

  private func whyNot(_ proberVote: ProberVote) -> String {
    String(proberVote.standing.sentence.dropFirst("no: ".count))
  }

  // MARK: What else has to be known

  private var caveats: [String] {
    var caveats: [String] = []
    if let degraded { caveats.append(degraded) }
    let ends = CertificateEnd.earliest(proberVotes.list)
    if let warning = CertificateEnd.warning(ends, reading.snapshot.definition?.checker, atMs: reading.atMs) {
      caveats.append("Its certificate \(warning).")
    }
    if reading.snapshot.head.panic {
      let count = UpCount(reading.snapshot.records.values)
      caveats.append("\(reading.upstream) is in panic: \(Words.up(count)). Who heeds it uses all of them.")
    }
    if let strength = proberVotes.strength, strength.isWeak { caveats.append(strength.sentence + ".") }
    if reading.lease == nil {
      let age = Words.age(reading.atMs - reading.snapshot.head.checkedMs)
      caveats.append("Nobody leads \(reading.upstream) now: this is its last known status, \(age) old.")
    }
    if let waiting { caveats.append(waiting) }
    if let source = reading.source { caveats.append("Its address comes from \(Plain.text(source)).") }
    for (node, text) in reading.sourceTroubles {
      caveats.append("\(Plain.text(node)) keeps what it found before: \(Plain.text(text)).")
    }
    if !reading.snapshot.head.isWhole {
      caveats.append("Redis has lost a part of \(reading.upstream); its leader writes it again.")
    }
    return caveats
  }

  /// It is up, and slow.
  private var degraded: String? {
    let checker = reading.snapshot.definition?.checker
    let slow = Degradation.slow(record, proberVotes.list, checker)
    guard let aboveMs = checker?.degradedAboveMs, !slow.isEmpty else { return nil }
    let told = slow.compactMap { vote in
      vote.report.map { "\(Plain.text(vote.node)) took \(Words.measured(micros: $0.micros))" }
    }
    return "It is degraded: the last probe of \(Words.list(told)), above \(Words.setting(ms: aboveMs))."
  }

  /// An operator's word that no leader has applied.
  private var waiting: String? {
    guard let stored = reading.waitingOverride else { return nil }
    let why = stored.why.isEmpty ? "" : " (\(Plain.quoted(stored.why)))"
    return
      "Said by \(Plain.text(stored.by)) and not applied yet: \(stored.state.rawValue)\(why)."
  }
}
