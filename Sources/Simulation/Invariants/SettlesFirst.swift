import Cluster
import Ledger

struct SettlesFirst: Invariant {
  static let promise =
    "Whoever reaches Redis, for the first time or again, turns nothing before E + H have passed: first all are heard."
  static let looksAt: Sight.Kinds = [.asked, .showed]

  /// Since when each run has reached Redis without a break: steady ms of its own; nil: it does not.
  private var sinceMs: [String: Int64] = [:]
  /// Commits that were sent before: the very same is sent again at once.
  private var sent: Set<CommitKey> = []

  mutating func see(_ sight: Sight, in world: World) {
    switch sight {
    case .showed(let node, .cluster(let view)):
      if view.contact == .lost {
        sinceMs[node.run] = nil
      } else if sinceMs[node.run] == nil {
        sinceMs[node.run] = node.steadyMs(at: world.nowUs)
      }
    case .asked(let node, _, .commit(let commit)):
      guard sent.insert(commit.key).inserted,
        commit.changes.contains(where: { if case .transition = $0 { true } else { false } })
      else { return }
      let setup = world.plan.setup
      let reachedMs = sinceMs[node.run].map { node.steadyMs(at: world.nowUs) - $0 } ?? 0
      guard reachedMs < setup.expiryMs + setup.heartbeatMs else { return }
      object(
        "\(node.name) sends \(commit.id) \(reachedMs) ms after it reached Redis", of: commit.upstream,
        in: world)
    default: break
    }
  }
}
