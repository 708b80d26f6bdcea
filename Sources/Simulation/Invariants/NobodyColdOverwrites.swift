import Cluster
import Health
import Ledger

struct NobodyColdOverwrites: Invariant {
  static let promise =
    "After a loss, who knows what was decided writes it again before anybody who does not takes the lead."
  static let looksAt: Sight.Kinds = [.asked, .performed, .swept]

  /// Since when each node knows what was decided, and could tell it: true µs, by its number.
  private var warmUs: [Int: Int64] = [:]
  /// Commits that were asked for by somebody who knew nothing.
  private var cold: Set<String> = []

  mutating func see(_ sight: Sight, in world: World) {
    switch sight {
    case .asked(let node, _, .commit(let commit)): if node.view == nil { cold.insert(commit.id) }
    case .swept:
      for node in world.nodes {
        let isWarm = world.isWell(node) && node.view != nil && world.redisAnswers
        warmUs[node.number] = isWarm ? warmUs[node.number] ?? world.nowUs : nil
      }
    case .performed(let performed):
      guard performed.isPrimary else { return }
      switch (performed.request, performed.answer) {
      case (.commit(let commit), .committed):
        if cold.contains(commit.id) { check(performed, "writes", in: world) }
      case (.acquire, .granted): check(performed, "takes the lead", in: world)
      default: break
      }
    default: break
    }
  }

  private func check(_ performed: Performed, _ does: String, in world: World) {
    let node = world.nodes[performed.node]
    guard node.isRunning, node.run == performed.run, node.view == nil else { return }
    let setup = world.plan.setup
    let sinceUs = world.nowUs - (setup.expiryMs + 2 * setup.heartbeatMs) * world.slowness
    for other in world.nodes where other.number != node.number && world.isWell(other) {
      guard other.view != nil, let warm = warmUs[other.number], warm <= sinceUs,
        other.link.server == performed.server
      else { continue }
      return object("\(node.name) knows nothing and \(does), while \(other.name) knows", in: world)
    }
  }
}
