import Ledger

package struct RestartsAreNotRefused: Invariant {
  package static let promise = """
    A second node of one name is refused; a restart is not, unless what the former run had sent is still arriving.
    """
  package static let looksAt: TraceEvent.Kinds = [.started, .refused, .performed]

  /// Nodes whose former run was heard after their start.
  private var haunted: Set<Int> = []

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .started(let node): haunted.remove(node.number)
    case .performed(let performed):
      guard case .heartbeat = performed.request, performed.run != world.nodes[performed.node].run else {
        return
      }
      haunted.insert(performed.node)
    case .refused(let node):
      // In a simulation there never is a second one.
      if !haunted.contains(node.number) {
        object("\(node.name) is refused, and nobody else has its name", in: world)
      }
    default: break
    }
  }
}
