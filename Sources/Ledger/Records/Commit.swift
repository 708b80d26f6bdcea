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
  /// In order; each takes the next sequence number.
  package var changes: [LedgerEvent.Change]
  /// Records that are written. One whose `sinceMs` is 0 gets the time of the commit.
  package var records: [PeerRecord]
  /// Peers that are taken out.
  package var removed: [PeerName]
  /// The definition in force from now on; nil: as it was.
  package var definition: UpstreamDefinition?

  package init(
    upstream: UpstreamName, holder: LeaseHolder, id: String, expectedSeq: UInt64,
    changes: [LedgerEvent.Change] = [], records: [PeerRecord] = [], removed: [PeerName] = [],
    definition: UpstreamDefinition? = nil
  ) {
    self.upstream = upstream
    self.holder = holder
    self.id = id
    self.expectedSeq = expectedSeq
    self.changes = changes
    self.records = records
    self.removed = removed
    self.definition = definition
  }
}
