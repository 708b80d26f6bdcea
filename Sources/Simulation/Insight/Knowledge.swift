import Cluster
import Health
import Ledger

/// What each run of a node has been told of where each upstream stands.
struct Knowledge {
  struct Known {
    var term: UInt64 = 0
    var seq: UInt64 = 0
    /// The highest pair of term and sequence.
    var head = Position()

    mutating func observe(_ position: Position) {
      observe(term: position.term)
      seq = max(seq, position.seq)
      if head < position { head = position }
    }

    mutating func observe(term: UInt64) { self.term = max(self.term, term) }
  }

  private var known: [RunOfUpstream: Known] = [:]
  /// The highest term of each upstream when it was last deleted: who is told of it late is not told of what comes next.
  private var deletedTerm = PerUpstream<UInt64>(0)

  func of(_ run: String, on upstream: UpstreamName) -> Known {
    known[RunOfUpstream(run: run, upstream: upstream)] ?? Known()
  }

  private mutating func note(_ run: String, _ upstream: UpstreamName, _ body: (inout Known) -> Void) {
    let key = RunOfUpstream(run: run, upstream: upstream)
    var new = known[key] ?? Known()
    body(&new)
    if new.term > deletedTerm[upstream] { known[key] = new }
  }

  /// What was known of an upstream that was deleted is about another one from then on.
  private mutating func forget(_ upstream: UpstreamName) {
    for (key, known) in known where key.upstream == upstream {
      deletedTerm[upstream] = max(deletedTerm[upstream], known.term)
      self.known[key] = nil
    }
  }

  mutating func follow(_ traceEvent: TraceEvent) {
    switch traceEvent {
    case .took(let node, let event): receive(event, node)
    // Its own commits, too.
    case .showed(let node, .upstream(let view)):
      if let head = view.head { note(node.run, view.name) { $0.observe(Position(head)) } }
    // Who shows it no more has found it deleted, or lost where nobody has it: another one may come.
    case .showed(let node, .order(let names)):
      for key in known.keys where key.run == node.run && !names.contains(key.upstream) { known[key] = nil }
    // Where another server than the one that counts has deleted it, those who were told so show it no more.
    case .performed(let performed):
      if performed.isPrimary, let upstream = performed.deleted { forget(upstream) }
    default: break
    }
  }

  private mutating func receive(_ event: MachineEvent, _ node: SimulatedNode) {
    switch event {
    case .heard(.event(let event)):
      note(node.run, event.upstream) { $0.observe(Position(term: event.term, seq: event.seq)) }
    case .heard(.control(.handOver(let upstream, let lease))):
      note(node.run, upstream) { $0.observe(term: lease.holder.term) }
    case .answered(let ticket, .success(.granted(let lease, let head))):
      guard let upstream = ticket.upstream else { return }
      note(node.run, upstream) { known in
        known.observe(Position(head))
        known.observe(term: lease.holder.term)
      }
    case .read(let ticket, .success(.snapshot(let snapshot?))):
      guard let upstream = ticket.upstream else { return }
      note(node.run, upstream) { $0.observe(Position(snapshot.head)) }
    case .read(_, .success(.headReadings(let headReadings))):
      for (upstream, headReading) in headReadings {
        note(node.run, upstream) { known in
          if let head = headReading.head { known.observe(Position(head)) }
          if let lease = headReading.lease { known.observe(term: lease.holder.term) }
        }
      }
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
  /// The upstream that was deleted just now.
  var deleted: UpstreamName? {
    guard case .delete(let upstream, _, _) = request, case .deleted = answer else { return nil }
    return upstream
  }

  /// The commit that was accepted just now; nil: it was something else, or nothing came of it.
  var accepted: Commit? {
    guard case .commit(let commit) = request, case .committed = answer else { return nil }
    return commit
  }
}

extension Commit {
  var key: CommitKey { CommitKey(upstream: upstream, id: id) }
}
