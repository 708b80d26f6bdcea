import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger

/// One redis-server, and the shared state as a value that it is to be equal to.
struct Site {
  let client: RedisClient
  var redis: RedisLedger
  var model = SharedState()
  /// The moment that the server's keys have been aged to: the model's `steadyMs`.
  var agedMs: Int64

  private struct Saved {
    var model: SharedState
    var steadyMs: Int64
    var keys: [(name: String, payload: [UInt8], ttl: Int)]
  }

  private var saved: [Int: Saved] = [:]

  init(_ client: RedisClient, agedMs: Int64) {
    self.client = client
    self.agedMs = agedMs
    redis = Self.ledger(client, ClockedScripts.right[0])
  }

  mutating func use(_ scripts: LedgerScripts) { redis = Self.ledger(client, scripts) }

  private static func ledger(_ client: RedisClient, _ scripts: LedgerScripts) -> RedisLedger {
    RedisLedger(client, namespace: "model", scripts: scripts) { _ in }
  }

  private var now: LedgerTime { LedgerTime(wallMs: 0, steadyMs: agedMs) }

  // MARK: What happens to it

  /// Its keys come nearer to their ends, or get further from them.
  mutating func age(to steadyMs: Int64) async throws {
    if steadyMs < agedMs { forgetEnded() }
    if steadyMs != agedMs { try await client.age(steadyMs - agedMs) }
    agedMs = steadyMs
  }

  /// Redis drops what has ended, so that no clock and no copy brings it back.
  mutating func forgetEnded() { model.forgetEnded(at: now) }

  mutating func empty() async throws {
    _ = try await client.send(RedisCommand("FLUSHALL"))
    model = SharedState()
  }

  mutating func lose(_ key: LedgerKey) async throws {
    _ = try await client.send(RedisCommand("DEL", redis.name(of: key)))
    model.lose(key)
  }

  mutating func spoil(_ key: LedgerKey) async throws {
    let name = redis.name(of: key)
    try await lose(key)
    let command =
      switch key {
      case .of(_, .lease), .of(_, .definition): RedisCommand("LPUSH", name, "x")
      case .of(_, .events): RedisCommand("HSET", name, "x", "y")
      default: RedisCommand("SET", name, "x")
      }
    _ = try await client.send(command)
  }

  mutating func scribbleLease(_ upstream: UpstreamName) async throws {
    let key = LedgerKey.of(upstream, .lease)
    _ = try await client.send(RedisCommand("SET", redis.name(of: key), "123456789012345678:a:r:1"))
    model.lose(key)
  }

  mutating func persistLease(_ upstream: UpstreamName) async throws {
    _ = try await client.send(RedisCommand("PERSIST", redis.name(of: .of(upstream, .lease))))
    model.persistLease(of: upstream, at: now)
  }

  mutating func save(_ upstream: Int) async throws {
    forgetEnded()
    var kept = Saved(model: model, steadyMs: agedMs, keys: [])
    for part in LedgerKey.Part.allCases {
      let name = redis.name(of: .of(Operation.upstreams[upstream], part))
      guard let payload = try await client.send(RedisCommand("DUMP", name)).bytes else { continue }
      let ttl = try await client.send(RedisCommand("PTTL", name)).integer ?? -1
      kept.keys.append((name, payload, ttl))
    }
    saved[upstream] = kept
  }

  mutating func restore(_ upstream: Int) async throws {
    guard let kept = saved[upstream] else { return }
    for part in LedgerKey.Part.allCases {
      let name = redis.name(of: .of(Operation.upstreams[upstream], part))
      _ = try await client.send(RedisCommand("DEL", name))
    }
    for (name, payload, ttl) in kept.keys {
      let left = ttl < 0 ? 0 : ttl - Int(agedMs - kept.steadyMs)
      if ttl >= 0, left <= 0 { continue }
      var command = RedisCommand("RESTORE", name, String(left))
      command.append(payload)
      _ = try await client.send(command)
    }
    model.restore(Operation.upstreams[upstream], from: kept.model)
  }

  // MARK: Comparing

  func compare() async throws {
    for upstream in Operation.upstreams { try await compare(upstream) }
    try equal("members", await redis.members(), model.members)
    try equal("missing nodes", await redis.missing(), model.missing)
    let nodeInfos = Operation.nodes.compactMap { node in model.nodeInfo(of: node, at: now).map { (node, $0) }
    }
    try equal(
      "cards", await redis.nodeInfos(of: Operation.nodes), Dictionary(uniqueKeysWithValues: nodeInfos))
    try equal("index", await redis.upstreams(), model.digests)
    try equal(
      "standings", await redis.headReadings(of: Operation.upstreams),
      model.headReadings(of: Operation.upstreams, at: now))
    try await compareLeases()
  }

  private func compare(_ upstream: UpstreamName) async throws {
    try equal("snapshot of \(upstream)", await redis.snapshot(of: upstream), model.snapshot(of: upstream))
    try equal("head of \(upstream)", await redis.head(of: upstream), model.head(of: upstream))
    try equal(
      "events of \(upstream)", await redis.events(of: upstream, after: 0, limit: 10_000),
      model.events(of: upstream, after: 0, limit: 10_000))
    let reportsByNode = Operation.nodes.compactMap { node in
      model.nodeReports(of: upstream, by: node, at: now).map { (node, $0) }
    }
    try equal(
      "reports of \(upstream)", await redis.reports(of: upstream, by: Operation.nodes),
      Dictionary(uniqueKeysWithValues: reportsByNode))
  }

  private func compareLeases() async throws {
    let leases = try await redis.leases(of: Operation.upstreams).leases
    for upstream in Operation.upstreams {
      let expected = model.lease(of: upstream, at: now)
      try equal("lease of \(upstream)", leases[upstream]?.lease, expected?.lease)
      let left = leases[upstream]?.leftMs
      // The test itself takes some time; durations are far further apart.
      let isRight =
        switch (left, expected?.forMs) {
        case (nil, nil): true
        case (let left?, let forMs?): left <= forMs && left > forMs - Operation.slackMs
        default: false
        }
      if !isRight { try equal("time left of the lease of \(upstream)", left, expected?.forMs) }
    }
  }

  private func equal<Value: Equatable>(_ what: String, _ redis: Value, _ model: Value) throws {
    if redis != model { throw Differs("\(what)\n  in Redis:      \(redis)\n  it should be: \(model)") }
  }
}

/// Redis and the model differ.
struct Differs: Error {
  var text: String

  init(_ text: String) { self.text = text }
}
