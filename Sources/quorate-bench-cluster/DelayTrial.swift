import BenchTools
import Health

/// Backends end one by one, at random moments: how long until a subscriber hears of it.
struct DelayTrial: Sendable {
  /// Three probers together make half of the probes that two cores carry.
  private static let load = Load(peers: 1000, intervalMs: 400)

  var stops: Int
  var warmUp: Duration

  func run() async throws -> DelayTable {
    let shared = try await Responder(seconds: BenchCluster.longestTrialSeconds)
    var single: [Responder] = []
    for _ in 0..<stops { single.append(try await Responder(seconds: BenchCluster.longestTrialSeconds)) }
    let backends = single
    let names =
      Load.names(Self.load.peers - stops, port: shared.port) + backends.map { "127.2.0.1:\($0.port)" }
    let cluster = try await Cluster(upstreams: Self.load.upstreams(of: names))
    let delays = try await withEvents(of: cluster) { feed in
      try await Task.sleep(for: warmUp)
      let first = feed.count
      let ends = try await end(backends)
      guard let seen = await feed.downs(stops, from: first, within: .seconds(20)) else {
        throw BenchError(text: "\(feed.count - first) events for \(stops) backends")
      }
      return try seen.map { seen in
        guard let peer = seen.downPeer, let end = ends[peer] else {
          throw BenchError(text: "a backend that lives went down")
        }
        return (seen.at - end) / .milliseconds(1)
      }
    }
    await cluster.end()
    await shared.end()
    return DelayTable(load: Self.load, milliseconds: delays.sorted())
  }

  /// Ends them at random moments, and tells when each began to end.
  private func end(_ backends: [Responder]) async throws -> [PeerName: ContinuousClock.Instant] {
    var ends: [PeerName: ContinuousClock.Instant] = [:]
    for backend in backends {
      try await Task.sleep(for: .milliseconds(Int.random(in: 300...900)))
      ends[PeerName("127.2.0.1:\(backend.port)")] = .now
      await backend.kill()
    }
    return ends
  }
}

struct DelayTable: Sendable {
  var load: Load
  /// Sorted.
  var milliseconds: [Double]

  var text: String {
    let bound = Double(Load.fall * load.intervalMs)
    let rows = [("p50", quantile(0.5)), ("p99", quantile(0.99)), ("longest", milliseconds.last ?? .nan)].map {
      name, value in
      "| \(name) | \(Numbers.grouped(value)) ms | \(Numbers.decimal(value / bound, 2)) |"
    }
    return """
      \(milliseconds.count) backends of \(Numbers.grouped(Double(load.peers))) ended at random moments, interval \
      \(load.intervalMs) ms, fall \(Load.fall), \(Load.probers) probers:

      | from the end to the event | | in units of fall × interval (\(Numbers.grouped(bound)) ms) |
      |---|---:|---:|
      \(rows.joined(separator: "\n"))
      """
  }

  /// The smallest that so many are not above.
  private func quantile(_ part: Double) -> Double {
    guard !milliseconds.isEmpty else { return .nan }
    let rank = Int((part * Double(milliseconds.count)).rounded(.up))
    return milliseconds[min(max(rank - 1, 0), milliseconds.count - 1)]
  }
}
