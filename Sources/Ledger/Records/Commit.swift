package import Health

/// What a leader wants written, all of it or nothing.
package struct Commit: Hashable, Sendable {
  package var upstream: UpstreamName
  /// Must hold the lease when the commit arrives.
  package var holder: LeaseHolder
  /// `term.run.counter`: the same commit sent twice is done once.
  package var id: String
  /// The sequence number that the leader knows; another one in the ledger refuses the commit.
  package var expectedSeq: UInt64
  /// The id of the last commit that the leader knows: where another one was the last, the ledger does not hold what this
  /// one builds on, and refuses it. Empty: whichever it was. A resync builds on nothing.
  package var after: String
  /// In order; each takes the next sequence number.
  package var changes: [LedgerEvent.Change]
  /// Records that are written. One whose `sinceMs` is 0 gets the time of the commit.
  package var records: [PeerRecord]
  /// Peers that are taken out.
  package var removed: [PeerName]
  /// The definition in force from now on; nil: as it was.
  package var definition: UpstreamDefinition?
  /// The highest sequence number that the leader knows of: events get higher ones, also where the ledger has lost
  /// its own.
  package var floorSeq: UInt64
  /// Overrides that the leader knows. One with a higher revision in the ledger stays.
  package var overrides: [PeerName: Override]
  /// The highest `Head.liftedRev` that the leader knows of, so that a ledger which has lost its own has it again.
  package var liftedRev: UInt64
  /// `Head.panic` from now on.
  package var panic: Bool

  package init(
    upstream: UpstreamName, holder: LeaseHolder, id: String, expectedSeq: UInt64,
    after: String = "", changes: [LedgerEvent.Change] = [], records: [PeerRecord] = [],
    removed: [PeerName] = [],
    definition: UpstreamDefinition? = nil, floorSeq: UInt64 = 0, overrides: [PeerName: Override] = [:],
    liftedRev: UInt64 = 0, panic: Bool = false
  ) {
    self.upstream = upstream
    self.holder = holder
    self.id = id
    self.expectedSeq = expectedSeq
    self.after = after
    self.changes = changes
    self.records = records
    self.removed = removed
    self.definition = definition
    self.floorSeq = floorSeq
    self.overrides = overrides
    self.liftedRev = liftedRev
    self.panic = panic
  }

  /// Everything is in it, and takes the place of what the ledger holds.
  package var isResync: Bool { changes.contains(.resync) }

  /// The number of the first event.
  package var firstSeq: UInt64 { max(expectedSeq, floorSeq) + 1 }

  /// The number of the last event, or the expected one where there is none.
  package var lastSeq: UInt64 {
    changes.isEmpty ? expectedSeq : firstSeq + UInt64(changes.count) - 1
  }

  /// It is the last one that was done, or came before that one in the same term and run: then it was long on its way,
  /// on a connection that has broken since, and is settled without it.
  func isSettled(by last: String) -> Bool {
    if id == last { return true }
    guard let own = Self.number(of: id), let other = Self.number(of: last) else { return false }
    return own.series == other.series && own.count <= other.count
  }

  private static func number(of id: String) -> (series: Substring, count: UInt64)? {
    guard let point = id.lastIndex(of: "."), point > id.startIndex else { return nil }
    let digits = id[id.index(after: point)...]
    guard digits.utf8.count <= 14, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }),
      let count = UInt64(digits)
    else { return nil }
    return (id[..<point], count)
  }

  /// The events as they are written at `atMs`.
  package func events(atMs: Int64) -> [LedgerEvent] {
    changes.enumerated().map { offset, change in
      LedgerEvent(
        upstream: upstream, seq: firstSeq + UInt64(offset), term: holder.term, run: holder.run,
        leader: holder.node,
        atMs: atMs, change: change)
    }
  }
}
