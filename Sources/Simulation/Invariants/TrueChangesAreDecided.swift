import Cluster
import Health
import Ledger

struct TrueChangesAreDecided: Invariant {
  static let promise = """
    A backend that stops answering is one transition, after f × i + τ, then at most 100 ms of collecting at the prober \
    and 100 ms at the leader; likewise when it answers again.
    """
  static let looksAt: TraceEvent.Kinds = [.decided, .turned, .began, .swept]

  /// What comes on top: the network, and that ticks and pauses of 100 ms do not begin together.
  private static let slackMs: Int64 = 250

  /// What has to be decided, by peer.
  private var open: [WatchedPeer: Change] = [:]
  private var counts: [WatchedPeer: Int] = [:]

  private struct Change {
    var to: PeerState
    var dueUs: Int64
    var counted: Int
  }

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .turned(let peer, let truth):
      for upstream in world.upstreams {
        turned(WatchedPeer(upstream: upstream, peer: peer), truth, in: world)
      }
    case .performed(let performed):
      guard case .commit(let commit) = performed.request, case .committed = performed.answer else { return }
      for case .transition(let turn) in commit.changes {
        guard let peer = world.number(of: turn.peer) else { continue }
        counts[WatchedPeer(upstream: commit.upstream, peer: peer), default: 0] += 1
      }
    case .began(let fault):
      if !fault.isOfBackends { open = [:] }
    case .swept: if !open.isEmpty { check(in: world) }
    default: break
    }
  }

  private mutating func turned(_ peer: WatchedPeer, _ truth: Truth, in world: World) {
    let snapshot = world.primaryState.snapshot(of: peer.upstream)
    guard let checker = snapshot?.definition?.checker, truth.timeoutMs == checker.timeoutMs else { return }
    open[peer] = nil
    let state: PeerState = truth.isGood ? .up : .down
    guard world.isCalm(forMs: 20_000), checker.probers > 0,
      !world.owners(of: peer.upstream).isEmpty,
      let record = snapshot?.records[Setup.peer(peer.peer)], record.decided != state, record.override == nil
    else { return }
    let bounds = FreshnessBounds(checker, in: world)
    let thresholds = checker.thresholds
    // Every prober has to have the view that is decided, with no half a streak of the other.
    let opposite = state == .up ? thresholds.fall : thresholds.rise
    guard truth.before.sinceUs <= world.nowUs - (bounds.streakMs(opposite) + 1000) * 1000,
      !truth.isUnclear(since: world.nowUs - 20_000_000)
    else { return }
    let count = Int64(state == .up ? thresholds.rise : thresholds.fall)
    let everyMs = world.backends[peer.peer].isQuick ? Int64(checker.intervalMs) : bounds.slowIntervalMs
    // A probe that is under way ends first, and may have taken its time.
    let boundMs = count * everyMs + Int64(checker.timeoutMs) + 200 + Self.slackMs
    open[peer] = Change(
      to: state, dueUs: world.nowUs + boundMs * 1000, counted: counts[peer, default: 0])
  }

  private mutating func check(in world: World) {
    for peer in open.keys.sorted(by: { $0.peer < $1.peer }) {
      guard let change = open[peer], world.nowUs >= change.dueUs else { continue }
      open[peer] = nil
      let snapshot = world.primaryState.snapshot(of: peer.upstream)
      guard let record = snapshot?.records[Setup.peer(peer.peer)], record.override == nil else { continue }
      let made = counts[peer, default: 0] - change.counted
      if record.decided != change.to || made != 1 {
        object(
          "\(record.peer) turned \(change.to.rawValue) in truth, and after \(made) transitions is \(record.decided.rawValue)",
          of: peer.upstream, in: world)
      }
    }
  }
}
