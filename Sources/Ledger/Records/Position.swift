import Health

/// Where an upstream stands, or an event does: under whose lease, and how far.
///
/// Terms alone do not tell who decided. Redis may lose them, its clock may go back, and it may have two primaries for a
/// while: then two runs get the same term. Term and run together are never given out twice (decision 32).
package struct Position: Hashable, Sendable {
  package var term: UInt64
  package var run: String
  /// The number of the last event.
  package var seq: UInt64

  package init(term: UInt64, run: String, seq: UInt64) {
    self.term = term
    self.run = run
    self.seq = seq
  }

  private func isOfLeader(_ other: Position) -> Bool { (term, run) == (other.term, other.run) }

  // MARK: Another position

  /// Where another position lies, seen from one.
  package enum Relation: Hashable, Sendable {
    case same, behind, ahead
    /// Two runs have the same term: neither follows from the other, whatever their numbers.
    case otherBranch
  }

  package func relation(of other: Position) -> Relation {
    if other == self { return .same }
    if other.term == term, other.run != run { return .otherBranch }
    return (term, seq) < (other.term, other.seq) ? .ahead : .behind
  }

  // MARK: An event

  /// What an event is to a reader that stands here.
  package enum Judgement: Hashable, Sendable {
    /// It follows at once: it tells all that has changed.
    case next
    /// It was before this.
    case seen
    /// Something between is missing, or the event does not tell all: everything is to be read again.
    case gap
    /// It is not of the leader whose events were read: everything is to be read again.
    case otherLeader
  }

  package func judge(_ event: LedgerEvent) -> Judgement { judge(event.position, event.change) }

  package func judge(_ event: Position, _ change: LedgerEvent.Change) -> Judgement {
    guard isOfLeader(event) else {
      // Older news, from before the last reading, is no news.
      return event.term < term && event.seq <= seq ? .seen : .otherLeader
    }
    if event.seq <= seq { return .seen }
    return event.seq == seq + 1 && change != .resync ? .next : .gap
  }
}

extension Head {
  package var position: Position { Position(term: term, run: run, seq: seq) }
}

extension LedgerEvent {
  package var position: Position { Position(term: term, run: run, seq: seq) }
}
