import Cluster
import Ledger

/// The way to Redis and back. On one connection things keep their order, as TCP has it; what is lost is lost with its
/// connection.
extension World {
  /// Milliseconds that a node waits for an answer.
  private static let deadlineMs: Int64 = 1000

  // MARK: There

  func send(_ question: SimulatedLink.Question, _ node: SimulatedNode) {
    asked += 1
    node.link.inFlight[asked] = question
    let deadlineUs = node.clock.trueUs(ofOwnUs: Self.deadlineMs * 1000)
    put(.deadline(node: node.number, run: node.run, number: asked), inUs: deadlineUs)
    if node.isCutFromRedis { return }
    guard redis.down == 0 else {
      return fail(asked, .unreachable("connection refused"), node, afterUs: dice.between(200, 20_000))
    }
    let arrival = SimulatedRedis.Arrival(
      node: node.number, run: node.run, connection: node.link.connection, number: asked, question: question)
    if dice.chance(conditions.lossPermille / 2) { return breakConnections(node, why: "lost on its way") }
    let arrivesUs = max(nowUs + tripUs(), node.link.lastArrivalUs[question.way] + 1)
    node.link.lastArrivalUs[question.way] = arrivesUs
    put(.arrives(arrival, server: node.link.server), inUs: arrivesUs - nowUs)
  }

  /// One way.
  private func tripUs() -> Int64 {
    let usual = dice.between(50, 400)
    guard conditions.delayMs > 0 else { return usual }
    // Most messages are quick even then.
    return dice.chance(700) ? usual : usual + dice.between(0, conditions.delayMs * 1000)
  }

  func arrive(_ arrival: SimulatedRedis.Arrival, _ server: Int) {
    let node = nodes[arrival.node]
    let isOpen = node.run == arrival.run && node.link.connection == arrival.connection
    // What has reached a server is performed though nobody waits for it any more; or it never reached it.
    if !isOpen, arrival.run != node.lastWordsOf, dice.chance(500) { return }
    if node.isCutFromRedis, dice.chance(500) { return }
    if redis.down > 0 { return }
    if redis.hanging > 0 { return redis.servers[server].backlog.append(arrival) }
    let slowMs = redis.slowMs.max() ?? 0
    let free = redis.servers[server].freeUs
    if free > nowUs { return put(.arrives(arrival, server: server), inUs: free - nowUs) }
    redis.servers[server].freeUs = nowUs + slowMs * 1000
    perform(arrival, server, replyingAfterUs: slowMs * 1000)
  }

  // MARK: What the server does

  private func perform(_ arrival: SimulatedRedis.Arrival, _ server: Int, replyingAfterUs: Int64) {
    let time = redis.time(at: nowUs)
    let reply: Occurrence.Reply
    switch arrival.question {
    case .read where redis.forbids(.read, arrival.node):
      reply = .reading(.failure(.unreachable(LedgerFaults.denied)))
    case .read(_, let query): reply = .reading(.success(redis.servers[server].state.read(query, at: time)))
    case .ask(let ticket, let request):
      if redis.forbids(Fault.Right(request), arrival.node) {
        reply = .answer(.failure(.unreachable(LedgerFaults.denied)))
        break
      }
      let answer = redis.servers[server].state.perform(request, at: time)
      if redis.keepingEntries > 0, case .delete(let upstream, _, _) = request, answer == .deleted {
        redis.servers[server].state.leaveEntry(of: upstream)
      }
      let performed = Performed(
        server: server, isPrimary: server == redis.primary, node: arrival.node, run: arrival.run,
        ticket: ticket, request: request, answer: answer, time: time)
      transcript?.performed(performed, at: nowUs)
      show(.performed(performed), TraceEvent.Kind(ofPerforming: request))
      announce(request.announcements(answer), from: server)
      reply = .answer(.success(answer))
    }
    let node = nodes[arrival.node]
    guard node.run == arrival.run, node.link.connection == arrival.connection, !node.isCutFromRedis else {
      return
    }
    if dice.chance(conditions.lossPermille / 2) { return breakConnections(node, why: "its answer was lost") }
    if let permille = redis.unanswered.max(), dice.chance(permille) { return }
    let way = arrival.question.way
    let repliedUs = max(nowUs + replyingAfterUs + tripUs(), node.link.lastReplyUs[way] + 1)
    node.link.lastReplyUs[way] = repliedUs
    put(
      .replied(
        node: arrival.node, run: arrival.run, connection: arrival.connection, number: arrival.number, reply),
      inUs: repliedUs - nowUs)
  }

  /// An operator's, who is on no node.
  func order(_ request: LedgerRequest) {
    guard redis.down == 0, redis.hanging == 0 else { return }
    let time = redis.time(at: nowUs)
    let answer = redis.servers[redis.primary].state.perform(request, at: time)
    announce(request.announcements(answer), from: redis.primary)
  }

