/// What goes wrong on purpose.
package enum Fault: String, CaseIterable, Hashable, Sendable {
  // Of a node.
  case nodeKilled = "a node is killed, and starts again"
  case nodeEnded = "a node is told to end, and starts again"
  case nodePaused = "a node stands still"
  case nodeWithoutRedis = "a node is cut off from Redis"
  case nodeWithoutPeers = "a node is cut off from its peers"

  // Of Redis, whatever its topology.
  case primaryPaused = "a primary stands still until another takes over"
  case primaryKilled = "a primary is killed, and comes back empty"
  case redisHangs = "Redis answers nobody for a moment"
  case connectionsReset = "all connections to a server are reset"
  case wayDelayed = "the way to a server is slow"
  case wayDripping = "the way to a server drips"
  case waySilent = "the way to a server swallows everything"
  case clientsKilled = "Redis ends all connections of clients"
  case scriptsLost = "Redis forgets its scripts"
  case outOfMemory = "Redis is out of memory"
  case emptied = "Redis is emptied"
  case keyLost = "a key is deleted"
  case keySpoilt = "a key holds another type"

  // Of what finds the primary.
  case sentinelKilled = "a Sentinel is killed, and starts again"
  case slotMoved = "a slot with its keys moves to another server"
  case failOverAsked = "a replica is told to take over"

  package enum Side: Hashable, Sendable {
    case node, redis
  }

  package var side: Side {
    switch self {
    case .nodeKilled, .nodeEnded, .nodePaused, .nodeWithoutRedis, .nodeWithoutPeers: .node
    default: .redis
    }
  }

  /// Whether it can be had.
  ///
  /// - Parameter isCluster: else it is a primary with replicas behind Sentinels.
  package func exists(inCluster isCluster: Bool) -> Bool {
    switch self {
    case .sentinelKilled: !isCluster
    case .slotMoved, .failOverAsked: isCluster
    default: true
    }
  }

  /// How long it lasts, in milliseconds.
  package var lengthMs: ClosedRange<Int> {
    switch self {
    case .nodePaused, .nodeWithoutRedis, .nodeWithoutPeers: 1000...8000
    case .redisHangs: 300...2500
    case .wayDelayed, .wayDripping, .waySilent, .outOfMemory: 1000...5000
    case .nodeKilled, .nodeEnded, .sentinelKilled: 0...3000
    default: 0...0
    }
  }
}

/// One fault of a run.
package struct PlannedFault: Hashable, Sendable {
  package var fault: Fault
  /// The rest before it.
  package var restMs: Int
  package var lengthMs: Int
  /// Which node, server or key: a number to be taken modulo how many there are.
  package var target: Int
}

/// Draws what goes wrong on one side: one thing after the other, each kind as often as another.
package struct FaultPlan: Sendable {
  private var chance: Chance
  private let kinds: [Fault]
  private var left: [Fault] = []

  package init(_ side: Fault.Side, inCluster isCluster: Bool, seed: UInt64) {
    chance = Chance(seed: seed)
    kinds = Fault.allCases.filter { $0.side == side && $0.exists(inCluster: isCluster) }
  }

  package mutating func next() -> PlannedFault {
    // All kinds before any comes a second time.
    if left.isEmpty { left = kinds.shuffled(using: &chance) }
    let fault = left.removeLast()
    return PlannedFault(
      fault: fault, restMs: .random(in: 1000...5000, using: &chance),
      lengthMs: .random(in: fault.lengthMs, using: &chance), target: .random(in: 0..<1000, using: &chance))
  }
}
