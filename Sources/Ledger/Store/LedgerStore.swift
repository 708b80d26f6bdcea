package import Health

/// What nodes share. Every implementation answers the same to the same requests; time is the ledger's own.
package protocol LedgerStore: Sendable {
  /// Performs each request, all of it or nothing, in the order given for each upstream.
  ///
  /// - Returns: one answer for each request, in the same order.
  func perform(_ requests: [LedgerRequest]) async -> [Result<LedgerAnswer, LedgerError>]

  /// Everything that is decided of an upstream, read at one moment; nil: the ledger does not have it.
  func snapshot(of upstream: UpstreamName) async throws(LedgerError) -> LedgerSnapshot?

  /// The events of an upstream with a sequence number above `after`, oldest first, at most `limit` (1 to 10,000).
  ///
  /// The oldest events are dropped past 10,000: a first event above `after + 1` tells of that.
  func events(of upstream: UpstreamName, after: UInt64, limit: Int) async throws(LedgerError) -> [LedgerEvent]
}

/// What may be asked of the ledger.
package enum LedgerRequest: Hashable, Sendable {
  /// Take the lease of an upstream if it is free, or if it still reads `replacing`.
  case acquire(LeaseBid)
  /// Prolong one's own lease: the answer is `granted` with the next beat, or `lost`.
  case renew(UpstreamName, LeaseHolder, forMs: Int)
  /// Give one's own lease up. Somebody else's is left alone.
  case release(UpstreamName, LeaseHolder)
  case commit(Commit)
  /// Forget the upstream and all its keys. Only the holder of its lease may.
  case delete(UpstreamName, LeaseHolder)

  package var upstream: UpstreamName {
    switch self {
    case .acquire(let bid): bid.upstream
    case .renew(let name, _, _), .release(let name, _), .delete(let name, _): name
    case .commit(let commit): commit.upstream
    }
  }
}

/// A candidate's request for a lease.
package struct LeaseBid: Hashable, Sendable {
  package var upstream: UpstreamName
  package var node: String
  package var run: String
  /// The highest term the candidate has ever seen for this upstream.
  package var highestTerm: UInt64
  /// How long the lease lasts without a renewal; 1 or more.
  package var forMs: Int
  /// The lease that the candidate saw unchanged for too long, and replaces; nil: only a free one is taken.
  package var replacing: Lease?

  package init(
    upstream: UpstreamName, node: String, run: String, highestTerm: UInt64, forMs: Int,
    replacing: Lease? = nil
  ) {
    self.upstream = upstream
    self.node = node
    self.run = run
    self.highestTerm = highestTerm
    self.forMs = forMs
    self.replacing = replacing
  }
}

/// What the ledger answers.
package enum LedgerAnswer: Hashable, Sendable {
  /// The lease is the asker's now; `head` is where the upstream stands.
  case granted(Lease, Head)
  /// The lease is another's.
  case held(Lease)
  /// The asker holds the lease no more; nil: nobody does.
  case lost(Lease?)
  case released
  /// Written: `seq` is the last number given out, `atMs` the ledger's time.
  case committed(seq: UInt64, atMs: Int64)
  /// This very commit had been written before.
  case already(seq: UInt64, atMs: Int64)
  /// The ledger stands at another sequence number; nothing was written.
  case outOfStep(Head)
  case deleted
}

/// Why a request has no answer.
package enum LedgerError: Error, Hashable, Sendable {
  /// It was not performed.
  case unreachable(String)
  /// Nobody knows whether it was performed.
  case outcomeUnknown(String)
}

/// What is decided of an upstream, read at one moment.
package struct LedgerSnapshot: Hashable, Sendable {
  package var head: Head
  package var definition: UpstreamDefinition?
  package var records: [PeerName: PeerRecord]

  package init(head: Head, definition: UpstreamDefinition?, records: [PeerName: PeerRecord]) {
    self.head = head
    self.definition = definition
    self.records = records
  }
}
