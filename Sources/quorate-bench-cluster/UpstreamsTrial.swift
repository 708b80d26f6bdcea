import Addresses
import BenchTools
import Glibc
import Redis
import RedisTestServer
import TestServers

/// Many upstreams of few peers: what each costs, how soon all is there, and how soon it is again after every connection was cut.
struct UpstreamsTrial: Sendable {
  /// The same peers in a tenth of the upstreams, then in all of them; what a node alone does, and several.
  static let trials = [
    UpstreamsTrial(upstreams: 300, peers: 2, nodes: 1, hasRedis: false),
    UpstreamsTrial(upstreams: 3000, peers: 2, nodes: 1, hasRedis: false),
    UpstreamsTrial(upstreams: 300, peers: 2, nodes: 1, hasRedis: true),
    UpstreamsTrial(upstreams: 3000, peers: 2, nodes: 1, hasRedis: true),
    UpstreamsTrial(upstreams: 10_000, peers: 10, nodes: 1, hasRedis: false),
    UpstreamsTrial(upstreams: 5000, peers: 2, nodes: 3, hasRedis: true),
    UpstreamsTrial(upstreams: 2000, peers: 2, nodes: 5, hasRedis: true),
  ]
  static let intervalMs = 10_000
  private static let readyWithin = Duration.seconds(60)

  var upstreams: Int
  var peers: Int
  var nodes: Int
  var hasRedis: Bool

  func run(window: Duration) async throws -> UpstreamsFigures {
    let responder = try await Responder(seconds: BenchCluster.longestTrialSeconds)
    let folder = try TemporaryFolder()
    let server = hasRedis ? try await RedisServer() : nil
    let settings = text(port: responder.port)
    let clock = ContinuousClock()
    let start = clock.now
    var running: [Node] = []
    for name in ["a", "b", "c", "d", "e"].prefix(nodes) {
      running.append(try await Node(name, redis: server?.socket, upstreams: settings, in: folder))
    }
    let readyMs = try await wait(until: true, running, since: start)
    // Over one interval, after all have settled.
    try await Task.sleep(for: .seconds(12))
    let (begin, before) = (clock.now, try running.map { try $0.usage() })
    try await Task.sleep(for: window)
    let (seconds, after) = ((clock.now - begin) / .seconds(1), try running.map { try $0.usage() })
    let cpu = zip(before, after).map { $1.cpuSeconds - $0.cpuSeconds }.reduce(0, +)
    var figures = UpstreamsFigures(
      readyMs: readyMs, cores: cpu / seconds / Double(nodes),
      residentBytes: (after.map(\.residentBytes).max() ?? 0))
    if let server { figures.cut = try await cut(server, running) }
    figures.endMs = try await end(running)
    for node in running { node.end() }
    server?.stop()
    await responder.end()
    return figures
  }

  /// Ms from `start` until all are ready; the longest time where they are not.
  private func wait(until isReady: Bool, _ nodes: [Node], since start: ContinuousClock.Instant) async throws
    -> Double
  {
    let clock = ContinuousClock()
    for node in nodes {
      while clock.now - start < Self.readyWithin, await node.isReady() != isReady {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    return (clock.now - start) / .milliseconds(1)
  }

  /// Cuts every connection of the nodes at once, and looks for 8 s who is stale, and until when.
  private func cut(_ server: RedisServer, _ nodes: [Node]) async throws -> UpstreamsFigures.Cut {
    let client = RedisClient(RedisSettings(.unix(path: server.socket)))
    let count =
      try await client.send(RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")).number ?? 0
    let listeners = try await client.send(RedisCommand("CLIENT", "KILL", "TYPE", "pubsub")).number ?? 0
    let clock = ContinuousClock()
    let start = clock.now
    var staleMs = 0.0
    var seen: Set<Int> = []
    while clock.now - start < .seconds(8) {
      for (number, node) in nodes.enumerated() where await !node.isReady() {
        seen.insert(number)
        staleMs = (clock.now - start) / .milliseconds(1)
      }
      try await Task.sleep(for: .milliseconds(50))
    }
    await client.close()
    return UpstreamsFigures.Cut(
      connections: Int(count + listeners), staleNodes: seen.count, lastStaleMs: staleMs)
  }

  /// Ms from SIGTERM to the last node until all have ended.
  private func end(_ nodes: [Node]) async throws -> Double {
    let clock = ContinuousClock()
    var longest = 0.0
    for node in nodes {
      let start = clock.now
      node.terminate()
      while clock.now - start < .seconds(30), node.isRunning { try await Task.sleep(for: .milliseconds(10)) }
      longest = max(longest, (clock.now - start) / .milliseconds(1))
    }
    return longest
  }

  private func text(port: UInt16) -> String {
    let names = Load.names(1000, port: port)
    let parts = (0..<upstreams).map { number in
      let own = (0..<peers).map { names[(number * peers + $0) % names.count] }
      return """
          - upstream: u\(number)
            type: http
            http_req: "GET /status HTTP/1.0\\r\\n\\r\\n"
            interval: \(Self.intervalMs)ms
            peers: [\(own.joined(separator: ", "))]

        """
    }
    return "upstreams:\n" + parts.joined()
  }
}

struct UpstreamsFigures: Sendable {
  var readyMs: Double
  /// Of one node.
  var cores: Double
  var residentBytes: Int
  var cut: Cut?
  var endMs = 0.0

  struct Cut: Sendable {
    /// How many the server has closed.
    var connections: Int
    var staleNodes: Int
    /// When a node was last seen stale; 0: none was.
    var lastStaleMs: Double
  }
}

struct UpstreamsTable: Sendable {
  private var rows: [(UpstreamsTrial, UpstreamsFigures)] = []

  mutating func add(_ trial: UpstreamsTrial, _ figures: UpstreamsFigures) { rows.append((trial, figures)) }

  var text: String {
    let lines = rows.map { trial, figures in
      let perUpstream = figures.cores / Double(trial.upstreams) * 1e6
      let cut = figures.cut.map {
        $0.staleNodes == 0
          ? "\($0.connections) cut: none stale"
          : "\($0.connections) cut: \($0.staleNodes) stale, up to \(Numbers.grouped($0.lastStaleMs)) ms"
      }
      return """
        | \(Numbers.grouped(Double(trial.upstreams))) × \(trial.peers) | \(trial.nodes)\(trial.hasRedis ? "" : ", no Redis") \
        | \(Numbers.grouped(figures.readyMs)) ms | \(Numbers.decimal(figures.cores, 3)) | \(Numbers.decimal(perUpstream, 1)) µs/s \
        | \(Numbers.grouped(Double(figures.residentBytes) / 1e6)) MB | \(cut ?? "") | \(Numbers.grouped(figures.endMs)) ms |
        """
    }
    return """
      Many upstreams, interval \(UpstreamsTrial.intervalMs / 1000) s:

      | upstreams × peers | nodes | all ready after | cores of a node | for each upstream | memory | all connections cut at once | SIGTERM to the end |
      |---:|---|---:|---:|---:|---:|---|---:|
      \(lines.joined(separator: "\n"))

      """
  }
}
