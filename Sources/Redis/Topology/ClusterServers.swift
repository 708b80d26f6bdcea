import Addresses
import NIOConcurrencyHelpers
import NIOCore

/// The servers of a Redis Cluster: who has which slot, as they tell, and a client for each that is asked.
///
/// They are asked at the first command, after every redirection and every lost connection, and once a minute.
final class ClusterServers: RedisLocator {
  private static let period = TimeAmount.seconds(60)
  /// Between two askings.
  private static let rest = TimeAmount.milliseconds(250)
  /// So many are asked together; of a large cluster some will do.
  private static let asked = 6

  private struct State {
    var map: ClusterMap?
    var clients: [RedisAddress: RedisClient] = [:]
    /// Under way: nil in it means that it is known who has which slot.
    var asking: EventLoopFuture<RedisError?>?
    var askedAt = NIODeadline.uptimeNanoseconds(0)
    var due: Scheduled<Void>?
    var isClosed = false
    var timer: RepeatedTask?
  }

  private let seeds: [RedisAddress]
  private let settings: RedisSettings
  private let group: any EventLoopGroup
  /// What happens in the background is here, and ends with `close` or the last reference.
  private let loop: any EventLoop
  private let observer: @Sendable (RedisLinkEvent) -> Void
  private let hearers = MoveHearers()
  private let state = NIOLockedValueBox(State())

  /// - Parameter observer: hears whether the cluster could be asked, and of connections that come and go.
  init(
    _ seeds: [RedisAddress], _ settings: RedisSettings, group: any EventLoopGroup,
    observer: @escaping @Sendable (RedisLinkEvent) -> Void
  ) {
    self.seeds = seeds
    self.settings = settings
    self.group = group
    loop = group.next()
    self.observer = observer
  }

  deinit {
    state.withLockedValue { state in
      state.timer?.cancel()
      state.due?.cancel()
    }
  }

  func close() async {
    let clients = state.withLockedValue { state in
      state.isClosed = true
      state.timer?.cancel()
      state.due?.cancel()
      defer { state.clients = [:] }
      return state.clients.values.map(\.self)
    }
    for client in clients { await client.close() }
  }

  /// Of all servers together.
  var pendingCommands: Int {
    state.withLockedValue { $0.clients.values.map(\.self) }.reduce(0) { $0 + $1.pendingCommands }
  }

  // MARK: Places

  /// Nil: nobody has the slot.
  ///
  /// - Parameter slot: nil: any server will do.
  func place(ofSlot slot: Int?) -> RedisAddress? {
    state.withLockedValue { state in
      slot.map { state.map?.owner(of: $0) } ?? state.map?.primaries.randomElement()
    }
  }

  /// As a server has said that does not have the slot any more. The others are asked what else has changed.
  func move(_ slot: Int, to place: RedisAddress) {
    state.withLockedValue { $0.map?.move(slot, to: place) }
    refreshSoon()
  }

  /// One connection to each server, for the commands of all callers.
  func client(of place: RedisAddress) -> RedisClient {
    state.withLockedValue { state in
      if let client = state.clients[place] { return client }
      var settings = settings
      settings.topology = .single(place)
      let client = RedisClient(settings, group: group) { [weak self] event in self?.observe(event) }
      // Once closed, it makes one that nobody keeps: its commands find it closed.
      if state.isClosed { return client }
      state.clients[place] = client
      return client
    }
  }

  private func observe(_ event: RedisLinkEvent) {
    switch event {
    case .connected: observer(event)
    case .lost:
      observer(event)
      refreshSoon()
    case .failed: refreshSoon()
    }
  }

  // MARK: Asking

  /// Returns when it is known who has which slot, or with the reason why not.
  func needMap(until end: ContinuousClock.Instant) async -> RedisError? {
    while true {
      let (isKnown, isClosed) = state.withLockedValue { ($0.map != nil, $0.isClosed) }
      if isClosed { return .closed }
      if isKnown { return nil }
      guard let error = await refresh() else { continue }
      if Task.isCancelled { return .cancelled(isWritten: false) }
      guard case .unreachable = error, .now + Duration(Self.rest) < end else { return error }
      try? await Task.sleep(for: Duration(Self.rest))
    }
  }

