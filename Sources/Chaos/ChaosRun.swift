import Addresses
import Backends
import Health
import Ledger
import Redis
import RedisLedger
import TestServers

/// One run: nodes, Redis, backends, and a time in which things go wrong at random.
package struct ChaosRun: Sendable {
  package struct Plan: Sendable {
    package var seed: UInt64
    package var length: Duration
    /// Else a primary with replicas behind Sentinels.
    package var isCluster: Bool
    /// The path of `quorate`.
    package var program: String

    package init(seed: UInt64, length: Duration, isCluster: Bool, program: String) {
      self.seed = seed
      self.length = length
      self.isCluster = isCluster
      self.program = program
    }
  }

  /// How often a fault was made, and the longest time during it and after it in which a node was not in step that should
  /// have been.
  package struct Tally: Sendable {
    package var count = 0
    package var longest = Duration.zero
  }

  /// What came of it.
  package struct Result: Sendable {
    package var faults: [Fault: Tally] = [:]
    /// Changes of backends.
    package var flips = 0
    package var transitions = 0
    package var resyncs = 0
    package var pages = 0
    package var violations: [String] = []
    /// The last lines of the nodes; empty where nothing was wrong.
    package var logs = ""
  }

  static let names = ["a", "b", "c"]
  static let upstreams = ["shop", "cart", "blog"]
  private static let peersOfEach = 3
  /// A backend stays as it is for at least so long: longer than a decision may be behind.
  private static let shortestStay = Duration.milliseconds(Judge.latestMs + 3000)

  private let plan: Plan
  private let say: @Sendable (String) -> Void
  private let redis: SharedRedis
  private let backends: [[Backend]]
  private let nodes: NodeSet
  private let observer = Observer()
  private let tallies = Watched<[Fault: Tally]>([:])
  private let flips = Watched(0)
  private let trouble = Watched<[String]>([])

  /// Returns when everything runs.
  package init(_ plan: Plan, say: @escaping @Sendable (String) -> Void) async throws {
    self.plan = plan
    self.say = say
    try await NodeSet.run("ip", ["link", "set", "lo", "up"])
    redis = try await SharedRedis(asCluster: plan.isCluster)
    var backends: [[Backend]] = []
    for _ in Self.upstreams { backends.append(try (0..<Self.peersOfEach).map { _ in try Backend(.ok) }) }
    self.backends = backends
    nodes = try await NodeSet(
      Self.names, program: plan.program, redis: redis.url, upstreams: Self.settings(backends))
  }

  private static func settings(_ backends: [[Backend]]) -> String {
    "upstreams:\n"
      + zip(upstreams, backends).map { name, backends in
        """
          - upstream: \(name)
            type: http
            http_req: "GET /status HTTP/1.0\\r\\n\\r\\n"
            valid_statuses: [200]
            interval: 500ms
            timeout: 300ms
            fall: 3
            rise: 2
            peers: [\(backends.map { "\"\($0.peer)\"" }.joined(separator: ", "))]

        """
      }.joined()
  }

  // MARK: Running

  package func run() async throws -> Result {
    let client = RedisClient(RedisSettings(try RedisURL(redis.url)))
    let store = RedisLedger(client, namespace: "chaos") { _ in }
    for backend in backends.joined() { note(backend, .up) }
    try await withThrowingTaskGroup(of: Void.self) { watching in
      watching.addTask { await observer.follow(store) }
      for name in Self.names { watching.addTask { await observer.watch(name, of: nodes) } }
      await beginInStep()
      let end = ContinuousClock.now + plan.length
      try await withThrowingTaskGroup(of: Void.self) { lanes in
        lanes.addTask { try await disturb(.node, until: end) }
        lanes.addTask { try await disturb(.redis, until: end) }
        lanes.addTask { try await flip(until: end) }
        try await lanes.waitForAll()
      }
      await finish(store)
      watching.cancelAll()
    }
    let result = result
    await nodes.endAll()
    await client.close()
    for way in redis.ways { await way.close() }
    for backend in backends.joined() { backend.stop() }
    return result
  }

  private var result: Result {
    let seen = observer.seen.value
    let violations = observer.violations + trouble.value
    return Result(
      faults: tallies.value, flips: flips.value, transitions: seen.judge.transitions,
      resyncs: seen.judge.resyncs, pages: seen.pages, violations: violations,
      logs: violations.isEmpty ? "" : nodes.logs)
  }

  private func beginInStep() async {
    if await !observer.isInStep() { complain("the nodes were not in step at the beginning") }
    // Whoever has just started settles.
    try? await Task.sleep(for: .seconds(8))
  }

  private func complain(_ text: String) {
    say("WRONG: \(text)")
    trouble.change { $0.append(text) }
  }

  private func disturb(_ side: Fault.Side, until end: ContinuousClock.Instant) async throws {
    var faults = FaultPlan(
      side, inCluster: plan.isCluster, seed: plan.seed &* 4 &+ (side == .node ? 1 : 2))
    let maker = FaultMaker(
      redis: redis, nodes: nodes, peerPorts: backends.joined().map { Int($0.port) },
      upstreams: Self.upstreams,
      say: say
    )
    while true {
      let planned = faults.next()
      try await Task.sleep(for: .milliseconds(planned.restMs))
      guard ContinuousClock.now < end else { return }
      let begin = ContinuousClock.now
      do {
        try await maker.make(planned)
      } catch {
        complain("\(planned.fault.rawValue): \(error)")
      }
      if await !observer.isInStep() {
        complain("60 s after '\(planned.fault.rawValue)' not all nodes are in step")
      }
      let outage = observer.longestOutage(since: begin)
      tallies.change { tallies in
        tallies[planned.fault, default: Tally()].count += 1
        tallies[planned.fault, default: Tally()].longest = max(
          tallies[planned.fault]?.longest ?? .zero, outage)
      }
    }
  }

  // MARK: Backends

  private func flip(until end: ContinuousClock.Instant) async throws {
    var chance = Chance(seed: plan.seed &* 4 &+ 3)
    let all = Array(backends.joined())
    var changed: [ContinuousClock.Instant?] = all.map { _ in nil }
    while true {
      try await Task.sleep(for: .milliseconds(.random(in: 500...3000, using: &chance)))
      guard ContinuousClock.now < end else { return }
      let place = Int.random(in: all.indices, using: &chance)
      let bad: [Behavior] = [.refusing, .status(500), .silent]
      let how = bad[Int.random(in: bad.indices, using: &chance)]
      if let last = changed[place], ContinuousClock.now - last < Self.shortestStay { continue }
      changed[place] = .now
      let isUp = observer.truth.value.now[PeerName(all[place].peer)] == .up
      // What is told while it changes may be either.
      if isUp { note(all[place], .down) }
      await all[place].behave(isUp ? how : .ok)
      if !isUp { note(all[place], .up) }
      flips.change { $0 += 1 }
    }
  }

  private func note(_ backend: Backend, _ state: PeerState) {
    let nowMs = Observer.nowMs
    observer.truth.change { $0.note(PeerName(backend.peer), is: state, at: nowMs) }
  }

  // MARK: The end

  /// Everything is well again: all readers know the truth, and the stream tells every event.
  private func finish(_ store: RedisLedger) async {
    let truth = observer.truth.value.now
    let end = ContinuousClock.now + .seconds(60)
    var wrong: [String] = []
    repeat {
      try? await Task.sleep(for: .milliseconds(500))
      wrong = await untrue(store, truth)
    } while !wrong.isEmpty && ContinuousClock.now < end
    for text in wrong { complain("60 s after the last fault \(text)") }
    for upstream in Self.upstreams.compactMap({ UpstreamName($0) }) {
      let events = (try? await store.events(of: upstream, after: 0, limit: 10_000)) ?? []
      let gaps = zip(events, events.dropFirst()).filter { $1.seq != $0.seq + 1 && $1.change != .resync }
      for (before, after) in gaps {
        complain("the stream of \(upstream) goes from \(before.seq) to \(after.seq)")
      }
      if events.isEmpty { complain("the stream of \(upstream) is empty") }
    }
  }

  private func untrue(_ store: RedisLedger, _ truth: [PeerName: PeerState]) async -> [String] {
    var wrong: [String] = []
    var readers: [(name: String, status: [PeerName: PeerState])] = [
      ("the follower", observer.seen.value.judge.status)
    ]
    var hashes: [PeerName: PeerState] = [:]
    for upstream in Self.upstreams.compactMap({ UpstreamName($0) }) {
      hashes.merge((try? await store.snapshot(of: upstream))?.status ?? [:]) { first, _ in first }
    }
    readers.append(("Redis", hashes))
    for name in Self.names {
      guard let page = await nodes.page(name), !page.stale else {
        wrong.append("node \(name) is not in step")
        continue
      }
      let status = page.status.map { (PeerName($0), PeerState(rawValue: $1) ?? .down) }
      readers.append(("the page of \(name)", Dictionary(status) { first, _ in first }))
    }
    for (name, status) in readers {
      for (peer, state) in truth where status[peer] != state {
        wrong.append(
          "\(name) tells that \(peer) is \(status[peer]?.rawValue ?? "unknown"), and it is \(state.rawValue)")
      }
    }
    return wrong
  }
}
