import Addresses

/// Sends each command to the server of a Redis Cluster that has its slot, and follows where that sends it. Commands of
/// several servers go out in parallel.
struct ClusterRouter: Sendable {
  /// How often one command is sent elsewhere: more means that the servers send it in circles.
  static let hops = 5
  /// The rest before a command is sent again whose slot is half here and half there.
  private static let shortestRest = Duration.milliseconds(10)

  let servers: ClusterServers
  let limits: RedisLimits

  /// One command by its number, and where it has to go.
  private struct Errand {
    let number: Int
    let slot: Int?
    /// Nil: where the map says.
    var place: RedisAddress?
    /// The server has the slot only for those who say that they were sent.
    var isAsking = false
  }

  private struct Load: Hashable {
    let place: RedisAddress
    let isAsking: Bool
  }

  private typealias Answered = (errand: Errand, place: RedisAddress, answer: Result<RedisReply, RedisError>)

  /// One result for each command, in the same order. None is sent again unless a server has said that it did not run it.
  func perform(
    _ commands: [RedisCommand], deadline: Duration?
  ) async -> [Result<RedisReply, RedisError>] {
    let end = ContinuousClock.now + (deadline ?? limits.commandDeadline)
    var results = [Result<RedisReply, RedisError>](
      repeating: .failure(.deadline(isWritten: false)), count: commands.count)
    var open = commands.indices.map { Errand(number: $0, slot: commands[$0].key.map(HashSlot.of)) }
    if let error = await servers.needMap(until: end) { return commands.map { _ in .failure(error) } }
    for hop in 0...Self.hops {
      let answers = await send(loads(open, &results), commands, until: end)
      open = []
      var mustRest = false
      for (errand, place, answer) in answers {
        results[errand.number] = answer
        guard case .failure(let error) = answer else { continue }
        if case .tryAgain = error { mustRest = true }
        if let next = next(errand, at: place, after: error) { open.append(next) }
      }
      let left = end - .now
      if open.isEmpty || left <= .zero || Task.isCancelled { break }
      if mustRest { try? await Task.sleep(for: min(left, Self.shortestRest * (1 << hop))) }
    }
    return results
  }

  /// What goes to which server. What nobody has a place for gets its error.
  private func loads(
    _ errands: [Errand], _ results: inout [Result<RedisReply, RedisError>]
  ) -> [Load: [Errand]] {
    var loads: [Load: [Errand]] = [:]
    for errand in errands {
      if let place = errand.place ?? servers.place(ofSlot: errand.slot) {
        loads[Load(place: place, isAsking: errand.isAsking), default: []].append(errand)
      } else {
        let slot = errand.slot.map { "slot \($0)" } ?? "any slot"
        results[errand.number] = .failure(.clusterDown("none of its servers has \(slot)"))
        servers.refreshSoon()
      }
    }
    return loads
  }

  /// Where it goes next; nil: what it got is its answer.
  private func next(_ errand: Errand, at place: RedisAddress, after error: RedisError) -> Errand? {
    var next = errand
    switch error {
    case .moved(let slot, let text):
      guard let other = RedisAddress(redirection: text, toldBy: place) else { return nil }
      servers.move(slot, to: other)
      next.place = other
      next.isAsking = false
    case .ask(_, let text):
      guard let other = RedisAddress(redirection: text, toldBy: place) else { return nil }
      next.place = other
      next.isAsking = true
    case .tryAgain: next.place = place
    default:
      if error.isOfConnection { servers.refreshSoon() }
      return nil
    }
    return next
  }

  private func send(
    _ loads: [Load: [Errand]], _ commands: [RedisCommand], until end: ContinuousClock.Instant
  ) async -> [Answered] {
    if loads.count == 1, let (load, errands) = loads.first {
      return await send(errands, load, commands, until: end)
    }
    return await withTaskGroup(of: [Answered].self) { group in
      for (load, errands) in loads {
        group.addTask { await send(errands, load, commands, until: end) }
      }
      var all: [Answered] = []
      for await some in group { all += some }
      return all
    }
  }

  private func send(
    _ errands: [Errand], _ load: Load, _ commands: [RedisCommand], until end: ContinuousClock.Instant
  ) async -> [Answered] {
    let client = servers.client(of: load.place)
    let wanted = errands.map { commands[$0.number] }
    let sent = load.isAsking ? wanted.flatMap { [RedisCommand("ASKING"), $0] } : wanted
    let answers = await client.pipeline(sent, deadline: max(end - .now, .zero))
    let step = load.isAsking ? 2 : 1
    return errands.enumerated().map { ($1, load.place, answers[$0 * step + step - 1]) }
  }
}

extension RedisError {
  /// Another server may have the slot by now.
  fileprivate var isOfConnection: Bool {
    switch self {
    case .unreachable, .deadline, .outcomeUnknown, .clusterDown: true
    default: false
    }
  }
}
