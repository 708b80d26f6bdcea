import Ledger

package struct TheDeadAreSilent: Invariant {
  package static let promise = """
    A run that has ended asks for nothing more, and once another run has its name no server takes it for a member again.
    """
  package static let looksAt: TraceEvent.Kinds = [.ended, .asked, .performed, .began]

  private var ended: Set<String> = []
  /// The run that each name has now, and those that had it before.
  private var members = PerServer<[Int: String]>([:])
  private var replaced = PerServer<Set<String>>([])

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .ended(let node): ended.insert(node.run)
    case .asked(let node, _, _):
      if ended.contains(node.run) { object("run \(node.run) of \(node.name) asks, and has ended", in: world) }
    case .began(let fault):
      members.follow(fault, in: world)
      replaced.follow(fault, in: world)
      switch fault {
      case .redisEmptied, .redisLoses(.members, _):
        members[world.primary] = [:]
        replaced[world.primary] = []
      default: break
      }
    case .performed(let performed):
      guard case .heartbeat = performed.request, case .members = performed.answer else { return }
      join(performed, world)
    default: break
    }
  }

  private mutating func join(_ performed: Performed, _ world: World) {
    let server = performed.server
    let before = members[server][performed.node]
    guard before != performed.run else { return }
    members[server][performed.node] = performed.run
    if let before { replaced[server].insert(before) }
    if replaced[server].contains(performed.run) {
      object("run \(performed.run) of \(Setup.node(performed.node)) is a member again", in: world)
    }
  }
}
