import Health
import Ledger

struct NoMoreThanTheProbers: Invariant {
  static let promise = "No peer is probed by more than `probers` nodes for longer than a heartbeat."
  static let looksAt: TraceEvent.Kinds = [.swept]

  /// A node that came to another primary with no sign of it tells what it is within this time.
  private static let cardMs: Int64 = 10_000

  /// Since when each peer is probed by too many: true µs.
  private var sinceUs: [WatchedPeer: Int64] = [:]

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    guard case .swept = traceEvent else { return }
    for upstream in world.upstreams { check(upstream, in: world) }
  }

  private mutating func check(_ upstream: UpstreamName, in world: World) {
    let setup = world.plan.setup
    guard world.isQuiet(forMs: Self.cardMs + 3 * setup.heartbeatMs),
      let checker = world.primaryState.snapshot(of: upstream)?.definition?.checker
    else {
      for peer in sinceUs.keys where peer.upstream == upstream { sinceUs[peer] = nil }
      return
    }
    // Who was away goes on as it was until it has settled.
    let settled = world.nodes.filter { world.isWell($0) && $0.cluster?.contact == .steady }
    for number in world.backends.indices {
      let peer = WatchedPeer(upstream: upstream, peer: number)
      let probers = settled.count { $0.watch(of: number, in: upstream) != nil }
      guard probers > checker.probers else {
        sinceUs[peer] = nil
        continue
      }
      let since = sinceUs[peer] ?? world.nowUs
      sinceUs[peer] = since
      if world.nowUs - since > (setup.heartbeatMs + 200) * 1000 {
        object(
          "\(Setup.peer(number)) is probed by \(probers) nodes and not \(checker.probers)", of: upstream,
          in: world)
      }
    }
  }
}
