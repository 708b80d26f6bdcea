/// CPU in microseconds for each unit of a row's work.
struct Figures: Sendable {
  var own = Double.infinity
  /// redis-server's while this side worked.
  var server = Double.infinity
  /// hiredis' blocking calls; nil: they do not do this.
  var blocking: Double?
}

/// Measures a row.
struct Meter {
  let turns: Int
  /// Seconds of each turn.
  let window: Double
  /// The id of redis-server.
  let server: Int32?

  func measure(_ row: Row, _ stage: Stage) async throws -> Figures {
    var figures = Figures()
    for _ in 0..<turns {
      let (own, server) = try await turn(row.units) { try await row.own(stage) }
      figures.own = min(figures.own, own)
      figures.server = min(figures.server, server)
      guard let blocking = row.blocking else { continue }
      let (other, _) = try await turn(row.units) { try blocking(stage.blocking) }
      figures.blocking = min(figures.blocking ?? .infinity, other)
    }
    return figures
  }

  /// hiredis' blocking calls alone: how fast the machine is at the moment.
  func reference(_ blocking: BlockingLoad) async throws -> Double {
    var best = Double.infinity
    for _ in 0..<turns {
      best = min(best, try await turn(100 * 100) { try blocking.pipelines(100, depth: 100) }.own)
    }
    return best
  }

  private func turn(_ units: Int, _ work: () async throws -> Void) async throws -> (
    own: Double, server: Double
  ) {
    // Once before it counts.
    try await work()
    let begin = ContinuousClock.now
    let own = CPUTime.own
    let other = CPUTime.of(server)
    var rounds = 0
    repeat {
      try await work()
      rounds += 1
    } while .now - begin < .seconds(window)
    let all = Double(rounds * units)
    return ((CPUTime.own - own) / all, (CPUTime.of(server) - other) / all)
  }
}
