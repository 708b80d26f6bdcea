import Health
import Ledger

struct HeldWithoutEvidence: Invariant {
  static let promise = "No evidence is never a reason for down; what was decided is held, and shown as stale."
  static let looksAt: TraceEvent.Kinds = [.probed, .swept]

  private var diary = ProbeDiary()
  /// Since when one node leads, settled, and nothing hinders it: true µs.
  private var leads = PerUpstream<(run: String, sinceUs: Int64)?>(nil)

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .probed: diary.observe(traceEvent, in: world)
    case .swept: for upstream in world.upstreams { check(upstream, in: world) }
    default: break
    }
  }

  private mutating func check(_ upstream: UpstreamName, in world: World) {
    guard world.conditions.disturbing == 0, let snapshot = world.primaryState.snapshot(of: upstream),
      let checker = snapshot.definition?.checker, let lease = world.lease(of: upstream),
      let leader = world.nodes.first(where: { $0.run == lease.holder.run }), world.isWell(leader),
      leader.has(upstream),
      leader.cluster?.contact == .steady
    else {
      leads[upstream] = nil
      return
    }
    if leads[upstream]?.run != leader.run { leads[upstream] = (leader.run, world.nowUs) }
    let bounds = FreshnessBounds(checker, in: world)
    // Some of them may have died with a vote that was fresh.
    let setup = world.plan.setup
    let patienceMs = bounds.aliveMs + setup.expiryMs + 2 * setup.heartbeatMs
    let beforeUs = world.nowUs - patienceMs * 1000
    guard let since = leads[upstream]?.sinceUs, since < beforeUs, world.conditions.lossUs ?? .min < beforeUs
    else {
      return
    }
    for (peer, record) in snapshot.records where record.evidence == .confirmed {
      guard let number = world.number(of: peer) else { continue }
      if let last = diary.lastUs(of: number, of: upstream), last < beforeUs {
        object(
          "\(peer) was last probed \((world.nowUs - last) / 1000) ms ago, and is confirmed", of: upstream,
          in: world)
      }
    }
  }
}
