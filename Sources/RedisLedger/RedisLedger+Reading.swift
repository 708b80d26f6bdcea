package import Health
package import Ledger
import Redis

extension RedisLedger {
  package func snapshot(of upstream: UpstreamName) async throws(LedgerError) -> LedgerSnapshot? {
    let told = try await told(of: upstream)
    guard let stored = StoredHead(told.head) else { return nil }
    let definition = self.definition(told.definition, of: upstream)
    var head = stored.head
    head.isWhole = stored.isWhole(
      hasDefinition: told.definition.string?.isEmpty == false, statuses: told.status.count,
      records: told.evidence.count, overrides: told.overrides.count)
    let records = entries(PeerRecord.self, told.evidence, keys.key(.evidence, of: upstream))
    return LedgerSnapshot(
      head: head, definition: definition, records: records.filter { $0.key == $0.value.peer },
      status: statuses(told.status, upstream),
      overrides: entries(Override.self, told.overrides, keys.key(.overrides, of: upstream)))
  }

  package func remains(
    of upstream: UpstreamName, by nodes: [String]
  ) async throws(LedgerError) -> LedgerRemains {
    let told = try await told(of: upstream)
    let records = entries(PeerRecord.self, told.evidence, keys.key(.evidence, of: upstream))
    let head = StoredHead(told.head).flatMap { $0.hasAll(overrides: told.overrides.count) ? $0.head : nil }
    return LedgerRemains(
      definition: definition(told.definition, of: upstream),
      records: records.filter { $0.key == $0.value.peer },
      status: statuses(told.status, upstream),
      overrides: entries(Override.self, told.overrides, keys.key(.overrides, of: upstream)),
      liftedRev: head?.liftedRev ?? 0,
      events: try await events(of: upstream, after: 0, limit: SharedState.eventsKept),
      reports: try await reports(of: upstream, by: nodes))
  }

  package func head(of upstream: UpstreamName) async throws(LedgerError) -> Head? {
    let answer = try await evaluate(calls.head(of: upstream))
    return answer.word == "head" ? answer.head(0) : nil
  }

  package func headReadings(
    of upstreams: [UpstreamName]
  ) async throws(LedgerError) -> [UpstreamName: HeadReading] {
    var headReadings: [UpstreamName: HeadReading] = [:]
    var rest = upstreams[...]
    while !rest.isEmpty {
      let together = Array(rest.prefix(Self.pipelined))
      rest = rest.dropFirst(Self.pipelined)
      try await addStandings(of: together, to: &headReadings)
    }
    return headReadings
  }

  private func addStandings(
    of upstreams: [UpstreamName], to headReadings: inout [UpstreamName: HeadReading]
  ) async throws(LedgerError) {
    let commands = upstreams.flatMap { name in
      [
        RedisCommand("GET", keys.key(.lease, of: name)),
        RedisCommand("HMGET", arguments: [keys.key(.head, of: name)] + StoredHead.fields),
      ]
    }
    let replies = try await readAll(commands)
    for (index, name) in upstreams.enumerated() {
      let lease = replies[2 * index]?.string.flatMap { Lease($0) }
      let head = replies[2 * index + 1].flatMap { StoredHead($0)?.head }
      guard lease != nil || head != nil else { continue }
      headReadings[name] = HeadReading(lease: lease, head: head)
    }
  }

  package func leases(of upstreams: [UpstreamName]) async throws(LedgerError) -> LeaseReading {
    let time = try await read(RedisCommand("TIME"))?.elements.compactMap(\.number) ?? []
    guard time.count == 2 else { throw .unreachable("Redis does not tell the time") }
    var reading = LeaseReading(atMs: Int64(time[0]) * 1000 + Int64(time[1]) / 1000)
    // Two commands each, within what waits in a client at once.
    for start in stride(from: 0, to: upstreams.count, by: Self.pipelined) {
      let some = upstreams[start..<min(start + Self.pipelined, upstreams.count)]
      let names = some.map { keys.key(.lease, of: $0) }
      let replies = try await readAll(names.flatMap { [RedisCommand("GET", $0), RedisCommand("PTTL", $0)] })
      for (index, upstream) in some.enumerated() {
        guard let lease = replies[2 * index]?.string.flatMap({ Lease($0) }) else { continue }
        let left = replies[2 * index + 1]?.integer ?? 0
        // Between the two it may have ended: -2. An endless one tells -1.
        if left != -2 { reading.leases[upstream] = TimedLease(lease, leftMs: left < 0 ? nil : Int64(left)) }
      }
    }
    return reading
  }