  /// Asks before long, unless that is due already.
  func refreshSoon() {
    state.withLockedValue { state in
      guard state.due == nil, !state.isClosed else { return }
      state.due = loop.scheduleTask(deadline: max(.now(), state.askedAt + Self.rest)) { [weak self] in
        guard let self else { return }
        self.state.withLockedValue { $0.due = nil }
        _ = startAsking()
      }
    }
  }

  /// Nil: it is known now who has which slot.
  private func refresh() async -> RedisError? {
    (try? await startAsking().get()) ?? nil
  }

  private func startAsking() -> EventLoopFuture<RedisError?> {
    state.withLockedValue { state in
      if let asking = state.asking { return asking }
      let asking = loop.makeFutureWithTask { [weak self] in await self?.ask() }
      state.asking = asking
      state.askedAt = .now()
      return asking
    }
  }

  private func ask() async -> RedisError? {
    let known = state.withLockedValue { $0.map?.primaries ?? [] }
    let places = Set(known.shuffled().prefix(Self.asked) + seeds.shuffled().prefix(Self.asked))
    let (map, error) = await ask(places)
    state.withLockedValue { $0.asking = nil }
    guard let map, let first = map.primaries.first else {
      let error = error ?? .clusterDown("none of its servers has a slot")
      observer(.failed(error))
      return error
    }
    if known.isEmpty { observer(.connected(first)) }
    adopt(map)
    return nil
  }

  private func ask(_ places: Set<RedisAddress>) async -> (map: ClusterMap?, error: RedisError?) {
    var told: [(epoch: Int, map: ClusterMap)] = []
    var failures: [RedisError] = []
    await withTaskGroup(of: Result<(epoch: Int, map: ClusterMap), RedisError>.self) { group in
      for place in places { group.addTask { [self] in await ask(place) } }
      for await answer in group {
        switch answer {
        case .success(let one): told.append(one)
        case .failure(let error): failures.append(error)
        }
        // Who does not answer must not hold up the others.
        if told.count * 2 > places.count { break }
      }
      group.cancelAll()
    }
    let error = failures.first { if case .unreachable = $0 { false } else { true } } ?? failures.first
    return (ClusterMap.newest(told), error)
  }

  private func ask(_ place: RedisAddress) async -> Result<(epoch: Int, map: ClusterMap), RedisError> {
    let answers = await client(of: place).pipeline(
      [RedisCommand("CLUSTER", "SLOTS"), RedisCommand("CLUSTER", "INFO")],
      deadline: settings.limits.dialDeadline)
    return answers[0].flatMap { reply in
      guard let map = ClusterMap(reply, toldBy: place) else {
        return .failure(.protocolViolation("it does not tell the slots of a Redis Cluster"))
      }
      let info = (try? answers[1].get())?.string ?? ""
      return .success((Self.epoch(info), map))
    }
  }

  /// `cluster_current_epoch` of CLUSTER INFO; 0: it is not told.
  private static func epoch(_ info: String) -> Int {
    let name = "cluster_current_epoch:"
    let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name) }
    return line.flatMap { Int($0.dropFirst(name.count)) } ?? 0
  }

  private func adopt(_ map: ClusterMap) {
    let hasMoved = state.withLockedValue { state in
      let before = state.map
      state.map = map
      // Whoever waits for an answer of one that left holds it until then.
      state.clients = state.clients.filter { map.primaries.contains($0.key) }
      if state.timer == nil, !state.isClosed {
        state.timer = loop.scheduleRepeatedTask(initialDelay: Self.period, delay: Self.period) {
          [weak self] _ in self?.refreshSoon()
        }
      }
      return before.map { Set($0.primaries) != Set(map.primaries) } ?? false
    }
    if hasMoved { hearers.tell() }
  }
}

// MARK: Subscriptions

/// What is published to one server is heard at all, so a subscription may be at any.
extension ClusterServers {
  func locate(on loop: any EventLoop) -> EventLoopFuture<RedisAddress> {
    loop.makeFutureWithTask { [self] in
      let end = ContinuousClock.now + settings.limits.dialDeadline
      if let error = await needMap(until: end) { throw error }
      guard let place = place(ofSlot: nil) else {
        throw RedisError.clusterDown("none of its servers has a slot")
      }
      return place
    }
  }

  func isRight(_ place: RedisAddress) -> Bool {
    state.withLockedValue { $0.map?.primaries.contains(place) ?? true }
  }

  func whenMoved(_ moved: @escaping @Sendable () -> Bool) { hearers.add(moved) }
}
