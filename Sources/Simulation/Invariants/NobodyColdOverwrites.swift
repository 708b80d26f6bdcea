import Cluster
import Health
import Ledger

struct NobodyColdOverwrites: Invariant {
  static let promise =
    "After a loss, who knows what was decided writes it again before anybody who does not takes the lead."
  static let looksAt: TraceEvent.Kinds = [.asked, .decided, .performed, .swept]

  /// Since when each node knows what was decided, and could tell it: true µs, by its number.
  private var warmUs = PerUpstream<[Int: Int64]>([:])
  /// The highest term of which anybody knew when the upstream was last deleted: who missed that knows nothing.
  private var deletedTerm = PerUpstream<UInt64>(0)
  /// Commits that were asked for by somebody who knew nothing.
  private var cold: Set<CommitKey> = []
  /// Runs that say that Redis takes no commits from them: what they know they cannot write, and nobody waits for them for
  /// the ten minutes in which they say so. What is left is rebuilt by who may.
  private var unable: Set<String> = []

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .asked(let node, _, .heartbeat(let heartbeat)):
      if heartbeat.member.refused.contains(.commits) {
        unable.insert(node.run)
      } else if !unable.isEmpty {
        unable.remove(node.run)
      }
    case .asked(let node, _, .commit(let commit)):
      if node.view(of: commit.upstream) == nil { cold.insert(commit.key) }
    case .swept:
      for upstream in world.upstreams { note(upstream, in: world) }
    case .performed(let performed):
      guard performed.isPrimary else { return }
      if let upstream = performed.deleted {
        deletedTerm[upstream] = world.nodes.compactMap { $0.view(of: upstream)?.head?.term }.max() ?? 0
        warmUs[upstream] = [:]
      }
      switch (performed.request, performed.answer) {
      case (.commit(let commit), .committed):
        if cold.contains(commit.key) { check(performed, commit.upstream, "writes", in: world) }
      case (.acquire(let bid), .granted): check(performed, bid.upstream, "takes the lead", in: world)
      default: break
      }
    default: break
    }
  }

  private mutating func note(_ upstream: UpstreamName, in world: World) {
    for node in world.nodes {
      // Who does not have it in the settings only shows it; who shows it as stale was not in touch.
      let isWarm =
        world.isWell(node) && node.link.server == world.primary && node.has(upstream)
        && knows(node, upstream) && world.redisAnswers && !node.isStale
      warmUs[upstream][node.number] = isWarm ? warmUs[upstream][node.number] ?? world.nowUs : nil
    }
  }

  private func knows(_ node: SimulatedNode, _ upstream: UpstreamName) -> Bool {
    node.view(of: upstream)?.head.map { $0.term > deletedTerm[upstream] } ?? false
  }

  private func check(_ performed: Performed, _ upstream: UpstreamName, _ does: String, in world: World) {
    let node = world.nodes[performed.node]
    guard node.isRunning, node.run == performed.run, node.view(of: upstream) == nil else { return }
    let setup = world.plan.setup
    let sinceUs = world.nowUs - (setup.expiryMs + 2 * setup.heartbeatMs) * world.slowness
    for other in world.nodes where other.number != node.number && world.isWell(other) {
      guard knows(other, upstream), !unable.contains(other.run), let warm = warmUs[upstream][other.number],
        warm <= sinceUs,
        other.link.server == performed.server
      else { continue }
      return object(
        "\(node.name) knows nothing and \(does), while \(other.name) knows", of: upstream, in: world)
    }
  }
}
