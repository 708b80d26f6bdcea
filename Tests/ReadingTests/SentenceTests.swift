import Health
import Ledger
import Reading
import Testing

/// What an operator is told at three in the morning: a case, and the sentence for it.
@Suite struct SentenceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var reading: PeerReading
    var sentence: String

    init(_ name: String, _ reading: PeerReading, _ sentence: String) {
      testDescription = name
      self.reading = reading
      self.sentence = sentence
    }
  }

  @Test(arguments: votes + overrides + sources + troubles)
  func theSentenceSaysWhy(of case: Case) {
    let text = ExplanationText(
      `case`.reading, assignmentRule: Samples.assignmentRule, clock: Samples.utc, paint: Paint(isOn: false))
    #expect(text.sentence == `case`.sentence)
    #expect(!text.text.contains("\u{1B}"))
  }

  private static let down = Samples.record(.down)
  private static let up = Samples.record(.up)
  private static var marked: PeerRecord {
    var record = Samples.record(.down)
    record.reason = PeerRecord.markedDown
    return record
  }
  private static let since = "since 03:12:07 (4 min)"

  static let votes: [Case] = [
    Case(
      "two cannot connect",
      Samples.reading(down, ["a": Samples.refused, "b": Samples.silent, "c": Samples.good]),
      "DOWN \(since): 2 of 3 probers cannot connect (needed 2): a: L4CON connection refused, "
        + "b: L4TOUT timeout; c sees it UP."),
    Case(
      "marked down, and well", Samples.reading(marked, all(Samples.good)),
      "DOWN \(since): the settings mark it down, and with respect_down it stays so whatever the votes say: "
        + "3 of 3 probers see it UP."),
    Case(
      "marked down, and silent", Samples.reading(marked, [:]),
      "DOWN \(since): the settings mark it down, and with respect_down it stays so whatever the votes say."),
    Case(
      "one is a cluster", single(down, Samples.refused),
      "DOWN \(since): 1 of 1 prober cannot connect (needed 1): a: L4CON connection refused."),
    Case(
      "a bad answer", single(down, report("L7STS", "500")),
      "DOWN \(since): 1 of 1 prober gets a bad answer (needed 1): a: L7STS 500."),
    Case(
      "refused, and not serving",
      Samples.reading(
        down,
        [
          "a": report("L7H2REF", "RST_STREAM REFUSED_STREAM"), "b": report("L7H2REF", "GOAWAY NO_ERROR"),
          "c": Samples.good,
        ]),
      "DOWN \(since): 2 of 3 probers are refused (needed 2): a: L7H2REF RST_STREAM REFUSED_STREAM, "
        + "b: L7H2REF GOAWAY NO_ERROR; c sees it UP."),
    Case(
      "is not serving", single(down, report("L7GSRV", "NOT_SERVING")),
      "DOWN \(since): 1 of 1 prober gets a bad answer (needed 1): a: L7GSRV NOT_SERVING."),
    Case(
      "speaks no HTTP/2", single(down, report("L6ALPN", "x")),
      "DOWN \(since): 1 of 1 prober cannot secure its connection (needed 1): a: L6ALPN x."),
    Case(
      "different reasons",
      Samples.reading(down, ["a": Samples.refused, "b": report("L7STS", "500"), "c": Samples.refused]),
      "DOWN \(since): 3 of 3 probers see it DOWN (needed 2): a: L4CON connection refused, b: L7STS 500, "
        + "c: L4CON connection refused."),
    Case(
      "no answer", Samples.reading(down, ["a": report("L7TOUT", "timeout"), "b": report("L7EOF", "closed")]),
      "DOWN \(since): 2 of 3 probers get no answer (needed 2): a: L7TOUT timeout, b: L7EOF closed; "
        + "c has not told yet."),
    Case(
      "on its way back", single(down, recovering),
      "DOWN \(since): 1 of 1 prober sees it DOWN (needed 1): a: answers again, 1 of 2 in a row."),
    Case(
      "all is well", Samples.reading(up, ["a": Samples.good, "b": Samples.good, "c": Samples.good]),
      "UP \(since): 3 of 3 probers see it UP."),
    Case(
      "failures that do not count yet",
      Samples.reading(up, ["a": failing, "b": Samples.good, "c": Samples.good]),
      "UP \(since): 3 of 3 probers see it UP; a counts 2 of 3 failures in a row (L4CON connection refused)."),
    Case(
      "one of three is not enough",
      Samples.reading(up, ["a": Samples.good, "b": Samples.refused, "c": Samples.good]),
      "UP \(since): 2 of 3 probers see it UP; b: L4CON connection refused (2 needed)."),
    Case(
      "well, and slow",
      changed(Samples.reading(up, ["a": slow(412_000), "b": slow(299_999), "c": slow(1_250_000)])) {
        $0.snapshot.definition?.checker?.degradedAboveMs = 300
      },
      "UP \(since): 3 of 3 probers see it UP. It is degraded: the last probe of a took 412 ms and c took 1.2 s, "
        + "above 300 ms."),
    Case(
      "another body",
      Samples.reading(
        down, ["a": report("L7JSON", "$.status is \"no\", not \"ok\""), "b": report("L7HDR", "no header X")]),
      "DOWN \(since): 2 of 3 probers get a bad answer (needed 2): a: L7JSON $.status is \"no\", not \"ok\", "
        + "b: L7HDR no header X; c has not told yet."),
    Case(
      "nobody has voted", Samples.reading(assumed(.up), [:]),
      "UP: nobody has voted on it yet, and it starts UP."),
    Case(
      "nginx says down", Samples.reading(assumed(.down), ["b": Samples.good]),
      "DOWN: nobody has voted on it yet, and it starts DOWN by its settings; b sees it UP; "
        + "a and c have not told yet."),
    Case(
      "not written yet", Samples.reading(down, ["a": Samples.good, "b": Samples.good, "c": Samples.refused]),
      "DOWN \(since): DOWN by 2 of 3 votes (L4CON), but now 2 of 3 probers see it UP; "
        + "c: L4CON connection refused (2 needed); the leader has not written that yet."),
  ]

  static let overrides: [Case] = [
    Case(
      "drained", Samples.reading(overridden(.drain, .up), all(Samples.good)),
      "DOWN \(since): drained by anna (\"new disk\"); without that it would be UP: 3 of 3 probers see it UP."),
    Case(
      "kept up", Samples.reading(overridden(.up, .down), ["a": Samples.refused, "b": Samples.refused]),
      "UP \(since): kept UP by anna (\"new disk\"); without that it would be DOWN: "
        + "2 of 3 probers cannot connect (needed 2): a: L4CON connection refused, b: L4CON connection refused; c has not told yet."
    ),
    Case(
      "not applied yet", waiting(.drain),
      "UP \(since): 3 of 3 probers see it UP. Said by anna and not applied yet: drain (\"new disk\")."),
    Case(
      "a name that moves the cursor", hostile,
      "DOWN \(since): kept DOWN by \u{FFFD}[2Jx (\"a\u{FFFD}b\"); without that it would be UP: "
        + "3 of 3 probers see it UP."),
  ]

  static let sources: [Case] = [
    Case(
      "a peer by name", sourced([:]),
      "UP \(since): 3 of 3 probers see it UP. Its address comes from name app.internal:80."),
    Case(
      "a name that is lost",
      sourced(["b": "name app.internal:80: Domain name not found", "x": "of a node that is gone"]),
      "UP \(since): 3 of 3 probers see it UP. Its address comes from name app.internal:80. "
        + "b keeps what it found before: name app.internal:80: Domain name not found."),
  ]

  private static func sourced(_ troubles: [String: String]) -> PeerReading {
    changed(Samples.reading(up, all(Samples.good))) { reading in
      reading.snapshot.definition?.peers[0].source = "name app.internal:80"
      for (node, text) in troubles {
        reading.nodeInfos[node] = reading.nodeInfos[node] ?? NodeInfo(node: node, run: "r\(node)")
        reading.nodeInfos[node]?.sourceTroubles = ["foo.com": text]
      }
    }
  }

  static let troubles: [Case] = [
    Case(
      "too few votes",
      changed(Samples.reading(stale, ["a": late(Samples.refused), "b": Samples.good])) { _ in },
      "DOWN \(since): too few votes to decide now (1 UP and 0 DOWN of 3), so the last decision is held: "
        + "DOWN by 2 of 3 votes (L4CON); a: L4CON connection refused (does not count: its probe is late); "
        + "b sees it UP; c has not told yet."
    ),
    Case(
      "nobody tells", changed(Samples.reading(stale, [:])) { $0.lease = nil },
      "DOWN \(since): nobody tells of it now, so the last decision is held: DOWN by 2 of 3 votes (L4CON). "
        + "Nobody leads foo.com now: this is its last known status, 41 s old."),
    Case(
      "a run that is gone",
      changed(Samples.reading(stale, all(Samples.refused))) { $0.members[0].run = "new" },
      "DOWN \(since): 2 of 2 probers cannot connect (needed 2): b: L4CON connection refused, "
        + "c: L4CON connection refused."),
    Case(
      "a node that is gone",
      changed(Samples.reading(stale, ["a": Samples.refused, "b": Samples.good])) { $0.members.removeFirst() },
      "DOWN \(since): DOWN by 2 of 3 votes (L4CON), but now 1 of 2 probers sees it UP; c has not told yet; "
        + "the leader has not written that yet."),
    Case(
      "nodes that are gone",
      changed(Samples.reading(stale, all(Samples.refused))) { $0.members.removeFirst(3) },
      "DOWN \(since): nobody's vote counts now, so the last decision is held: "
        + "DOWN by 2 of 3 votes (L4CON); a: L4CON connection refused (does not count: it is no member); "
        + "b: L4CON connection refused (does not count: it is no member); "
        + "c: L4CON connection refused (does not count: it is no member)."),
    Case(
      "half of it is lost",
      changed(Samples.reading(up, all(Samples.good))) { $0.snapshot.head.isWhole = false },
      "UP \(since): 3 of 3 probers see it UP. Redis has lost a part of foo.com; its leader writes it again."),
    Case(
      "yesterday", changed(Samples.reading(down, all(Samples.refused))) { $0.record.sinceMs -= 86_400_000 },
      "DOWN since 2026-11-22 03:12:07 (24 h): 3 of 3 probers cannot connect (needed 2): "
        + "a: L4CON connection refused, b: L4CON connection refused, c: L4CON connection refused."),
  ]

  // MARK: Parts

  private static let stale = Samples.record(.down, evidence: .stale)
  private static let recovering = Report(state: .down, ok: 1, nok: 40, code: "OK", atMs: Samples.now)
  private static let failing = Report(
    state: .up, ok: 10, nok: 2, code: "L4CON", detail: "connection refused", atMs: Samples.now)

  private static func report(_ code: String, _ detail: String) -> Report {
    Report(state: .down, nok: 5, code: code, detail: detail, atMs: Samples.now)
  }

  private static func slow(_ micros: UInt32) -> Report {
    var slow = Samples.good
    slow.micros = micros
    return slow
  }

  private static func late(_ report: Report) -> Report {
    var late = report
    late.late = true
    return late
  }

  private static func all(_ report: Report) -> [String: Report] { ["a": report, "b": report, "c": report] }

  private static func changed(_ reading: PeerReading, _ change: (inout PeerReading) -> Void) -> PeerReading {
    var changed = reading
    change(&changed)
    return changed
  }

  private static func single(_ record: PeerRecord, _ report: Report) -> PeerReading {
    var record = record
    record.votes = Votes(up: 0, down: 1, assigned: 1, quorum: .majority)
    return changed(Samples.reading(record, ["a": report])) { $0.members.removeLast(2) }
  }

  private static func assumed(_ state: PeerState) -> PeerRecord {
    PeerRecord(
      assumed: PeerDefinition(name: Samples.peer, startsDown: state == .down))
  }

  private static let word = Override(
    state: .drain, by: "anna", why: "new disk", atMs: Samples.now - 60_000, rev: 3)

  private static func overridden(_ state: Override.State, _ decided: PeerState) -> PeerRecord {
    var record = Samples.record(decided)
    var said = word
    said.state = state
    record.override = said
    record.status = state == .up ? .up : .down
    return record
  }

  private static func waiting(_ state: Override.State) -> PeerReading {
    changed(Samples.reading(up, all(Samples.good))) { $0.snapshot.overrides[Samples.peer] = word }
  }

  private static var hostile: PeerReading {
    var record = overridden(.down, .up)
    record.override?.by = "\u{1B}[2Jx"
    record.override?.why = "a\nb"
    return Samples.reading(record, all(Samples.good))
  }
}
