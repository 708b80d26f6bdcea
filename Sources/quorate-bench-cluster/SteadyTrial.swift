import BenchTools
import RedisTestServer

/// Nothing happens: all peers are up, and are probed.
struct SteadyTrial: Sendable {
  /// 10,000 peers twice: what changes with the interval alone follows probes.
  static let loads = [
    Load(peers: 100, intervalMs: 2000), Load(peers: 1000, intervalMs: 2000),
    Load(peers: 10_000, intervalMs: 4000), Load(peers: 10_000, intervalMs: 2000),
  ]

  var load: Load
  /// 3 on a redis-server, or 1 without.
  var nodes: Int
  var warmUp: Duration
  var window: Duration

  func run() async throws -> SteadyFigures {
    let responder = try await Responder(seconds: BenchCluster.longestTrialSeconds)
    let upstreams = load.upstreams(of: Load.names(load.peers, port: responder.port))
    guard nodes > 1 else { return try await single(upstreams, responder) }
    let cluster = try await Cluster(upstreams: upstreams)
    let figures = try await withEvents(of: cluster) { feed in
      try await Task.sleep(for: warmUp)
      let before = try await (cluster.redisUsage(), feed.count)
      var figures = try await measure(cluster.nodes, responder)
      figures.redis = try await cluster.redisUsage() - before.0
      figures.events = feed.count - before.1
      return figures
    }
    await cluster.end()
    await responder.end()
    return figures
  }

  private func single(_ upstreams: String, _ responder: Responder) async throws -> SteadyFigures {
    let folder = try TemporaryFolder()
    let node = try await Node("a", redis: nil, upstreams: upstreams, in: folder)
    try await Task.sleep(for: warmUp)
    let figures = try await measure([node], responder)
    node.end()
    await responder.end()
    return figures
  }

  private func measure(_ nodes: [Node], _ responder: Responder) async throws -> SteadyFigures {
    let clock = ContinuousClock()
    let (begin, answered, used) = (clock.now, try await responder.count(), try nodes.map { try $0.usage() })
    try await Task.sleep(for: window)
    let (end, answers, usage) = (clock.now, try await responder.count(), try nodes.map { try $0.usage() })
    return SteadyFigures(
      seconds: (end - begin) / .seconds(1), probes: answers.answers - answered.answers,
      responderCpuSeconds: answers.cpuSeconds - answered.cpuSeconds,
      nodes: zip(used, usage).map {
        NodeUsage(cpuSeconds: $1.cpuSeconds - $0.cpuSeconds, residentBytes: $1.residentBytes)
      })
  }
}

/// What happened in the window.
struct SteadyFigures: Sendable {
  var seconds: Double
  var probes: Double
  var responderCpuSeconds: Double
  var nodes: [NodeUsage]
  /// Nil without Redis.
  var redis: RedisUsage?
  /// There should be none.
  var events = 0
}
