import Cluster
import Health
import Ledger

struct LivingMembersStay: Invariant {
  static let promise =
    "A member is judged only by seeing its heartbeats: who goes on beating is never dropped, whatever the clocks say."
  static let looksAt: TraceEvent.Kinds = [.performed, .logged]

  /// Heartbeats of one run that one server has taken.
  private struct Beats {
    var run = ""
    var server = 0
    var lastUs: Int64 = .min
    /// Since when they come at the usual pace.
    var steadyUs: Int64 = .min
  }

  private var beats: [String: Beats] = [:]

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .performed(let performed):
      guard case .heartbeat(let heartbeat) = performed.request, case .members = performed.answer else {
        return
      }
      hear(heartbeat.member, performed, in: world)
    case .logged(let node, .left(let name)), .logged(let node, .missing(let name)):
      check(name, by: node, in: world)
    default: break
    }
  }

  private func paceUs(_ world: World) -> Int64 { world.plan.setup.heartbeatMs * 1600 * world.slowness / 1000 }

  private mutating func hear(_ member: Member, _ performed: Performed, in world: World) {
    guard !member.isLeaving else {
      beats[member.node] = nil
      return
    }
    var known = beats[member.node] ?? Beats()
    let isSame = known.run == member.run && known.server == performed.server
    if !isSame || known.lastUs == .min || world.nowUs - known.lastUs > paceUs(world) {
      known.steadyUs = world.nowUs
    }
    known.run = member.run
    known.server = performed.server
    known.lastUs = world.nowUs
    beats[member.node] = known
  }

  private func check(_ name: String, by node: SimulatedNode, in world: World) {
    guard let known = beats[name], known.server == node.link.server,
      world.nodes.contains(where: { $0.name == name && $0.run == known.run && $0.isRunning }),
      world.nowUs - known.lastUs <= paceUs(world),
      // What is on its way, and what it sees only with its own next heartbeat.
      world.nowUs - known.steadyUs > 2 * world.plan.setup.expiryMs * 1000
    else { return }
    object("\(node.name) drops \(name), whose heartbeats go on", in: world)
  }
}
