extension RedisClient {
  /// Runs a script: by its digest, and if the server does not have it, by its text.
  ///
  /// - Parameter deadline: for both attempts together; nil: `RedisLimits.commandDeadline`.
  package func evaluate(
    _ script: RedisScript, keys: [String], arguments: [String], deadline: Duration? = nil
  ) async throws(RedisError) -> RedisReply {
    let call = RedisScriptCall(script, keys: keys, arguments: arguments)
    let begin = ContinuousClock.now
    do {
      return try await send(call.byDigest, deadline: deadline)
    } catch .scriptMissing {
      return try await send(call.byText, deadline: rest(of: deadline, since: begin))
    }
  }

  /// Runs scripts in one pipeline: one result for each, in the same order.
  ///
  /// Those that the server did not have are run together afterwards, so an order among calls holds only between
  /// calls that do not depend on each other.
  package func evaluate(
    _ calls: [RedisScriptCall], deadline: Duration? = nil
  ) async -> [Result<RedisReply, RedisError>] {
    let begin = ContinuousClock.now
    var results = await pipeline(calls.map(\.byDigest), deadline: deadline)
    let missing = results.indices.filter { index in
      if case .failure(.scriptMissing) = results[index] { true } else { false }
    }
    guard !missing.isEmpty else { return results }
    let again = await pipeline(missing.map { calls[$0].byText }, deadline: rest(of: deadline, since: begin))
    for (index, result) in zip(missing, again) { results[index] = result }
    return results
  }

  private func rest(of deadline: Duration?, since begin: ContinuousClock.Instant) -> Duration {
    max(.zero, (deadline ?? settings.limits.commandDeadline) - (.now - begin))
  }
}
