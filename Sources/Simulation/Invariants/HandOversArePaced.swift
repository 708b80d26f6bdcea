import Health
import Ledger

package struct HandOversArePaced: Invariant {
  package static let promise = """
    A lead that nobody wants, since each has heard another's settings, is not passed around in haste: more than so many \
    hand-overs of an upstream in two heartbeats are none of nodes that end, one after the other.
    """
  package static let looksAt: TraceEvent.Kinds = [.performed, .began]

  /// In two heartbeats: each of five nodes may end, and one may have no use for it.
  private static let most = 6

  /// When the last ones were: true µs.
  private var handedUs = PerServer(PerUpstream<[Int64]>([]))

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(let fault): handedUs.follow(fault, in: world)
    case .performed(let performed):
      guard case .handOver(let upstream, _, _, _) = performed.request, case .handedOver = performed.answer
      else { return }
      note(upstream, performed.server, world)
    default: break
    }
  }

  private mutating func note(_ upstream: UpstreamName, _ server: Int, _ world: World) {
    let sinceUs = world.nowUs - 2 * world.plan.setup.heartbeatMs * 1000
    handedUs[server][upstream].removeAll { $0 < sinceUs }
    handedUs[server][upstream].append(world.nowUs)
    let count = handedUs[server][upstream].count
    if count > Self.most { object("\(count) hand-overs within two heartbeats", of: upstream, in: world) }
  }
}
