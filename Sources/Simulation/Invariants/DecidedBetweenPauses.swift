import Cluster
import Health
import Ledger

struct DecidedBetweenPauses: Invariant {
  static let promise = """
    A Redis that stands still for up to 2 s now and then, with at least 3.5 s between, delays a decision by that and two \
    heartbeats, and stops none.
    """
  static let looksAt: TraceEvent.Kinds = [.turned, .began, .faultEnded, .swept]

  private static let longestUs: Int64 = 2_000_000
  private static let shortestBetweenUs: Int64 = 3_500_000
  /// What comes on top, as where nothing stands still; and a tick until a heartbeat that was late is sent again.
  private static let slackMs: Int64 = 1000
  private static let calmUs: Int64 = 25_000_000

  private var open: [WatchedPeer: (to: PeerState, dueUs: Int64)] = [:]
  private var hangsSinceUs: Int64?
  private var hungUntilUs: Int64 = .min
  /// When anything else last went wrong or right again.
  private var otherUs: Int64 = 0
  private var others = 0

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .turned(let peer, let truth):
      for upstream in world.upstreams {
        turned(WatchedPeer(upstream: upstream, peer: peer), truth, in: world)
      }
    case .began(.redisHangs):
      let isTooSoon = hungUntilUs != .min && world.nowUs - hungUntilUs < Self.shortestBetweenUs
      if isTooSoon || hangsSinceUs != nil { disturb(0, world) }
      hangsSinceUs = world.nowUs
    case .faultEnded(.redisHangs):
      if let since = hangsSinceUs, world.nowUs - since > Self.longestUs { disturb(0, world) }
      hangsSinceUs = nil
      hungUntilUs = world.nowUs
    case .began(let fault):
      if !fault.isOfBackends {
        disturb(world.plan.faults.contains { $0.fault == fault && $0.forMs > 0 } ? 1 : 0, world)
      }
    case .faultEnded(let fault): if !fault.isOfBackends { disturb(-1, world) }
    case .swept:
      // One that has not ended yet is too long already.
      if let since = hangsSinceUs, world.nowUs - since > Self.longestUs { disturb(0, world) }
      if !open.isEmpty { check(in: world) }
    default: break
    }
  }

  private mutating func disturb(_ change: Int, _ world: World) {
    others += change
    otherUs = world.nowUs
    open = [:]
  }

  private mutating func turned(_ peer: WatchedPeer, _ truth: Truth, in world: World) {
    let snapshot = world.primaryState.snapshot(of: peer.upstream)
    guard let checker = snapshot?.definition?.checker, truth.timeoutMs == checker.timeoutMs else { return }
    open[peer] = nil
    let state: PeerState = truth.isGood ? .up : .down
    // Where Redis never stands still another invariant is stricter.
    guard hungUntilUs != .min, others == 0, world.nowUs - otherUs > Self.calmUs,
      world.nodes.allSatisfy({ $0.isRunning || !$0.isFounder })
    else { return }
    guard checker.probers > 0, !world.owners(of: peer.upstream).isEmpty,
      let record = snapshot?.records[Setup.peer(peer.peer)],
      record.decided != state, record.override == nil
    else { return }
    let bounds = FreshnessBounds(checker, in: world)
    let thresholds = checker.thresholds
    let opposite = state == .up ? thresholds.fall : thresholds.rise
    guard truth.before.sinceUs <= world.nowUs - (bounds.streakMs(opposite) + 1000) * 1000,
      !truth.isUnclear(since: world.nowUs - 20_000_000)
    else { return }
    let count = Int64(state == .up ? thresholds.rise : thresholds.fall)
    let everyMs = world.backends[peer.peer].isQuick ? Int64(checker.intervalMs) : bounds.slowIntervalMs
    let boundMs =
      count * everyMs + Int64(checker.timeoutMs) + Self.longestUs / 1000 + 2 * world.plan.setup.heartbeatMs
      + Self.slackMs
    open[peer] = (state, world.nowUs + boundMs * 1000)
  }

  private mutating func check(in world: World) {
    for peer in open.keys.sorted(by: { $0.peer < $1.peer }) {
      guard let change = open[peer], world.nowUs >= change.dueUs else { continue }
      open[peer] = nil
      let record = world.primaryState.snapshot(of: peer.upstream)?.records[Setup.peer(peer.peer)]
      guard let record, record.override == nil, record.decided != change.to else { continue }
      object(
        "\(record.peer) turned \(change.to.rawValue), and that was not decided", of: peer.upstream, in: world)
    }
  }
}
