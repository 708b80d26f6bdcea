import Ledger

package struct NothingGoesBack: Invariant {
  package static let promise = """
    Terms and sequence numbers never go back for a reader: not in what a node shows, not on a server that has lost \
    nothing, and no commit is below what the node that made it had ever seen.
    """
  package static let looksAt: Sight.Kinds = [.started, .took, .asked, .performed, .showed, .began]

  private struct Reached {
    var term: UInt64 = 0
    var seq: UInt64 = 0
  }

  private var knowledge = Knowledge()
  private var shown: [Int: Position] = [:]
  private var servers = PerServer(Reached())
  /// What the node knew when it sent a commit for the first time.
  private var knownAtAsking: [String: Knowledge.Known] = [:]

  package init() {}

  package mutating func see(_ sight: Sight, in world: World) {
    knowledge.follow(sight)
    switch sight {
    case .started(let node): shown[node.number] = nil
    case .showed(let node, .upstream(let view)): show(view.head, node, world)
    case .asked(let node, _, .commit(let commit)):
      if knownAtAsking[commit.id] == nil { knownAtAsking[commit.id] = knowledge.of(node.run) }
    case .began(let fault):
      servers.follow(fault, in: world)
      if fault.losesDecisions { servers[world.primary] = Reached() }
    case .performed(let performed): if let commit = performed.accepted { check(commit, performed, world) }
    default: break
    }
  }

  private mutating func show(_ head: Head?, _ node: SimulatedNode, _ world: World) {
    guard let head else { return }
    let position = Position(head)
    if let before = shown.updateValue(position, forKey: node.number), position < before {
      object("\(node.name) shows \(position) after \(before)", in: world)
    }
  }

  private mutating func check(_ commit: Commit, _ performed: Performed, _ world: World) {
    let term = commit.holder.term
    let reached = servers[performed.server]
    if term < reached.term || commit.lastSeq < reached.seq {
      object("\(commit.id), seq \(commit.lastSeq), comes after \(reached)", in: world)
    }
    servers[performed.server] = Reached(term: term, seq: commit.lastSeq)
    guard let known = knownAtAsking[commit.id] else { return }
    if term < known.term || commit.lastSeq < known.seq
      || (!commit.changes.isEmpty && commit.firstSeq <= known.seq)
    {
      object("\(commit.id), seq \(commit.lastSeq), is below what its node knew: \(known)", in: world)
    }
  }
}