  package func events(
    of upstream: UpstreamName, after: UInt64, limit: Int
  ) async throws(LedgerError) -> [LedgerEvent] {
    let key = keys.key(.events, of: upstream)
    let count = min(max(limit, 1), SharedState.eventsKept)
    // Ids are `SEQ-0`: the first that is after is the next number's.
    let command = RedisCommand("XRANGE", key, "\(after &+ 1)-0", "+", "COUNT", String(count))
    guard let reply = try await readAll([command], by: bulk)[0] else { return [] }
    return reply.elements.compactMap { entry in
      let id = entry.elements.first?.string ?? ""
      let fields = entry.elements.last?.pairs
      guard let json = fields?.first(where: { $0.name.string == "json" })?.value.string,
        let event = try? JsonText.decode(LedgerEvent.self, from: json), id == "\(event.seq)-0"
      else {
        skipped(key, id)
        return nil
      }
      return event
    }
  }

  package func reports(
    of upstream: UpstreamName, by nodes: [String]
  ) async throws(LedgerError) -> [String: NodeReports] {
    let names = nodes.map { keys.reports(of: upstream, by: $0) }
    let replies = try await readAll(names.map { RedisCommand("HGETALL", $0) }, by: bulk)
    var reportsByNode: [String: NodeReports] = [:]
    for (index, reply) in replies.enumerated() {
      guard let reply else { continue }
      reportsByNode[nodes[index]] = nodeReports(reply, names[index])
    }
    return reportsByNode
  }

  package func members() async throws(LedgerError) -> [Member] {
    guard let reply = try await read(RedisCommand("HGETALL", keys.members)) else { return [] }
    return MemberList.read(reply) { skipped(keys.members, $0) }
  }

  package func missing() async throws(LedgerError) -> [Member] {
    guard let reply = try await read(RedisCommand("HGETALL", keys.missing)) else { return [] }
    return MemberList.read(reply) { skipped(keys.missing, $0) }
  }

  package func nodeInfos(of nodes: [String]) async throws(LedgerError) -> [String: NodeInfo] {
    let replies = try await readAll(
      nodes.map {
        RedisCommand("HMGET", keys.node($0), "run", "address", "version", "upstreams", "source_troubles")
      })
    var nodeInfos: [String: NodeInfo] = [:]
    for (index, reply) in replies.enumerated() {
      guard let fields = reply?.elements.map({ $0.string }), fields.count == 5, let run = fields[0] else {
        continue
      }
      let upstreams = fields[3].flatMap { try? JsonText.decode([String: String].self, from: $0) }
      if upstreams == nil { skipped(keys.node(nodes[index]), "upstreams") }
      var nodeInfo = NodeInfo(
        node: nodes[index], run: run, address: fields[1] ?? "", version: fields[2] ?? "",
        upstreams: upstreams ?? [:])
      nodeInfo.sourceTroubles =
        fields[4].flatMap { try? JsonText.decode([String: String].self, from: $0) } ?? [:]
      nodeInfos[nodes[index]] = nodeInfo
    }
    return nodeInfos
  }

  package func upstreams() async throws(LedgerError) -> [UpstreamName: String] {
    guard let reply = try await read(RedisCommand("HGETALL", keys.upstreams)) else { return [:] }
    var found: [UpstreamName: String] = [:]
    for (name, digest) in reply.pairs {
      guard let upstream = UpstreamName(name.string ?? ""), let digest = digest.string else {
        skipped(keys.upstreams, name.string ?? "")
        continue
      }
      found[upstream] = digest
    }
    return found
  }

