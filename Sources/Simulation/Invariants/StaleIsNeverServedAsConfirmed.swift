import Cluster
import Health
import Ledger

struct StaleIsNeverServedAsConfirmed: Invariant {
  static let promise = """
    While Redis is away nodes serve the last consensus, marked stale; who is in touch shows what was decided a few \
    seconds ago, or later.
    """
  static let looksAt: TraceEvent.Kinds = [.started, .decided, .began, .faultEnded, .swept]

  /// Milliseconds that a node waits for an answer, and a tick.
  private static let deadlineMs: Int64 = 1000 + 100 + 50
  /// By how much what is shown as fresh may be behind: ms. It counts for three heartbeats and a second from when the heads
  /// were asked for; then comes a tick, and what is shown at most every 100 ms.
  private static func behindMs(_ setup: Setup) -> Int64 { 3 * setup.heartbeatMs + 1000 + 100 + 100 + 50 }

  /// Since when each node cannot reach Redis, or could not do as it would: true µs, by its number.
  private var awayUs: [Int: Int64] = [:]
  /// Since when each is in touch with the primary, and shows the upstream.
  private var withUs = PerUpstream<[Int: Int64]>([:])
  /// Where the primary stood after each commit.
  private var heads = PerUpstream<[Decided]>([])

  private struct Decided {
    var us: Int64
    var server: Int
    var term: UInt64
    var seq: UInt64
  }

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .performed(let performed):
      if performed.isPrimary, let upstream = performed.deleted { heads[upstream] = [] }
      guard performed.isPrimary, case .commit(let commit) = performed.request,
        case .committed(let seq, _) = performed.answer
      else { return }
      heads[commit.upstream].append(
        Decided(us: world.nowUs, server: performed.server, term: commit.holder.term, seq: seq))
    case .began(let fault):
      // What it held then, nobody can read there any more.
      for upstream in world.upstreams where fault.losesDecisions(of: upstream) {
        heads[upstream].removeAll { $0.server == world.primary }
      }
    case .started(let node): forget(node, in: world)
    case .faultEnded(.redisDown), .faultEnded(.redisHangs), .faultEnded(.cutFromRedis): awayUs = [:]
    case .swept: for node in world.nodes { check(node, in: world) }
    default: break
    }
  }

  private mutating func forget(_ node: SimulatedNode, in world: World) {
    awayUs[node.number] = nil
    for upstream in world.upstreams { withUs[upstream][node.number] = nil }
  }

  private mutating func check(_ node: SimulatedNode, in world: World) {
    guard node.isRunning, !node.isPaused else { return forget(node, in: world) }
    checkAway(node, in: world)
    for upstream in world.upstreams { checkBehind(node, upstream, in: world) }
  }

  private mutating func checkAway(_ node: SimulatedNode, in world: World) {
    guard node.isCutFromRedis || !world.redisAnswers else {
      awayUs[node.number] = nil
      return
    }
    let since = awayUs[node.number] ?? world.nowUs
    awayUs[node.number] = since
    let patienceMs = (world.plan.setup.heartbeatMs + Self.deadlineMs) * world.slowness / 1000
    let goneUs = world.nowUs - max(since, world.redis.resumedUs)
    if !node.views.isEmpty, !node.isStale, goneUs > patienceMs * 1000 {
      object("\(node.name) has not reached Redis for \(goneUs / 1000) ms", in: world)
    }
  }

  private mutating func checkBehind(_ node: SimulatedNode, _ upstream: UpstreamName, in world: World) {
    guard world.isWell(node), !node.isStale, let view = node.view(of: upstream), view.trouble == nil,
      let head = view.head, node.link.server == world.primary
    else {
      withUs[upstream][node.number] = nil
      return
    }
    // Where nobody has it in the settings, nobody writes it again that was lost.
    if world.owners(of: upstream).isEmpty { return }
    let since = withUs[upstream][node.number] ?? world.nowUs
    withUs[upstream][node.number] = since
    let thenUs = world.nowUs - Self.behindMs(world.plan.setup) * world.slowness
    guard since <= thenUs, let decided = heads[upstream].last(where: { $0.us <= thenUs }),
      decided.server == world.primary
    else { return }
    if (head.term, head.seq) < (decided.term, decided.seq) {
      object(
        "\(node.name) shows \(head.seq), and \(decided.seq) was decided \((world.nowUs - decided.us) / 1000) ms ago",
        of: upstream, in: world)
    }
  }
}