  func workOff() {
    for server in redis.servers.indices {
      let waiting = redis.servers[server].backlog
      redis.servers[server].backlog = []
      // In the order in which they came.
      var inUs: Int64 = 0
      for arrival in waiting {
        inUs += dice.between(10, 200)
        put(.arrives(arrival, server: server), inUs: inUs)
      }
    }
  }

  // MARK: Back

  func takeReply(
    _ reply: Occurrence.Reply, _ number: UInt64, _ connection: UInt64, _ node: SimulatedNode
  ) {
    guard node.link.connection == connection, !node.isCutFromRedis,
      let question = node.link.inFlight.removeValue(forKey: number)
    else { return }
    tell(question, reply, node)
  }

  private func tell(_ question: SimulatedLink.Question, _ reply: Occurrence.Reply, _ node: SimulatedNode) {
    switch (question, reply) {
    case (.ask(let ticket, _), .answer(let answer)): handle(.answered(ticket, answer), node)
    case (.read(let ticket, _), .reading(let reading)): handle(.read(ticket, reading), node)
    default: break
    }
  }

  private func tell(_ question: SimulatedLink.Question, _ error: LedgerError, _ node: SimulatedNode) {
    tell(
      question, { if case .ask = question { .answer(.failure(error)) } else { .reading(.failure(error)) } }(),
      node)
  }

  /// The connection stays; an answer that comes after this finds nobody.
  func miss(_ number: UInt64, _ node: SimulatedNode) {
    guard let question = node.link.inFlight.removeValue(forKey: number) else { return }
    tell(question, .outcomeUnknown(LedgerFaults.late), node)
  }

  private func fail(_ number: UInt64, _ error: LedgerError, _ node: SimulatedNode, afterUs: Int64) {
    let reply: Occurrence.Reply
    switch node.link.inFlight[number] {
    case .ask?: reply = .answer(.failure(error))
    case .read?: reply = .reading(.failure(error))
    case nil: return
    }
    put(
      .replied(
        node: node.number, run: node.run, connection: node.link.connection, number: number, reply),
      inUs: afterUs)
  }

  /// All that is under way has no answer; a new connection is soon made, and with it a subscription.
  func breakConnections(_ node: SimulatedNode, why: String) {
    guard node.isRunning else { return }
    transcript?.add(node.name, "loses its connections: \(why)", at: nowUs)
    let open = node.link.inFlight.sorted { $0.key < $1.key }
    node.link.reset()
    node.link.server = redis.primary
    for (number, question) in open {
      node.link.inFlight[number] = question
      fail(number, .outcomeUnknown(LedgerFaults.broken), node, afterUs: dice.between(50, 500))
    }
    subscribe(node)
  }

  // MARK: Announcements

  func subscribe(_ node: SimulatedNode) {
    put(
      .listens(node: node.number, run: node.run, connection: node.link.connection),
      inUs: dice.between(200, 300_000))
  }

  func listen(_ connection: UInt64, _ node: SimulatedNode) {
    guard node.link.connection == connection, !node.link.isListening else { return }
    guard !node.isCutFromRedis, redis.down == 0, redis.hanging == 0 else { return subscribe(node) }
    node.link.isListening = true
    let isDenied = node.denials > 0 || redis.forbidsListening(node.number)
    handle(.heard(.denied(isDenied ? LedgerFaults.denied : nil)), node)
    handle(.heard(.gap), node)
  }

  private func announce(_ announcements: [LedgerAnnouncement], from server: Int) {
    guard !announcements.isEmpty, redis.mute == 0 else { return }
    for node in nodes where node.isRunning && node.link.isListening && node.link.server == server {
      if node.deafness + node.denials > 0 || node.isCutFromRedis { continue }
      for announcement in announcements {
        if redis.forbids(Fault.Right(announcement), node.number) { continue }
        let atUs = max(nowUs + tripUs(), node.link.lastAnnouncedUs + 1)
        node.link.lastAnnouncedUs = atUs
        put(
          .announced(
            node: node.number, run: node.run, connection: node.link.connection, announcement),
          inUs: atUs - nowUs)
      }
    }
  }

  /// The server looks at what a user may listen to when that is changed: the subscription breaks, and is made anew.
  func resubscribe(_ node: SimulatedNode) {
    guard node.isRunning, node.link.isListening else { return }
    node.link.isListening = false
    subscribe(node)
  }

  func hear(_ announcement: LedgerAnnouncement, _ connection: UInt64, _ node: SimulatedNode) {
    guard node.link.connection == connection, node.link.isListening, !node.isCutFromRedis else { return }
    handle(.heard(announcement), node)
  }
}

/// What questions fail of.
private enum LedgerFaults {
  static let late = LedgerFault(.deadline, "no answer in time")
  static let denied = LedgerFault(.noPermission, "NOPERM")
  static let broken = LedgerFault(.lost, "the connection broke")
}
