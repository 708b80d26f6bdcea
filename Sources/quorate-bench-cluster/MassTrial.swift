import BenchTools
import Ledger

/// All backends of an upstream end at once.
struct MassTrial: Sendable {
  private static let load = Load(peers: 1000, intervalMs: 2000)

  var warmUp: Duration

  func run() async throws -> MassTable {
    let backend = try await Responder(seconds: BenchCluster.longestTrialSeconds)
    let names = Load.names(Self.load.peers, port: backend.port)
    let cluster = try await Cluster(upstreams: Self.load.upstreams(of: names))
    let table = try await withEvents(of: cluster) { feed in
      try await Task.sleep(for: warmUp)
      return try await measure(cluster, backend, feed)
    }
    await cluster.end()
    return table
  }

  private func measure(_ cluster: Cluster, _ backend: Responder, _ feed: EventFeed) async throws -> MassTable
  {
    let start = feed.count
    let (redis, nodes) = (try await cluster.redisUsage(), try cluster.nodes.map { try $0.usage() })
    let end = ContinuousClock.now
    await backend.kill()
    guard let seen = await feed.downs(Self.load.peers, from: start, within: .seconds(60)),
      let first = seen.first, let last = seen.last
    else { throw BenchError(text: "\(feed.count - start) events for \(Self.load.peers) backends") }
    let used = try await cluster.redisUsage() - redis
    let cpu = try zip(nodes, cluster.nodes).map { try $1.usage().cpuSeconds - $0.cpuSeconds }
    return MassTable(
      load: Self.load, commits: Set(seen.map(\.event.atMs)).count, events: feed.count - start,
      firstMs: (first.at - end) / .milliseconds(1),
      lastMs: (last.at - end) / .milliseconds(1), redis: used, nodeCpuSeconds: cpu.reduce(0, +))
  }
}

struct MassTable: Sendable {
  var load: Load
  /// All events of a commit have its time; a commit that changes evidence alone has none.
  var commits: Int
  var events: Int
  var firstMs: Double
  var lastMs: Double
  var redis: RedisUsage
  var nodeCpuSeconds: Double

  var text: String {
    """
    \(Numbers.grouped(Double(load.peers))) backends of one upstream ended at once, interval \(load.intervalMs) ms, \
    fall \(Load.fall), \(Load.probers) probers:

    | commits with events | events | first event after | last event after | Redis CPU | Redis in / out | CPU of the nodes |
    |---:|---:|---:|---:|---:|---:|---:|
    | \(commits) | \(events) | \(Numbers.grouped(firstMs)) ms | \(Numbers.grouped(lastMs)) ms \
    | \(Numbers.grouped(redis.cpuSeconds * 1000)) ms \
    | \(Numbers.grouped(redis.bytesIn / 1000)) / \(Numbers.grouped(redis.bytesOut / 1000)) kB \
    | \(Numbers.grouped(nodeCpuSeconds * 1000)) ms |
    """
  }
}
