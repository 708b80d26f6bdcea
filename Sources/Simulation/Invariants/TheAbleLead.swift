import Cluster
import Health
import Ledger

struct TheAbleLead: Invariant {
  static let promise = "A node that may not commit hands the lead over to one that may."
  static let looksAt: TraceEvent.Kinds = [.asked, .began, .faultEnded, .swept]

  /// Since when a node wants to commit and may not: true µs.
  private var refusedUs = PerUpstream<(node: Int, us: Int64)?>(nil)
  /// When anything but that, and what backends do, last went wrong or right again: true µs.
  private var disturbedUs: Int64 = 0

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(.forbidden(let node?, .commit)), .faultEnded(.forbidden(let node?, .commit)):
      for upstream in world.upstreams where refusedUs[upstream]?.node == node { refusedUs[upstream] = nil }
    case .began(let fault), .faultEnded(let fault): if !fault.isOfBackends { disturbedUs = world.nowUs }
    case .asked(let node, _, .commit(let commit)):
      guard world.redis.forbidden.contains(where: { $0.node == node.number && $0.right == .commit }),
        refusedUs[commit.upstream]?.node != node.number
      else { return }
      refusedUs[commit.upstream] = (node.number, world.nowUs)
    case .swept: for upstream in world.upstreams { check(upstream, in: world) }
    default: break
    }
  }

  private func check(_ upstream: UpstreamName, in world: World) {
    guard let refused = refusedUs[upstream], world.conditions.disturbing == 1, world.slowness == 1000,
      world.nowUs - disturbedUs > 20_000_000, world.redis.forbidden.count == 1
    else { return }
    // Told with a heartbeat, heard with the answer, and nobody is handed what was just had.
    let knownUs = 5 * world.plan.setup.heartbeatMs * 1000
    let node = world.nodes[refused.node]
    guard world.nowUs - refused.us > knownUs, world.lease(of: upstream)?.holder.node == node.name else {
      return
    }
    let others = world.owners(of: upstream).filter {
      $0.number != node.number && world.isWell($0) && world.nowUs - $0.startedUs > 20_000_000
        && $0.settings(of: upstream) == node.settings(of: upstream)
        && world.nowUs - $0.settingsUs(of: upstream) > 20_000_000
    }
    guard let other = others.first else { return }
    object("\(node.name) may not commit and leads, while \(other.name) could", of: upstream, in: world)
  }
}
