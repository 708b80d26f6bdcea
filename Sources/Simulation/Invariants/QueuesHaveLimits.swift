import Cluster
import Ledger

/// What waits for the ledger does not grow, however slow it is.
package struct QueuesHaveLimits: Invariant {
  package static let promise = "At most one question of a kind is under way for an upstream, and few readings"
  package static let looksAt: TraceEvent.Kinds = [.started, .took, .asked, .swept]

  private enum Kind: Hashable {
    case lease, commit, report, heartbeat, nodeInfo, missing
  }

  private struct Process {
    var run: String
    /// An upstream's, or the node's.
    var open: [LedgerTicket: Kind] = [:]
  }

  private var processes: [Int: Process] = [:]
  /// Questions of all kinds that may be under way on one node: its own, and those of each upstream.
  private static func most(_ world: World) -> Int { 8 + 8 * world.upstreams.count }

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .started(let node): processes[node.number] = Process(run: node.run)
    case .asked(let node, let ticket, let request): asked(kind(of: request), ticket, node, world)
    case .took(let node, .answered(let ticket, _)): processes[node.number]?.open[ticket] = nil
    case .swept:
      for node in world.nodes where node.link.inFlight.count > Self.most(world) {
        object("\(node.link.inFlight.count) questions of node \(node.name) are under way", in: world)
      }
    default: break
    }
  }

  private mutating func asked(_ kind: Kind?, _ ticket: LedgerTicket, _ node: SimulatedNode, _ world: World) {
    guard let kind, processes[node.number]?.run == node.run else { return }
    let others =
      processes[node.number]?.open.count { $0.value == kind && $0.key.upstream == ticket.upstream } ?? 0
    // A lease that ends leaves alone what is under way, a renewal or a commit: its answer means nothing any more.
    if others > (kind == .lease || kind == .commit ? 1 : 0) {
      object("node \(node.name) has \(others + 1) of \(kind) under way", in: world)
    }
    processes[node.number]?.open[ticket] = kind
  }

  private func kind(of request: LedgerRequest) -> Kind? {
    switch request {
    case .acquire, .renew, .handOver: .lease
    case .commit: .commit
    case .report: .report
    case .heartbeat(let beat): beat.member.isLeaving ? nil : .heartbeat
    case .describe: .nodeInfo
    case .remember, .forget: .missing
    // Those of an end, and people's, come on top.
    case .release, .delete, .override: nil
    }
  }
}
