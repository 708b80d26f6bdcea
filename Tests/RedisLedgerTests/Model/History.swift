import Health
import Ledger
import LedgerTestKit
import Redis
import RedisLedger

/// A random history, lived by the ledger in Redis and by the shared state as a value, side by side.
struct History {
  /// Where they differed.
  struct Difference: Error, CustomStringConvertible {
    var step: Int
    var description: String
  }

  private let client: RedisClient
  private let redis: RedisLedger
  private var model = SharedState()
  private var steadyMs: Int64 = 0
  private var players = Operation.players
  private var saved: [Int: Saved] = [:]

  private struct Saved {
    var model: SharedState
    var steadyMs: Int64
    var keys: [(name: String, payload: [UInt8], ttl: Int)]
  }

  private init(_ client: RedisClient, _ scripts: LedgerScripts) {
    self.client = client
    redis = RedisLedger(client, namespace: "model", scripts: scripts) { _ in }
  }

  /// Nil: no difference.
  static func live(
    _ operations: [Operation], _ client: RedisClient, _ scripts: LedgerScripts = LedgerScripts()
  ) async throws -> Difference? {
    var history = History(client, scripts)
    _ = try await client.send(RedisCommand("FLUSHDB"))
    for (step, operation) in operations.enumerated() {
      do {
        try await history.take(operation)
        // Answers tell of most differences; reading everything after each step would take most of the time.
        if step % 6 == 5 || step == operations.count - 1 { try await history.compare() }
      } catch let difference as Differs {
        return Difference(step: step, description: difference.text)
      }
    }
    return nil
  }

  private struct Differs: Error {
    var text: String
  }

  // MARK: Steps

  private mutating func take(_ operation: Operation) async throws {
    switch operation {
    case .ask(let node, let upstream, let question):
      try await ask(players[node].request(question, Operation.upstreams[upstream]), node)
    case .askAgain(let node): if let last = players[node].last { try await ask(last, node) }
    case .restart(let node): players[node].restart()
    case .age(let ms):
      try await client.age(ms)
      steadyMs += ms
    case .lose(let key):
      _ = try await client.send(RedisCommand("DEL", redis.name(of: key)))
      model.lose(key)
    case .spoil(let key):
      try await spoil(key)
      model.lose(key)
    case .scribbleLease(let upstream):
      let key = LedgerKey.of(Operation.upstreams[upstream], .lease)
      _ = try await client.send(RedisCommand("SET", redis.name(of: key), "123456789012345678:a:r:1"))
      model.lose(key)
    case .save(let upstream): try await save(upstream)
    case .restore(let upstream): try await restore(upstream)
    case .forgetScripts: _ = try await client.send(RedisCommand("SCRIPT", "FLUSH"))
    }
  }

  private mutating func ask(_ request: LedgerRequest, _ node: Int) async throws {
    let before = try await redisMs()
    guard let result = await redis.perform([request]).first else { throw Differs(text: "no answer") }
    let after = try await redisMs()
    let answer: LedgerAnswer
    do {
      answer = try result.get()
    } catch {
      throw Differs(text: "\(request)\n  Redis fails: \(error)")
    }
    // The model's clock is Redis', as far as the answer tells it.
    let told = Self.time(of: answer, to: request).flatMap { (before...after).contains($0) ? $0 : nil }
    let expected = model.perform(request, at: LedgerTime(wallMs: told ?? before, steadyMs: steadyMs))
    if answer != expected {
      throw Differs(text: "\(request)\n  Redis answers: \(answer)\n  it should be:  \(expected)")
    }
    players[node].learn(answer, to: request)
  }

  private static func time(of answer: LedgerAnswer, to request: LedgerRequest) -> Int64? {
    switch (answer, request) {
    case (.granted(let lease, _), .acquire), (.handedOver(let lease), _): Int64(lease.holder.term) - 1
    case (.committed(_, let atMs), _): atMs
    case (.overridden(let override), _): override.atMs
    case (.members(let members), .heartbeat(let heartbeat)):
      members.first { $0.node == heartbeat.member.node }?.atMs
    default: nil
    }
  }

  private func redisMs() async throws -> Int64 {
    let parts = try await client.send(RedisCommand("TIME")).elements.map { Int64($0.number ?? 0) }
    return parts[0] * 1000 + parts[1] / 1000
  }

