import Health

/// Reads the file of a scenario, and finds all that is wrong with it.
struct ScenarioReader {
  private var problems: [ScenarioProblem] = []
  private var cluster = ClusterWords()
  private var seed: UInt64 = 1
  private var quietFromMs: Int64?
  private var lengthMs: Int64?
  private var fromMs: Int64 = 0
  private var events: [Scenario.Event] = []
  /// Lines about later settings and further upstreams are read when the first are complete.
  private var settings: [(line: Int, words: WordReader)] = []
  private var upstreams: [(line: Int, words: WordReader)] = []

  mutating func read(_ text: String) throws(ScenarioProblems) -> Scenario {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let head = lines.prefix { $0 != Scenario.separator[...] }
    for (place, line) in head.enumerated() { parse(line, place + 1) }
    for (line, words) in upstreams {
      var words = words
      attempt(line) { reader throws(Misreading) in try reader.cluster.parseUpstream(&words) }
    }
    for (line, words) in settings {
      var words = words
      attempt(line) { reader throws(Misreading) in try reader.cluster.parseSettings(&words) }
    }
    if let missing = cluster.missing { problems.append(ScenarioProblem(line: 1, what: missing)) }
    events.sort { ($0.planned.atMs, $0.line) < ($1.planned.atMs, $1.line) }
    check()
    if !problems.isEmpty { throw ScenarioProblems(all: problems) }
    let quiet = quietFromMs ?? events.map(\.planned.endMs).max() ?? 0
    let transcript = lines.dropFirst(head.count + 1).map(String.init)
    return Scenario(
      head: head.map { $0 + "\n" }.joined(), seed: seed, setup: cluster.setup, events: events,
      quietFromMs: quiet,
      lengthMs: lengthMs ?? quiet + Scenario.quietMs,
      fromMs: fromMs, transcript: transcript.last == "" ? transcript.dropLast() : transcript)
  }

  private mutating func attempt(_ line: Int, _ body: (inout ScenarioReader) throws(Misreading) -> Void) {
    do { try body(&self) } catch { problems.append(ScenarioProblem(line: line, what: error.what)) }
  }

  private mutating func parse(_ text: Substring, _ line: Int) {
    let words = text.prefix { $0 != "#" }.split(separator: " ")
    if words.isEmpty { return }
    attempt(line) { reader throws(Misreading) in try reader.parse(words, line) }
  }

  private mutating func parse(_ words: [Substring], _ line: Int) throws(Misreading) {
    var reader = WordReader(words)
    switch reader.next {
    case "at": return try parseEvent(words.dropFirst(), line)
    case "settings": return settings.append((line, reader))
    case "upstream": return upstreams.append((line, reader))
    case "seed":
      _ = reader.skip("seed")
      let found = try reader.word("a seed")
      guard let seed = UInt64(found) else {
        throw Misreading(what: "'\(found)' is no seed; write a number from 0 on")
      }
      self.seed = seed
    case "length":
      _ = reader.skip("length")
      lengthMs = try reader.timeMs()
    case "from":
      _ = reader.skip("from")
      fromMs = try reader.timeMs()
    case "quiet":
      _ = reader.skip("quiet")
      quietFromMs = try reader.timeMs()
    default: try cluster.parse(&reader)
    }
    try reader.end()
  }

  private mutating func parseEvent(_ words: ArraySlice<Substring>, _ line: Int) throws(Misreading) {
    var start = WordReader(words)
    let atMs = try start.timeMs("when it happens")
    let told = words.dropFirst(2)
    let fault = Array(told.prefix { $0 != "for" })
    let isOfLeader = fault.contains { Scenario.isLeader($0) }
    var reader = WordReader(fault.map { Scenario.isLeader($0) ? "a" : $0 })
    var planned = PlannedFault(try Fault(reading: &reader), atMs: atMs)
    try reader.end()
    if fault.count < told.count {
      var length = WordReader(told.dropFirst(fault.count + 1))
      planned.forMs = try length.timeMs("how long it lasts")
      try length.end()
      if planned.forMs == 0 { throw Misreading(what: "what lasts 0 s does not happen; give it a length") }
    }
    try Self.check(planned, fault.joined(separator: " "))
    events.append(Scenario.Event(line: line, planned: planned, ofLeader: isOfLeader ? fault : nil))
  }

  // MARK: What makes no sense

  private static func check(_ planned: PlannedFault, _ text: String) throws(Misreading) {
    switch planned.fault.lasting {
    case .never where planned.forMs > 0:
      throw Misreading(what: "'\(text)' happens in one moment; leave 'for' away")
    case .always where planned.forMs == 0:
      throw Misreading(what: "'\(text)' has no length; write 'for' and how long it lasts, like 'for 10 s'")
    default: break
    }
    if case .redisPauses(let forMs, let everyMs) = planned.fault, forMs == 0 || forMs >= everyMs {
      throw Misreading(what: "a pause is longer than nothing, and over before the next one begins")
    }
    if case .failOver(let lostMs, _) = planned.fault, planned.forMs <= lostMs {
      throw Misreading(what: "it is over before the replica takes over; make it longer than what is lost")
    }
  }

  /// Who and what is named must be there.
  private mutating func check() {
    let joining = events.count { $0.planned.fault == .joined }
    let peers = cluster.peerCount
    for event in events {
      let fault = event.planned.fault
      if let node = fault.nodes.first(where: { $0 >= cluster.nodes + joining }), cluster.nodes > 0 {
        let what =
          "there is no node \(Setup.node(node)); the last one is \(Setup.node(cluster.nodes + joining - 1))"
        problems.append(ScenarioProblem(line: event.line, what: what))
      }
      if let peer = fault.peers.first(where: { $0 >= peers }), peers > 0 {
        let what = "there is no peer \(peer); the last one is \(peers - 1)"
        problems.append(ScenarioProblem(line: event.line, what: what))
      }
      checkSettings(fault, event.line)
    }
  }

  private mutating func checkSettings(_ fault: Fault, _ line: Int) {
    guard let number = fault.upstream else { return }
    let name = Setup.upstreamNames[number]
    guard cluster.setup.upstreams.indices.contains(number) else {
      let what = "there is no upstream \(name); write a line like 'upstream \(name) peers 2'"
      return problems.append(ScenarioProblem(line: line, what: what))
    }
    guard case .settings(_, let version?, _) = fault,
      version >= cluster.setup.upstreams[number].versions.count
    else { return }
    let words = number == 0 ? "settings \(version)" : "settings \(name) \(version)"
    let what = "there are no settings \(version); write a line like '\(words) fall 4'"
    problems.append(ScenarioProblem(line: line, what: what))
  }
}
