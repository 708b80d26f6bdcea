package import Health
import Synchronization

/// Asks peers once, now.
package enum ProbeOnce {
  /// Probes of one upstream in flight at once, where its settings set no cap.
  package static let most = 256

  /// - Returns: for each upstream, the outcomes in the order of its peers.
  /// - Throws: `EngineError` when probing cannot start.
  package static func run(_ upstreams: [(checker: Checker, peers: [PeerName])]) async throws(EngineError)
    -> [[Outcome]]
  {
    try await run(upstreams.map { ($0.checker, $0.peers.map { PeerDefinition(name: $0) }) })
  }

  /// The same of peers that may have overrides.
  package static func run(
    _ upstreams: [(checker: Checker, peers: [PeerDefinition])]
  ) async throws(EngineError) -> [[Outcome]] {
    let targets = targets(upstreams)
    guard !targets.isEmpty else { return upstreams.map { _ in [] } }
    let (stream, continuation) = AsyncStream<[ProbeResult]>.makeStream()
    let engine = try ProbeEngine { continuation.yield($0) }
    // There is no hurry: what is waited for is the rest of answers that have begun.
    defer { engine.stop(leaveMs: 1000) }
    var orders: [ProbeAction] = []
    for (number, upstream) in upstreams.enumerated() {
      var checker = upstream.checker
      checker.concurrency = checker.concurrency ?? most
      orders.append(.openGroup(UInt32(number), checker))
    }
    engine.apply(orders + targets.map { .once($0) })
    var outcomes: [UInt32: Outcome] = [:]
    for await batch in stream {
      for result in batch { outcomes[result.id.index] = result.outcome }
      if outcomes.count == targets.count { break }
    }
    return upstreams.indices.map { number in
      targets.filter { $0.group == UInt32(number) }.compactMap { outcomes[$0.id.index] }
    }
  }

  private static func targets(_ upstreams: [(checker: Checker, peers: [PeerDefinition])]) -> [ProbeTarget] {
    var targets: [ProbeTarget] = []
    for (number, upstream) in upstreams.enumerated() {
      for peer in upstream.peers {
        let id = ProbeID(index: UInt32(targets.count), incarnation: 1)
        targets.append(
          ProbeTarget(
            id: id, group: UInt32(number), peer: peer.name, phaseMs: 0, overrides: peer.overrides))
      }
    }
    return targets
  }
}
