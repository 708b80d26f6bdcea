import Cluster
import Ledger

struct SettlesFirst: Invariant {
  static let promise = """
    Whoever reaches Redis for the first time, or after it has lost the members, turns nothing before E + H have passed; \
    after a mere lapse, nothing before every member was heard again, or 2 H have passed.
    """
  static let looksAt: TraceEvent.Kinds = [.took, .performed, .began, .asked, .showed]

  /// What a run has to do with Redis: ms of its own clock that never goes back, and µs of true time.
  private struct Touch {
    /// Since when it reaches Redis without a break; nil: it does not.
    var sinceMs: Int64?
    /// When the first heartbeat of that time was performed: who beats later has been heard since.
    var sinceUs: Int64 = 0
    /// For how long it reached it before that, since it last had to hear all anew.
    var beforeMs: Int64 = 0
    /// When its last answered heartbeat was performed, and by which server.
    var answeredUs: Int64?
    var server = 0
    /// That which performed the first one. Once it is another, what was heard of the one says nothing of the other:
    /// a fail-over without a sign looks like a lapse.
    var sinceServer = 0
    /// Redis lost the members between the last two of them.
    var hasLoss = false
    var from: UInt64?
  }

  private var touches: [String: Touch] = [:]
  /// When each heartbeat was performed that nobody has heard the answer of, by run and number.
  private var underWay: [String: [UInt64: (us: Int64, server: Int)]] = [:]
  /// When each server last lost the members.
  private var lostUs: [Int: Int64] = [:]
  /// Since which of its beats the ledger has known each run without a break: what others have told it again is not lost.
  private var from: [String: UInt64] = [:]
  /// When the last heartbeat of a run was performed.
  private var beatUs: [String: Int64] = [:]
  /// Commits that were sent before: the very same is sent again at once.
  private var sent: Set<CommitKey> = []

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .began(.redisEmptied), .began(.redisLoses(.members, of: _)): lostUs[world.primary] = world.nowUs
    case .performed(let performed):
      guard case .heartbeat = performed.request, case .members(let members, _) = performed.answer else {
        return
      }
      from[performed.run] = members.first { $0.run == performed.run }?.from
      beatUs[performed.run] = world.nowUs
      underWay[performed.run, default: [:]][performed.ticket.number] = (world.nowUs, performed.server)
    case .took(let node, .answered(let ticket, .success(.members))):
      answered(ticket.number, node)
    case .showed(let node, .cluster(let view)): shows(view.contact, node, in: world)
    case .asked(let node, _, .commit(let commit)):
      guard sent.insert(commit.key).inserted,
        commit.changes.contains(where: { if case .transition = $0 { true } else { false } })
      else { return }
      check(commit, by: node, in: world)
    default: break
    }
  }

  private mutating func answered(_ number: UInt64, _ node: SimulatedNode) {
    guard let (us, server) = underWay[node.run]?.removeValue(forKey: number) else { return }
    var touch = touches[node.run] ?? Touch()
    let lost = lostUs[node.server] ?? .min
    touch.hasLoss =
      touch.answeredUs.map { $0 <= lost && lost <= us && touch.from != from[node.run] } ?? true
    touch.from = from[node.run]
    touch.answeredUs = us
    touch.server = server
    touches[node.run] = touch
  }

  private mutating func shows(_ contact: ClusterView.Contact, _ node: SimulatedNode, in world: World) {
    var touch = touches[node.run] ?? Touch()
    let nowMs = node.steadyMs(at: world.nowUs)
    if contact == .lost {
      if let since = touch.sinceMs { touch.beforeMs += nowMs - since }
      touch.sinceMs = nil
    } else if touch.sinceMs == nil {
      touch.sinceMs = nowMs
      touch.sinceUs = touch.answeredUs ?? world.nowUs
      touch.sinceServer = touch.server
      if touch.hasLoss { touch.beforeMs = 0 }
    }
    touches[node.run] = touch
  }

  private func check(_ commit: Commit, by node: SimulatedNode, in world: World) {
    let setup = world.plan.setup
    guard let touch = touches[node.run], let since = touch.sinceMs else { return }
    let reachedMs = node.steadyMs(at: world.nowUs) - since
    if touch.beforeMs + reachedMs < setup.expiryMs + setup.heartbeatMs {
      return object(
        "\(node.name) sends \(commit.id) \(reachedMs) ms after it reached Redis", of: commit.upstream,
        in: world)
    }
    guard reachedMs < 2 * setup.heartbeatMs, touch.beforeMs > 0, touch.server == touch.sinceServer else {
      return
    }
    // Who is named no more was dropped by others: nobody waits for it.
    let named = Set(world.state(of: node.server).members.map(\.run))
    for other in node.cluster?.nodes ?? [] where other.member.run != node.run {
      guard named.contains(other.member.run), (beatUs[other.member.run] ?? .min) < touch.sinceUs else {
        continue
      }
      return object(
        "\(node.name) sends \(commit.id) \(reachedMs) ms after a lapse, and \(other.member.node) was not heard again",
        of: commit.upstream, in: world)
    }
  }
}
