import Health
import Ledger

/// Nodes that die or end are followed in time.
package struct SomebodyLeads: Invariant {
  package static let promise =
    "Where nothing but nodes fails, a living node leads within L + 2.5 s, and at once after a hand-over"
  package static let looksAt: TraceEvent.Kinds = [.ended, .began, .faultEnded, .swept]

  /// Faults under way that are more than the end of a node.
  private var others = 0
  /// When the last of those was over: true µs.
  private var otherUs: Int64 = 0
  private var endedUs: Int64 = 0
  private var isEndless = false

  /// After trouble of other kinds, until every node is in step and nobody settles any more.
  private static let calmUs: Int64 = 25_000_000

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault): note(fault, 1, world)
    case .faultEnded(let fault): note(fault, -1, world)
    case .ended: endedUs = world.nowUs
    case .swept: check(world)
    default: break
    }
  }

  private mutating func note(_ fault: Fault, _ change: Int, _ world: World) {
    switch fault {
    case .crashed, .stopped: return
    case .leaseIsEndless:
      isEndless = true
      return
    default: if fault.isOfBackends { return }
    }
    let isLasting = world.plan.faults.contains { $0.fault == fault && $0.forMs > 0 }
    if isLasting { others += change }
    otherUs = world.nowUs
  }

  private mutating func check(_ world: World) {
    let setup = world.plan.setup
    guard others == 0, world.nowUs - otherUs > Self.calmUs else { return }
    // An endless one is watched for its time and a bit before it is replaced.
    let followedUs = (Int64(setup.leaseMs) + (isEndless ? 5000 : 2500)) * 1000
    guard world.nowUs - endedUs > followedUs else { return }
    for upstream in world.upstreams { check(upstream, world) }
  }

  private func check(_ upstream: UpstreamName, _ world: World) {
    // Somebody must have been there, and warm, before it came to this.
    guard world.owners(of: upstream).contains(where: { world.nowUs - $0.startedUs > Self.calmUs }) else {
      return
    }
    let holder = world.lease(of: upstream)?.holder
    guard !world.nodes.contains(where: { $0.isRunning && $0.name == holder?.node && $0.run == holder?.run })
    else { return }
    object(
      "nobody who lives leads; the lease is \(holder.map { "run \($0.run)'s" } ?? "free")", of: upstream,
      in: world)
  }
}
