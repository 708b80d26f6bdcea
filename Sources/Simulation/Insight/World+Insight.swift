package import Health
package import Ledger

/// What is so in truth: only those who watch may know it.
extension World {
  /// What the server holds whose word counts in the end.
  package var primaryState: SharedState { redis.servers[redis.primary].state }

  package var primaryTime: LedgerTime { redis.time(at: nowUs) }

  /// The number that the next server to be will have: a replica's, before it takes over.
  var nextServer: Int { redis.servers.count }

  /// It runs, has time, and its way to Redis is open.
  package func isWell(_ node: SimulatedNode) -> Bool {
    node.isRunning && !node.isPaused && !node.isCutFromRedis
  }

  /// Whether Redis can be asked by anybody.
  package var redisAnswers: Bool { redis.down == 0 && redis.hanging == 0 }

  /// For so long nothing has gone wrong or right again, and if anything is wrong, then with nodes that do not run, stand
  /// still or are cut off.
  package func isQuiet(forMs ms: Int64) -> Bool {
    conditions.disturbing == 0 && nowUs - conditions.lastUs >= ms * 1000
  }

  /// For so long nothing has been wrong but with backends.
  package func isCalm(forMs ms: Int64) -> Bool {
    conditions.active == 0 && isQuiet(forMs: ms) && nodes.allSatisfy { $0.isRunning || !$0.isFounder }
  }

  package func number(of peer: PeerName) -> Int? { peerNumbers[peer] }

  /// Nodes that run and have the upstream in their settings.
  package func owners(of upstream: UpstreamName) -> [SimulatedNode] {
    nodes.filter { $0.isRunning && $0.has(upstream) }
  }

  /// How much longer a node may take by true time, in thousandths: clocks that run slow make it so.
  package var slowness: Int64 {
    plan.faults.contains { if case .clockRate = $0.fault { true } else { false } } ? 1500 : 1000
  }
}
