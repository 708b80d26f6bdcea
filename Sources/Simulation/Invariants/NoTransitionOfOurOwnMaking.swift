import Cluster
import Health
import Ledger

struct NoTransitionOfOurOwnMaking: Invariant {
  static let promise = """
    A node's own trouble (no port, no descriptor, a pause) is no vote; who cannot reach the peers, and is a minority, \
    turns nothing.
    """
  static let looksAt: TraceEvent.Kinds = [.asked, .decided, .began, .faultEnded]

  private var askedUs: [CommitKey: Int64] = [:]
  /// When each node was last cut off from the peers, by node: true µs.
  private var cutUs: [Int: [Int: Int64]] = [:]
  /// When a node was last denied to report: it says so with its next heartbeat. True µs.
  private var mutedUs: Int64 = -60_000_000
  /// When each node last stood still: true µs.
  private var stillUs: [Int: Int64] = [:]

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .asked(_, _, .commit(let commit)):
      if askedUs[commit.key] == nil { askedUs[commit.key] = world.nowUs }
    case .began(.cutFromPeers(let node, let peers)), .faultEnded(.cutFromPeers(let node, let peers)):
      for peer in peers.isEmpty ? Array(world.backends.indices) : peers {
        cutUs[node, default: [:]][peer] = world.nowUs
      }
    case .began(.paused(let node)), .faultEnded(.paused(let node)): stillUs[node] = world.nowUs
    case .began(.forbidden(_, .report)), .faultEnded(.forbidden(_, .report)): mutedUs = world.nowUs
    case .performed(let performed):
      guard case .commit(let commit) = performed.request, case .committed = performed.answer else { return }
      for case .transition(let turn) in commit.changes { check(turn, commit, performed, in: world) }
    default: break
    }
  }

  private func check(_ turn: Transition, _ commit: Commit, _ performed: Performed, in world: World) {
    let snapshot = world.state(of: performed.server).snapshot(of: commit.upstream)
    guard let checker = snapshot?.definition?.checker, let peer = world.number(of: turn.peer) else { return }
    let bounds = FreshnessBounds(checker, in: world)
    let thresholds = checker.thresholds
    // Until the views that were right once had to be others.
    let isMuted =
      world.redis.forbidden.contains { $0.right == .report } || mutedUs > world.nowUs - 30_000_000
    let windowMs =
      bounds.anyMs + (isMuted ? bounds.tellingMs : 0)
      + bounds.streakMs(turn.to == .down ? thresholds.rise : thresholds.fall)
    let sinceUs = (askedUs[commit.key] ?? world.nowUs) - windowMs * 1000
    let truth = world.backends[peer].truth(timeoutMs: checker.timeoutMs)
    // Who takes a peer over while its consensus turns votes by the one of before until its own run is long enough: no failure
    // speaks for such a vote. docs/guarantees.md has it among what does not hold.
    if turn.to == .down, turn.reason == "OK" { return }
    guard !truth.was(turn.to == .up, since: sinceUs), !truth.isUnclear(since: sinceUs) else { return }
    let cut = turn.to == .up ? 0 : world.nodes.count { isCut($0, from: peer, since: sinceUs, in: world) }
    if turn.to == .up || cut < Int(turn.votes.needed) {
      object(
        "\(turn.peer) is \(turn.to.rawValue), and was not for \(windowMs) ms; \(cut) nodes were cut off from it",
        of: commit.upstream, in: world)
    }
  }

  private func isCut(
    _ node: SimulatedNode, from peer: Int, since us: Int64, in world: World
  ) -> Bool {
    if node.isCut(fromPeer: peer) || cutUs[node.number]?[peer] ?? .min >= us { return true }
    // Pauses shorter than those that a node notices eat up the time of an answer that is slow to come.
    return (node.isPaused || stillUs[node.number] ?? .min >= us) && !world.backends[peer].isQuick
  }
}
