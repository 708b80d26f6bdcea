import Cluster
import Ledger

struct TheMissingAreShown: Invariant {
  static let promise = """
    A node that is killed is shown as missing by every steady node within E + 3 H, until it is back; nobody who lives or \
    left in order is.
    """

  /// The last heartbeat of a name that any server has taken.
  private struct Heard {
    var run: String
    var us: Int64
    var server: Int
    var isLeaving: Bool
    /// The runs that knew of it when the server lost it; nil: the server has not lost it since.
    var knowers: Set<String>?
    /// Nothing but the list of the missing was lost: who does not see it at once, or has the node info no more, takes it for
    /// forgotten.
    var isListLost = false
  }

  /// By the number of the node.
  private var heard: [Int: Heard] = [:]
  /// Since when each run shows that it is steady: true µs.
  private var steadyUs: [String: Int64] = [:]

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .performed(let performed): hear(performed, in: world)
    case .showed(let node, .cluster(let view)):
      if view.contact == .lost { miss(node, in: world) }
      if view.contact != .steady {
        steadyUs[node.run] = nil
      } else if steadyUs[node.run] == nil {
        steadyUs[node.run] = world.nowUs
      }
    case .began(.redisEmptied), .began(.redisLoses(.members, _)): lose(in: world)
    case .began(.redisLoses(.missing, _)): loseList(in: world)
    case .began(.redisLoses(.nodeInfos, _)): for number in heard.keys { miss(number, nil, in: world) }
    case .began(.paused(let number)): miss(world.nodes[number], in: world)
    case .swept: check(in: world)
    default: break
    }
  }

  private mutating func hear(_ performed: Performed, in world: World) {
    guard case .heartbeat(let heartbeat) = performed.request, case .members = performed.answer else { return }
    heard[performed.node] = Heard(
      run: performed.run, us: world.nowUs, server: performed.server, isLeaving: heartbeat.member.isLeaving)
  }

  private mutating func lose(in world: World) {
    for (number, last) in heard where last.server == world.primary {
      let name = Setup.node(number)
      let knowers = world.nodes.filter { node in
        guard let cluster = node.cluster, node.isRunning, node.number != number else { return false }
        return (cluster.nodes + cluster.missing).contains {
          $0.member.node == name && $0.member.run == last.run
        }
      }
      heard[number]?.knowers = Set(knowers.map(\.run))
      heard[number]?.isListLost = false
    }
  }

  /// Who is a member still is on no list.
  private mutating func loseList(in world: World) {
    for (number, last) in heard where last.server == world.primary && last.knowers == nil {
      guard let gone = world.primaryState.missing.first(where: { $0.node == Setup.node(number) }) else {
        continue
      }
      let hasInfo =
        world.primaryState.nodeInfo(of: gone.node, at: world.primaryTime)?.run == gone.run
      let knowers = world.nodes.filter { node in
        guard let cluster = node.cluster, world.isWell(node), cluster.contact != .lost else { return false }
        return hasInfo
          && cluster.missing.contains { $0.member.node == gone.node && $0.member.run == gone.run }
      }
      heard[number]?.knowers = Set(knowers.map(\.run))
      heard[number]?.isListLost = true
    }
  }

  /// It may not have seen yet that the list is lost.
  private mutating func miss(_ node: SimulatedNode, in world: World) {
    for number in heard.keys { miss(number, node.run, in: world) }
  }

  /// - Parameter run: nil: of all.
  private mutating func miss(_ number: Int, _ run: String?, in world: World) {
    guard heard[number]?.isListLost == true,
      !world.primaryState.missing.contains(where: { $0.node == Setup.node(number) })
    else { return }
    if let run { heard[number]?.knowers?.remove(run) } else { heard[number]?.knowers = [] }
  }

  private func check(in world: World) {
    let setup = world.plan.setup
    let boundMs = (setup.expiryMs + 3 * setup.heartbeatMs) * world.slowness / 1000 + 500
    guard world.isQuiet(forMs: boundMs) else { return }
    let since = world.nowUs - boundMs * 1000
    let observers = world.nodes.filter { node in
      world.isWell(node) && node.server == world.primary && steadyUs[node.run].map { $0 <= since } ?? false
    }
    for node in world.nodes {
      if node.isRunning {
        // Who was killed waits for its name first.
        let startedUs = node.startedUs + 3 * setup.heartbeatMs * 1000
        if world.isWell(node), startedUs <= since { expect(false, node, "lives", observers, in: world) }
      } else if let last = heard[node.number], last.server == world.primary, node.endedUs <= since {
        if last.isLeaving {
          if isKnown(last, in: world) { expect(false, node, "left in order", observers, in: world) }
        } else if isRemembered(last, in: world) {
          expect(true, node, "was killed", observers, in: world)
        }
      }
    }
  }

  /// Who left is known by what the ledger held then: after a loss nobody may know better.
  private func isKnown(_ last: Heard, in world: World) -> Bool {
    world.conditions.lossUs.map { $0 < last.us - 2 * world.plan.setup.expiryMs * 1000 } ?? true
  }

  /// The server knows of it, or somebody does who can tell it again.
  private func isRemembered(_ last: Heard, in world: World) -> Bool {
    guard let knowers = last.knowers else { return true }
    return world.nodes.contains { world.isWell($0) && knowers.contains($0.run) }
  }

  private func expect(
    _ isShown: Bool, _ node: SimulatedNode, _ why: String, _ observers: [SimulatedNode], in world: World
  ) {
    for observer in observers where observer.number != node.number {
      let shows = observer.cluster?.missing.contains { $0.member.node == node.name } ?? false
      if shows != isShown {
        object(
          "\(node.name) \(why), and \(observer.name) \(shows ? "shows it as missing" : "does not miss it")",
          in: world)
      }
    }
  }
}
