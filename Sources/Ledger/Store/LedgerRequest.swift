package import Health

/// What may be asked of the ledger.
package enum LedgerRequest: Hashable, Sendable {
  /// Take the lease of an upstream if it is free, if it still reads `replacing`, or if it is the bidder's already.
  case acquire(LeaseBid)
  /// Prolong one's own lease: the answer is `granted` with the next beat, or `lost`.
  case renew(UpstreamName, LeaseHolder, forMs: Int)
  /// Give one's own lease up. Somebody else's is left alone.
  case release(UpstreamName, LeaseHolder)
  /// Give one's own lease to a run of another node: the answer is `handedOver`, or `lost`.
  case handOver(UpstreamName, LeaseHolder, to: Successor, forMs: Int)
  case commit(Commit)
  /// Forget the upstream and all its keys. Only the holder of its lease may, or anybody where it is gone already.
  ///
  /// - Parameter reportsOf: nodes whose reports on it go as well: nothing of before is left for when it comes again.
  case delete(UpstreamName, LeaseHolder, reportsOf: [String] = [])
  /// Tell what a node sees. All of it is forgotten after `forMs` without a further batch.
  case report(ReportBatch, forMs: Int)
  case override(OverrideRequest)
  case heartbeat(Heartbeat)
  /// Tell what a node is, for `forMs`, and repair the index of upstreams by those that it leads.
  case describe(NodeInfo, forMs: Int, leading: [UpstreamName: String])
  /// Nodes that are missing, as they were last heard, after the ledger has lost them. One that is a member, or that the
  /// ledger knows to be missing, is left as it is.
  case remember([Member])
  /// No longer miss this run of a node; or drop a silent member for good, if its pulse is still this one.
  case forget(Pulse)

  /// It may be large, or one of very many, and decides nothing by being early: it goes a way of its own, so that
  /// heartbeats and leases never wait behind it.
  package var isBulk: Bool {
    switch self {
    case .report: true
    case .commit(let commit): commit.records.count > Self.smallCommit
    case .acquire, .renew, .release, .handOver, .delete, .override, .heartbeat, .describe, .remember, .forget:
      false
    }
  }

  /// Records of a commit that holds nobody up: some 300 bytes each.
  private static let smallCommit = 500

  /// How much it tells, in reports or records.
  package var weight: Int {
    switch self {
    case .report(let batch, _): batch.reports.count
    case .commit(let commit): commit.records.count
    default: 0
    }
  }

  /// Nil: it is about nodes.
  package var upstream: UpstreamName? {
    switch self {
    case .acquire(let bid): bid.upstream
    case .renew(let name, _, _), .release(let name, _), .delete(let name, _, _), .handOver(let name, _, _, _):
      name
    case .commit(let commit): commit.upstream
    case .report(let batch, _): batch.upstream
    case .override(let order): order.upstream
    case .heartbeat, .describe, .remember, .forget: nil
    }
  }
}

/// A candidate's request for a lease.
package struct LeaseBid: Hashable, Sendable {
  package var upstream: UpstreamName
  package var node: String
  package var run: String
  /// The highest term the candidate has ever seen for this upstream, or the highest revision of an override: both are
  /// numbers of one clock, and none is given out again.
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

/// Who gets a lease.
package struct Successor: Hashable, Sendable {
  package var node: String
  package var run: String

  package init(node: String, run: String) {
    self.node = node
    self.run = run
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
  /// The lease is the successor's now.
  case handedOver(Lease)
  /// Written: `seq` is the last number given out, `atMs` the ledger's time.
  case committed(seq: UInt64, atMs: Int64)
  /// This very commit had been written before.
  case already(seq: UInt64, atMs: Int64)
  /// The ledger stands at another sequence number, or has lost something (`Head.isWhole`); nothing was written.
  case outOfStep(Head)
  case deleted
  /// The batch is there, from now or from an earlier time that it was sent.
  case reported(rev: UInt64)
  /// The ledger does not have the batch before this one: everything is to be sent, `isWhole`.
  case wholeWanted
  /// The override as it stands now.
  case overridden(Override)
  /// Another override stands than the order was to replace; nil: none.
  case otherOverride(Override?)
  /// All members, by name, the asker among them; and the nodes that are missing, by name, as they were last heard.
  case members([Member], missing: [Member])
  /// Another run under the asker's id lives, or has taken its place; nothing was written.
  case occupied(Member)
  case described
  case remembered
  /// The node is neither a member nor missing any more; as it was last heard.
  case forgotten(Member)
  /// It was not forgotten: it has been heard since.
  case lives(Member)
  /// Neither a member nor missing by this name and run.
  case notFound
}
