import Health
package import Ledger
package import Redis

/// The ledger in Redis: every request is one script, which does all of it or nothing. It decides nothing and reads no
/// clock: time is Redis' own.
package struct RedisLedger: LedgerStore {
  /// Requests in one pipeline.
  static let pipelined = 2000

  let client: RedisClient
  /// Has a connection of its own for what is much, so that nothing urgent waits behind it.
  let bulk: RedisClient
  let keys: LedgerKeys
  let calls: ScriptCalls
  private let notice: @Sendable (LedgerNotice) -> Void

  /// - Parameters:
  ///   - bulk: for what is much (`LedgerRequest.isBulk`); nil: the same client.
  ///   - namespace: 1 to 64 of `A-Z a-z 0-9 _ . -`.
  ///   - scripts: others than the program's own are for tests of the tests.
  ///   - notice: hears of what people should know.
  package init(
    _ client: RedisClient, bulk: RedisClient? = nil, namespace: String,
    scripts: LedgerScripts = LedgerScripts(),
    notice: @escaping @Sendable (LedgerNotice) -> Void
  ) {
    self.client = client
    self.bulk = bulk ?? client
    keys = LedgerKeys(namespace: namespace, database: client.settings.database)
    calls = ScriptCalls(keys: keys, scripts: scripts)
    self.notice = notice
  }

  /// The name of a key in Redis.
  package func name(of key: LedgerKey) -> String { keys.name(of: key) }

  package func perform(_ requests: [LedgerRequest]) async -> [Result<LedgerAnswer, LedgerError>] {
    var answers = [Result<LedgerAnswer, LedgerError>](
      repeating: .failure(.unreachable(.unreadable)), count: requests.count)
    var hindrance: LedgerFault?
    for wave in Self.waves(requests) {
      if let hindrance {
        for index in wave { answers[index] = .failure(.unreachable(hindrance)) }
        continue
      }
      let results = await performTogether(wave.map { requests[$0] })
      for (index, result) in zip(wave, results) { answers[index] = result }
      // Of several servers one may be away alone.
      if !client.settings.isCluster { hindrance = Self.hindrance(results) }
    }
    return answers
  }

  /// Why Redis is away, so that later requests need not wait to find that out as well; nil: it is there.
  private static func hindrance(_ results: [Result<LedgerAnswer, LedgerError>]) -> LedgerFault? {
    var first: LedgerFault?
    for result in results {
      guard case .failure(let error) = result, !error.kind.isAnswer else { return nil }
      first = first ?? error.fault
    }
    return first
  }

  /// Requests that go out together: one of each upstream, because a script that Redis has lost is run after the others
  /// of its pipeline.
  static func waves(_ requests: [LedgerRequest]) -> [[Int]] {
    var waves: [[Int]] = []
    var next: [UpstreamName?: Int] = [:]
    for (index, request) in requests.enumerated() {
      var wave = next[request.upstream, default: 0]
      while wave < waves.count, waves[wave].count >= pipelined { wave += 1 }
      if wave == waves.count { waves.append([]) }
      waves[wave].append(index)
      next[request.upstream] = wave + 1
    }
    return waves
  }

  private func performTogether(_ requests: [LedgerRequest]) async -> [Result<LedgerAnswer, LedgerError>] {
    let calls = requests.map(calls.call)
    let replies =
      requests.contains { $0.isBulk }
      ? await bulk.evaluate(calls, deadline: bulk.settings.limits.commandDeadline(for: calls))
      : await client.evaluate(calls)
    var answers = zip(calls, replies).map { call, reply in
      answer(reply.mapError { $0.wanting(keys.right(for: call.keys)) })
    }
    await index(requests, &answers)
    return answers
  }

  private func answer(_ result: Result<RedisReply, RedisError>) -> Result<LedgerAnswer, LedgerError> {
    switch result {
    case .failure(let error): return .failure(LedgerError(performing: error))
    case .success(let reply):
      guard let script = ScriptAnswer(reply) else { return .failure(.outcomeUnknown(.unreadable)) }
      for note in script.notes { notice(note) }
      let answer = script.answer { notice(.unreadable(key: keys.name(of: $0), field: $1)) }
      return answer.map { .success($0) } ?? .failure(.outcomeUnknown(.unreadable))
    }
  }

  // MARK: The index

  /// The index has another hash tag than the upstreams, so no script writes both. A commit whose index was not
  /// written counts as unknown: it is sent again, and so is this.
  private func index(
    _ requests: [LedgerRequest], _ answers: inout [Result<LedgerAnswer, LedgerError>]
  ) async {
    var indices: [Int] = []
    var changes: [RedisScriptCall] = []
    for (index, request) in requests.enumerated() {
      guard case .success(let answer) = answers[index], let change = change(request, answer) else { continue }
      indices.append(index)
      changes.append(change)
    }
    guard !changes.isEmpty else { return }
    for (index, result) in zip(indices, await client.evaluate(changes)) {
      switch result.mapError({ $0.wanting(keys.right(for: [keys.upstreams])) }) {
      case .failure(let error): answers[index] = .failure(.outcomeUnknown(LedgerFault(error)))
      case .success(let reply): for note in ScriptAnswer(reply)?.notes ?? [] { notice(note) }
      }
    }
  }

  private func change(_ request: LedgerRequest, _ answer: LedgerAnswer) -> RedisScriptCall? {
    switch (request, answer) {
    case (.commit(let commit), .committed), (.commit(let commit), .already):
      commit.definition.map { calls.index(commit.upstream, digest: $0.digest) }
    case (.delete(let upstream, _, _), .deleted): calls.index(upstream, digest: nil)
    default: nil
    }
  }

  func skipped(_ key: String, _ field: String) { notice(.unreadable(key: key, field: field)) }
}
