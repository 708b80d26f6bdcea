import Health
import Ledger

package struct NothingGoesBack: Invariant {
  package static let promise = """
    Terms and sequence numbers never go back for a reader: not in what a node shows, not on a server that has lost \
    nothing, and no commit is below what the node that made it had ever seen.
    """
  package static let looksAt: TraceEvent.Kinds = [.started, .asked, .decided, .showed, .began]

  private struct Reached {
    var term: UInt64 = 0
    var seq: UInt64 = 0
  }

  /// By node and upstream.
  private var shown: [Int: [UpstreamName: Position]] = [:]
  private var servers = PerServer(PerUpstream(Reached()))
  /// What the node knew when it sent a commit for the first time.
  private var knownAtAsking: [CommitKey: Knowledge.Known] = [:]

  private var isLostForGood = PerUpstream(false)

  package init() {}

  package mutating func observe(_ traceEvent: TraceEvent, in world: World) {
    switch traceEvent {
    case .started(let node): shown[node.number] = nil
    case .showed(let node, .upstream(let view)): show(view, node, world)
    // What is shown no more may have been deleted: another one of its name comes.
    case .showed(let node, .order(let names)):
      shown[node.number] = shown[node.number]?.filter { names.contains($0.key) }
    case .asked(let node, _, .commit(let commit)):
      // What nobody had in the settings when it was lost, nodes may have let go of.
      if isLostForGood[commit.upstream] { break }
      if knownAtAsking[commit.key] == nil {
        knownAtAsking[commit.key] = world.knowledge.of(node.run, on: commit.upstream)
      }
    case .began(let fault):
      servers.follow(fault, in: world)
      for upstream in world.upstreams where fault.losesDecisions(of: upstream) {
        servers[world.primary][upstream] = Reached()
        if world.owners(of: upstream).isEmpty { isLostForGood[upstream] = true }
      }
    case .performed(let performed):
      if let upstream = performed.deleted { servers[performed.server][upstream] = Reached() }
      if let commit = performed.accepted { check(commit, performed, world) }
    default: break
    }
  }

  private mutating func show(_ view: UpstreamView, _ node: SimulatedNode, _ world: World) {
    guard let head = view.head else { return }
    let position = Position(head)
    let before = shown[node.number, default: [:]].updateValue(position, forKey: view.name)
    if let before, position < before {
      object("\(node.name) shows \(position) after \(before)", of: view.name, in: world)
    }
  }

  private mutating func check(_ commit: Commit, _ performed: Performed, _ world: World) {
    let term = commit.holder.term
    let upstream = commit.upstream
    let reached = servers[performed.server][upstream]
    if term < reached.term || commit.lastSeq < reached.seq {
      object("\(commit.id), seq \(commit.lastSeq), comes after \(reached)", of: upstream, in: world)
    }
    servers[performed.server][upstream] = Reached(term: term, seq: commit.lastSeq)
    guard let known = knownAtAsking[commit.key] else { return }
    if term < known.term || commit.lastSeq < known.seq
      || (!commit.changes.isEmpty && commit.firstSeq <= known.seq)
    {
      object(
        "\(commit.id), seq \(commit.lastSeq), is below what its node knew: \(known)", of: upstream, in: world)
    }
  }
}
