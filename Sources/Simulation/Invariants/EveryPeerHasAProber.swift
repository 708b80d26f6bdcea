import Health
import Ledger

struct EveryPeerHasAProber: Invariant {
  static let promise =
    "The peers of an upstream go to `probers` of the nodes that have it; those of a silent node are taken over within E + H."
  static let looksAt: TraceEvent.Kinds = [.swept]

  /// Since when a definition is in force without a break: true µs.
  private var inForceUs = PerUpstream<Int64?>(nil)
  /// Since when each node does not settle: true µs.
  private var steadyUs: [Int: Int64] = [:]

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    guard case .swept = traceEvent else { return }
    for node in world.nodes {
      let isSteady = node.cluster?.contact == .steady
      steadyUs[node.number] = isSteady ? steadyUs[node.number] ?? world.nowUs : nil
    }
    for upstream in world.upstreams { check(upstream, in: world) }
  }

  private mutating func check(_ upstream: UpstreamName, in world: World) {
    // Who knows nothing waits for a leader that writes again what is lost.
    guard let snapshot = world.primaryState.snapshot(of: upstream), snapshot.head.isWhole,
      let definition = snapshot.definition, let checker = definition.checker
    else {
      inForceUs[upstream] = nil
      return
    }
    let sinceUs = inForceUs[upstream] ?? world.nowUs
    inForceUs[upstream] = sinceUs
    let setup = world.plan.setup
    // What a node is may be lost quietly: it is written again every 10 s.
    let cardMs = world.plan.faults.contains(where: \.fault.mayLoseCards) ? 10_000 + setup.heartbeatMs : 0
    let quietMs = setup.expiryMs + setup.heartbeatMs + 2500 + cardMs
    guard world.isQuiet(forMs: quietMs), world.nowUs - sinceUs >= 3_000_000 else { return }
    // Who was killed waits for its name, then settles, and till then may count nodes that have left.
    let restartMs = quietMs + 3 * setup.heartbeatMs
    guard !world.nodes.contains(where: { $0.isRunning && $0.startedUs > world.nowUs - restartMs * 1000 })
    else {
      return
    }
    let well = world.owners(of: upstream).filter { world.isWell($0) }
    // Who settles drops nobody, and then whoever was silent meanwhile.
    let settledUs = world.nowUs - 2_500_000 * world.slowness / 1000
    guard well.allSatisfy({ steadyUs[$0.number] ?? .max <= settledUs }) else { return }
    let wanted = min(checker.probers, well.count)
    for peer in definition.peers {
      guard let number = world.number(of: peer.name) else { continue }
      let probers = well.count { $0.watch(of: number, in: upstream) != nil }
      if probers < wanted {
        object("\(peer.name) is probed by \(probers) of \(wanted) nodes", of: upstream, in: world)
      }
    }
  }
}

extension Fault {
  fileprivate var mayLoseCards: Bool {
    switch self {
    case .failOver, .redisClockJumps, .redisLoses(.nodeInfos, _): true
    default: false
    }
  }
}
