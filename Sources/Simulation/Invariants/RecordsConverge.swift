import Cluster
import Health
import Ledger

struct RecordsConverge: Invariant {
  static let promise = """
    What is decided without an event converges too: when nothing goes wrong any more, the records of the leader, of the \
    ledger and of all followers are the same, in status, decision, evidence, reason, votes and override.
    """
  static let looksAt: TraceEvent.Kinds = [.decided, .swept, .over]

  /// For so long after the last trouble leaders may change, and evidence is decided anew.
  private static let calmMs: Int64 = 30_000
  /// A leader has the answer to its commit.
  private static let leaderUs: Int64 = 1_000_000
  /// Followers read for the sake of evidence alone every 10 s, with a heartbeat.
  private static let followerUs: Int64 = 13_000_000

  /// When each record was last written: true µs.
  private var writtenUs = PerUpstream<[PeerName: Int64]>([:])
  /// Since when the same run leads: true µs.
  private var leaders = PerUpstream((run: "", sinceUs: Int64(0)))

  mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .performed(let performed):
      guard performed.isPrimary, let commit = performed.accepted else { return }
      for record in commit.records { writtenUs[commit.upstream][record.peer] = world.nowUs }
      if commit.holder.run != leaders[commit.upstream].run {
        leaders[commit.upstream] = (commit.holder.run, world.nowUs)
      }
    case .swept:
      if world.isCalm(forMs: Self.calmMs) { for upstream in world.upstreams { check(upstream, in: world) } }
    case .over: for upstream in world.upstreams { check(upstream, in: world) }
    default: break
    }
  }

  private func check(_ upstream: UpstreamName, in world: World) {
    // Where nobody has it any more, nobody decides.
    guard let snapshot = world.primaryState.snapshot(of: upstream), !world.owners(of: upstream).isEmpty else {
      return
    }
    let leader = leaders[upstream]
    let slowness = world.slowness
    for node in world.nodes where node.isRunning && !node.isStale {
      let isLeader = node.run == leader.run
      let patienceUs = (isLeader ? Self.leaderUs : Self.followerUs) * slowness / 1000
      // Who leads no more reads what it does not know as a follower does.
      guard let view = node.view(of: upstream), world.nowUs - leader.sinceUs >= patienceUs else { continue }
      for peer in view.peers {
        guard let record = snapshot.records[peer.record.peer], record != peer.record,
          world.nowUs - (writtenUs[upstream][record.peer] ?? 0) >= patienceUs
        else { continue }
        object(
          "\(node.name) knows \(Self.told(peer.record)), and the ledger \(Self.told(record))", of: upstream,
          in: world)
      }
    }
  }

  private static func told(_ record: PeerRecord) -> String {
    let votes = record.votes.map { "\($0.down) down, \($0.up) up" } ?? "no votes"
    let word = record.override.map { "\($0.state.rawValue) \($0.rev)" } ?? "no word"
    return """
      \(record.peer) as \(record.status.rawValue), decided \(record.decided.rawValue) (\(record.evidence.rawValue), \
      \(record.reason), \(votes), since \(record.sinceMs)), \(word)
      """
  }
}
