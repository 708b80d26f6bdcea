import Cluster
import Health
import Ledger

struct TheSteadyLead: Invariant {
  static let promise =
    "Who has just reached Redis, and decides nothing yet, takes no lead that a steady node could have."
  static let looksAt: TraceEvent.Kinds = [.performed, .began, .faultEnded]

  /// Since when each run has said with its heartbeats that it knows what was decided, and does not settle: true µs.
  private var steadyUs: [String: (sinceUs: Int64, lastUs: Int64)] = [:]

  /// Who holds the lease, and how long without another renewal: true µs.
  private var held = PerUpstream<(run: String, untilUs: Int64)?>(nil)

  /// When anything but nodes and backends last went wrong or right again: true µs.
  private var disturbedUs: Int64 = 0

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault), .faultEnded(let fault): if fault.isDisturbing { disturbedUs = world.nowUs }
    case .performed(let performed): if performed.isPrimary { observe(performed, in: world) }
    default: break
    }
  }

  private mutating func observe(_ performed: Performed, in world: World) {
    switch (performed.request, performed.answer) {
    case (.heartbeat(let heartbeat), .members): hear(heartbeat.member, in: world)
    case (.acquire(let bid), .granted(let lease, _)):
      // Who finds its own lease after its lead was over takes it again under a higher term. While that lasts, nobody else could
      // have it: no steady node is passed over.
      let isItsOwn = held[bid.upstream].map { $0.run == bid.run && world.nowUs < $0.untilUs } ?? false
      if lease.beat <= 1, !isItsOwn { check(performed, bid.upstream, in: world) }
      hold(lease, of: bid.upstream, in: world)
    case (.renew(let upstream, _, _), .granted(let lease, _)),
      (.handOver(let upstream, _, _, _), .handedOver(let lease)):
      hold(lease, of: upstream, in: world)
    case (.release(let upstream, _), .released): held[upstream] = nil
    default: break
    }
  }

  private mutating func hold(_ lease: Lease, of upstream: UpstreamName, in world: World) {
    held[upstream] = (lease.holder.run, world.nowUs + Int64(world.plan.setup.leaseMs) * 1000)
  }

  private mutating func hear(_ member: Member, in world: World) {
    if member.isSettling || member.isLeaving || !member.isWarm {
      steadyUs[member.run] = nil
    } else {
      steadyUs[member.run] = (steadyUs[member.run]?.sinceUs ?? world.nowUs, world.nowUs)
    }
  }

  private func check(_ performed: Performed, _ upstream: UpstreamName, in world: World) {
    let node = world.nodes[performed.node]
    let heartbeatUs = world.plan.setup.heartbeatMs * 1000
    // Heartbeats that are slow, or fast, may not have been heard.
    guard node.run == performed.run, node.cluster?.contact == .settling, world.slowness == 1000,
      world.conditions.lossPermille == 0, world.conditions.delayMs <= 50, world.conditions.disturbing == 0,
      world.nowUs - disturbedUs > 4_000_000,
      world.nowUs - (world.conditions.lossUs ?? -100_000_000) > 12_000_000,
      let digest = world.primaryState.snapshot(of: upstream)?.head.digest,
      digest == node.settings(of: upstream)?.digest
    else { return }
    for other in world.nodes where other.number != node.number && world.isWell(other) {
      guard let steady = steadyUs[other.run], world.nowUs - steady.sinceUs > 4 * heartbeatUs,
        world.nowUs - steady.lastUs < 2 * heartbeatUs, other.link.server == performed.server,
        other.settings(of: upstream)?.digest == digest, other.cluster?.contact == .steady,
        !other.stoodStill(at: world.nowUs)
      else { continue }
      return object(
        "\(node.name) settles and takes the lead, while \(other.name) is steady", of: upstream, in: world)
    }
  }
}
