import Cluster
import Ledger

/// What each run of a node has been told of where the upstream stands.
struct Knowledge {
  struct Known {
    var term: UInt64 = 0
    var seq: UInt64 = 0
    /// The highest pair of term and sequence.
    var head = Position()

    mutating func see(_ position: Position) {
      see(term: position.term)
      seq = max(seq, position.seq)
      if head < position { head = position }
    }

    mutating func see(term: UInt64) { self.term = max(self.term, term) }
  }

  private var known: [String: Known] = [:]

  func of(_ run: String) -> Known { known[run] ?? Known() }

  mutating func follow(_ sight: Sight) {
    switch sight {
    case .took(let node, let event): take(event, node)
    // Its own commits, too.
    case .showed(let node, .upstream(let view)):
      if let head = view.head { known[node.run, default: Known()].see(Position(head)) }
    default: break
    }
  }

  private mutating func take(_ event: MachineEvent, _ node: SimulatedNode) {
    switch event {
    case .heard(.event(let event)):
      known[node.run, default: Known()].see(Position(term: event.term, seq: event.seq))
    case .heard(.control(.handOver(_, let lease))):
      known[node.run, default: Known()].see(term: lease.holder.term)
    case .answered(_, .success(.granted(let lease, let head))):
      known[node.run, default: Known()].see(Position(head))
      known[node.run, default: Known()].see(term: lease.holder.term)
    case .read(_, .success(.snapshot(let snapshot?))):
      known[node.run, default: Known()].see(Position(snapshot.head))
    case .read(_, .success(.standings(let standings))):
      guard let standing = standings[Setup.upstream] else { return }
      if let head = standing.head { known[node.run, default: Known()].see(Position(head)) }
      if let lease = standing.lease { known[node.run, default: Known()].see(term: lease.holder.term) }
    default: break
    }
  }
}

/// Where an upstream stands: who decided comes before how far.
struct Position: Comparable {
  var term: UInt64 = 0
  var seq: UInt64 = 0

  static func < (left: Position, right: Position) -> Bool {
    (left.term, left.seq) < (right.term, right.seq)
  }
}

extension Position {
  init(_ head: Head) { self.init(term: head.term, seq: head.seq) }
}

extension Performed {
  /// The commit that was accepted just now; nil: it was something else, or nothing came of it.
  var accepted: Commit? {
    guard case .commit(let commit) = request, case .committed = answer else { return nil }
    return commit
  }
}