  // MARK: Parts

  private func definition(_ reply: RedisReply, of upstream: UpstreamName) -> UpstreamDefinition? {
    guard let text = reply.string, !text.isEmpty else { return nil }
    let definition = try? JsonText.decode(UpstreamDefinition.self, from: text)
    if definition == nil { skipped(keys.key(.definition, of: upstream), "its text") }
    return definition
  }

  private func statuses(_ hash: ToldHash, _ upstream: UpstreamName) -> [PeerName: PeerState] {
    var found: [PeerName: PeerState] = [:]
    for (peer, state) in hash.pairs {
      guard let name = peer.string, let state = state.string.flatMap({ PeerState(rawValue: $0) }) else {
        skipped(keys.key(.status, of: upstream), peer.string ?? "")
        continue
      }
      found[PeerName(name)] = state
    }
    return found
  }

  /// A hash of peers and JSON. What is no such JSON is passed over.
  private func entries<Value: JsonRecord>(
    _ type: Value.Type, _ hash: ToldHash, _ key: String
  ) -> [PeerName: Value] {
    var found: [PeerName: Value] = [:]
    for (peer, json) in hash.pairs {
      guard let name = peer.string, let value = json.string.flatMap({ try? JsonText.decode(type, from: $0) })
      else {
        skipped(key, peer.string ?? "")
        continue
      }
      found[PeerName(name)] = value
    }
    return found
  }

  /// The hash of a node's reports; nil: there is none, or none of ours.
  private func nodeReports(_ reply: RedisReply, _ key: String) -> NodeReports? {
    var run: String?
    var rev: UInt64?
    var reports: [PeerName: Report] = [:]
    for (field, value) in reply.pairs {
      switch (field.string, value.string) {
      case ("run", let text): run = text
      case ("rev", let text): rev = text.flatMap { UInt64($0) }
      case (let peer?, let text?):
        let report = try? JsonText.decode(Report.self, from: text)
        if report == nil { skipped(key, peer) }
        reports[PeerName(peer)] = report
      default: skipped(key, field.string ?? "")
      }
    }
    guard let run, let rev else { return nil }
    return NodeReports(run: run, rev: rev, reports: reports)
  }

  // MARK: Commands

  /// Nil: the key is of another type, which is as good as absent.
  private func read(_ command: RedisCommand) async throws(LedgerError) -> RedisReply? {
    try await readAll([command])[0]
  }

  /// - Parameter other: another client than for what is urgent.
  private func readAll(
    _ commands: [RedisCommand], by other: RedisClient? = nil
  ) async throws(LedgerError) -> [RedisReply?] {
    var replies: [RedisReply?] = []
    for result in await (other ?? client).pipeline(commands) {
      switch result {
      case .success(let reply): replies.append(reply)
      case .failure(.wrongType): replies.append(nil)
      case .failure(let error):
        throw LedgerError(reading: error.wanting("~quorate:{\(keys.namespace)*"))
      }
    }
    return replies
  }

  private func evaluate(_ call: RedisScriptCall) async throws(LedgerError) -> ScriptAnswer {
    guard let answer = try await evaluate([call], by: client).first else { throw .unreachable(.unreadable) }
    return answer
  }

  /// - Throws: when one of them has no answer.
  func evaluate(
    _ calls: [RedisScriptCall], by client: RedisClient
  ) async throws(LedgerError) -> [ScriptAnswer] {
    var answers: [ScriptAnswer] = []
    for (call, result) in zip(calls, await client.evaluate(calls)) {
      switch result {
      case .failure(let error): throw LedgerError(reading: error.wanting(keys.right(for: call.keys)))
      case .success(let reply):
        guard let answer = ScriptAnswer(reply) else { throw .unreachable(.unreadable) }
        answers.append(answer)
      }
    }
    return answers
  }
}