  // MARK: Strange hands

  private func spoil(_ key: LedgerKey) async throws {
    let name = redis.name(of: key)
    _ = try await client.send(RedisCommand("DEL", name))
    let command =
      switch key {
      case .of(_, .lease), .of(_, .definition): RedisCommand("LPUSH", name, "x")
      case .of(_, .events): RedisCommand("HSET", name, "x", "y")
      default: RedisCommand("SET", name, "x")
      }
    _ = try await client.send(command)
  }

  private mutating func save(_ upstream: Int) async throws {
    var kept = Saved(model: model, steadyMs: steadyMs, keys: [])
    for part in LedgerKey.Part.allCases {
      let name = redis.name(of: .of(Operation.upstreams[upstream], part))
      guard let payload = try await client.send(RedisCommand("DUMP", name)).bytes else { continue }
      let ttl = try await client.send(RedisCommand("PTTL", name)).integer ?? -1
      kept.keys.append((name, payload, ttl))
    }
    saved[upstream] = kept
  }

  private mutating func restore(_ upstream: Int) async throws {
    guard let kept = saved[upstream] else { return }
    for part in LedgerKey.Part.allCases {
      let name = redis.name(of: .of(Operation.upstreams[upstream], part))
      _ = try await client.send(RedisCommand("DEL", name))
    }
    for (name, payload, ttl) in kept.keys {
      let left = ttl < 0 ? 0 : ttl - Int(steadyMs - kept.steadyMs)
      if ttl >= 0, left <= 0 { continue }
      var command = RedisCommand("RESTORE", name, String(left))
      command.append(payload)
      _ = try await client.send(command)
    }
    model.restore(Operation.upstreams[upstream], from: kept.model)
  }

  // MARK: Comparing

  private func compare() async throws {
    for upstream in Operation.upstreams { try await compare(upstream) }
    try equal("members", await redis.members(), model.members)
    let time = LedgerTime(wallMs: 0, steadyMs: steadyMs)
    let cards = Operation.nodes.compactMap { node in model.card(of: node, at: time).map { (node, $0) } }
    try equal("cards", await redis.cards(of: Operation.nodes), Dictionary(uniqueKeysWithValues: cards))
    try equal("index", await redis.upstreams(), model.digests)
  }

  private func compare(_ upstream: UpstreamName) async throws {
    let time = LedgerTime(wallMs: 0, steadyMs: steadyMs)
    try equal("snapshot of \(upstream)", await redis.snapshot(of: upstream), model.snapshot(of: upstream))
    try equal("head of \(upstream)", await redis.head(of: upstream), model.head(of: upstream))
    try equal(
      "events of \(upstream)", await redis.events(of: upstream, after: 0, limit: 10_000),
      model.events(of: upstream, after: 0, limit: 10_000))
    let sheets = Operation.nodes.compactMap { node in
      model.sheet(of: upstream, by: node, at: time).map { (node, $0) }
    }
    try equal(
      "reports of \(upstream)", await redis.reports(of: upstream, by: Operation.nodes),
      Dictionary(uniqueKeysWithValues: sheets))
    try await compareLease(upstream, time)
  }

  private func compareLease(_ upstream: UpstreamName, _ time: LedgerTime) async throws {
    let name = redis.name(of: .of(upstream, .lease))
    // A key of another type is an error here, and no lease.
    let reply = await client.pipeline([RedisCommand("GET", name)]).first
    let text = try? reply?.get().string
    let expected = model.lease(of: upstream, at: time)
    try equal("lease of \(upstream)", text.flatMap { Lease($0) }, expected?.lease)
    guard let expected else { return }
    let left = Int64(try await client.send(RedisCommand("PTTL", name)).integer ?? -1)
    // The test itself takes some time; durations are far further apart.
    if left > expected.forMs || left < expected.forMs - 20_000 {
      throw Differs(text: "the lease of \(upstream) lasts \(left) ms, and should last \(expected.forMs)")
    }
  }

  private func equal<Value: Equatable>(_ what: String, _ redis: Value, _ model: Value) throws {
    if redis != model { throw Differs(text: "\(what)\n  in Redis:      \(redis)\n  it should be: \(model)") }
  }
}
