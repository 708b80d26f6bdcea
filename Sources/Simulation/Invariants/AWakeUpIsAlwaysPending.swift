import Cluster
import Ledger

/// Whatever has failed before: a node that runs asks again.
package struct AWakeUpIsAlwaysPending: Invariant {
  package static let promise =
    "A node that runs sends a heartbeat each H, or asks again when one had no answer"
  package static let looksAt: TraceEvent.Kinds = [.started, .asked, .swept]

  /// When each node last had its turn to ask: steady ms of its own.
  private var lastMs: [Int: (run: String, atMs: Int64)] = [:]

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .started(let node): note(node, world)
    case .asked(let node, _, .heartbeat): note(node, world)
    case .swept: for node in world.nodes where node.isRunning { check(node, world) }
    default: break
    }
  }

  private mutating func note(_ node: SimulatedNode, _ world: World) {
    lastMs[node.number] = (node.run, node.steadyMs(at: world.nowUs))
  }

  private mutating func check(_ node: SimulatedNode, _ world: World) {
    if node.isPaused { return note(node, world) }
    guard let last = lastMs[node.number], last.run == node.run else { return }
    let silentMs = node.steadyMs(at: world.nowUs) - last.atMs
    // The one before may wait for its answer up to the deadline; ticks are late by a little.
    guard silentMs > world.plan.setup.heartbeatMs + 1000 + 3 * Machine.tickMs else { return }
    object("node \(node.name) has sent no heartbeat for \(silentMs) ms", in: world)
  }
}
