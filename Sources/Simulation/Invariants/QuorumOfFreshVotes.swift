import Cluster
import Health
import Ledger

struct QuorumOfFreshVotes: Invariant {
  static let promise = "No transition below the quorum of fresh votes of assigned probers."
  static let looksAt: TraceEvent.Kinds = [.asked, .decided, .probed, .faultEnded]

  private var diary = ProbeDiary()
  /// When a node was last denied to report: true µs.
  private var mutedUs: Int64 = -30_000_000
  /// When each commit was first asked for: true µs.
  private var askedUs: [CommitKey: Int64] = [:]

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .probed: diary.observe(traceEvent, in: world)
    case .faultEnded(.forbidden(_, .report)): mutedUs = world.nowUs
    case .asked(_, _, .commit(let commit)):
      if askedUs[commit.key] == nil { askedUs[commit.key] = world.nowUs }
    case .performed(let performed):
      guard case .commit(let commit) = performed.request, case .committed = performed.answer else { return }
      for case .transition(let turn) in commit.changes { check(turn, commit, performed, in: world) }
    default: break
    }
  }

  private func check(_ turn: Transition, _ commit: Commit, _ performed: Performed, in world: World) {
    let snapshot = world.state(of: performed.server).snapshot(of: commit.upstream)
    guard let checker = snapshot?.definition?.checker, let peer = world.number(of: turn.peer) else { return }
    let votes = turn.votes
    let assigned = Int(votes.assigned)
    let needed = Int(votes.needed)
    if needed != checker.quorum.needed(of: assigned) || assigned < 1
      || assigned > min(checker.probers, world.nodes.count) || votes.up + votes.down > votes.assigned
    {
      object("\(turn.peer): \(Self.text(votes)) cannot be", of: commit.upstream, in: world)
    }
    if world.isCalm(forMs: 12_000), assigned != min(checker.probers, world.owners(of: commit.upstream).count)
    {
      object(
        "\(turn.peer): \(assigned) probers are assigned, of \(world.nodes.count) nodes", of: commit.upstream,
        in: world)
    }
    let isEnough = turn.to == .down ? votes.down >= needed : Int(votes.up) + needed > assigned
    if !isEnough {
      object("\(turn.peer) is \(turn.to.rawValue) by \(Self.text(votes))", of: commit.upstream, in: world)
    }
    // A node that is denied to report says so with its next heartbeat, and is heard with those of the others.
    let isMuted =
      world.redis.forbidden.contains { $0.right == .report } || mutedUs > world.nowUs - 30_000_000
    let bounds = FreshnessBounds(checker, in: world)
    let freshMs =
      (world.isCalm(forMs: 8000) ? bounds.aliveMs : bounds.anyMs) + (isMuted ? bounds.tellingMs : 0)
    let backing = diary.count(
      of: turn.to, on: peer, of: commit.upstream, since: (askedUs[commit.key] ?? world.nowUs) - freshMs * 1000
    )
    let cast = Int(turn.to == .down ? votes.down : votes.up)
    if backing < cast {
      object(
        "\(turn.peer) is \(turn.to.rawValue) by \(cast) votes, and \(backing) nodes have seen that in \(freshMs) ms",
        of: commit.upstream, in: world)
    }
  }

  private static func text(_ votes: Votes) -> String {
    "\(votes.up) up, \(votes.down) down of \(votes.assigned), \(votes.needed) needed"
  }
}
