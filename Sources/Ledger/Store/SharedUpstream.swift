import Health

/// The keys of one upstream.
struct SharedUpstream: Sendable {
  var head: Head?
  /// How much belongs to the head: what is missing was lost.
  var counts = Counts()
  /// The revision of the last override.
  var words: UInt64 = 0
  /// `Head.liftedRev`.
  var liftedRev: UInt64 = 0
  /// The highest term that was ever granted.
  var grantedTerm: UInt64 = 0
  var definition: UpstreamDefinition?
  var records: [PeerName: PeerRecord] = [:]
  var status: [PeerName: PeerState] = [:]
  var overrides: [PeerName: Override] = [:]
  var events = EventLog(keeping: SharedState.eventsKept)
  var held: HeldLease?

  struct HeldLease: Sendable {
    var lease: Lease
    var expiresMs: Int64
  }

  struct Counts: Sendable {
    var peers = 0
    var overrides = 0
  }

  func lease(at time: LedgerTime) -> Lease? {
    guard let held, held.expiresMs > time.steadyMs else { return nil }
    return held.lease
  }

  /// Somebody has led it, and it was not deleted since.
  var isLed: Bool { head != nil || grantedTerm > 0 }

  private mutating func hold(_ lease: Lease, _ forMs: Int, at time: LedgerTime) {
    held = HeldLease(lease: lease, expiresMs: time.steadyMs + Int64(forMs))
  }

  /// The head as it is stored.
  var stored: Head? {
    guard var head else { return nil }
    head.words = words
    head.liftedRev = liftedRev
    return head
  }

  var hasAllOverrides: Bool { head != nil && overrides.count == counts.overrides }

  /// The head with what the ledger can tell of its state.
  var told: Head? {
    guard var head = stored else { return nil }
    head.isWhole =
      records.count == counts.peers && status.count == counts.peers && hasAllOverrides
      && (head.digest.isEmpty || definition != nil)
    return head
  }

  /// Where a next commit has to begin: the stream may know of higher numbers than the head.
  private var currentHead: Head {
    var head = told ?? Head()
    head.seq = max(head.seq, events.top)
    return head
  }

  // MARK: Leases

  mutating func acquire(_ bid: LeaseBid, at time: LedgerTime) -> LedgerAnswer {
    let current = lease(at: time)
    let isOwn = current?.holder.node == bid.node && current?.holder.run == bid.run
    // A fail-over may bring an own lease back that is older than what its holder has seen since.
    if let current, isOwn, current.holder.term >= min(bid.highestTerm, Lease.highestTerm) {
      // The answer to an earlier bid was lost.
      let next = Lease(holder: current.holder, beat: current.beat + 1)
      hold(next, bid.forMs, at: time)
      return .granted(next, currentHead)
    }
    if let current, !isOwn, current != bid.replacing { return .held(current) }
    let term = nextTerm(above: max(current?.holder.term ?? 0, bid.highestTerm), at: time)
    let lease = Lease(holder: LeaseHolder(term: term, node: bid.node, run: bid.run), beat: 1)
    hold(lease, bid.forMs, at: time)
    return .granted(lease, currentHead)
  }

  private mutating func nextTerm(above known: UInt64, at time: LedgerTime) -> UInt64 {
    let highest = max(known, grantedTerm, head?.term ?? 0, UInt64(clamping: time.wallMs))
    grantedTerm = min(highest, Lease.highestTerm - 1) + 1
    return grantedTerm
  }

  mutating func renew(_ holder: LeaseHolder, forMs: Int, at time: LedgerTime) -> LedgerAnswer {
    guard var lease = lease(at: time), lease.holder == holder else { return .lost(lease(at: time)) }
    lease.beat += 1
    hold(lease, forMs, at: time)
    return .granted(lease, told ?? Head())
  }

  mutating func release(_ holder: LeaseHolder, at time: LedgerTime) -> LedgerAnswer {
    guard let lease = lease(at: time), lease.holder == holder else { return .lost(lease(at: time)) }
    held = nil
    return .released
  }

  mutating func handOver(
    _ holder: LeaseHolder, to successor: Successor, forMs: Int, at time: LedgerTime
  ) -> LedgerAnswer {
    guard let lease = lease(at: time), lease.holder == holder else { return .lost(lease(at: time)) }
    let term = nextTerm(above: holder.term, at: time)
    let next = Lease(holder: LeaseHolder(term: term, node: successor.node, run: successor.run), beat: 1)
    hold(next, forMs, at: time)
    return .handedOver(next)
  }

  // MARK: Decisions

  mutating func commit(_ commit: Commit, at time: LedgerTime) -> LedgerAnswer {
    if let head, commit.isSettled(by: head.commit) { return .already(seq: head.seq, atMs: head.checkedMs) }
    guard let lease = lease(at: time), lease.holder == commit.holder else { return .lost(lease(at: time)) }
    let known = currentHead
    // Without a head, but with events, it was lost: a commit of some records must not pass for the first one of all.
    let isWhole = known.isWhole && (head != nil || known.seq == 0)
    let isNext = commit.after.isEmpty || head == nil || commit.after == head?.commit
    guard known.seq == commit.expectedSeq, commit.isResync || isWhole && isNext else {
      return .outOfStep(known)
    }
    write(commit, atMs: time.wallMs)
    return .committed(seq: commit.lastSeq, atMs: time.wallMs)
  }

  private mutating func write(_ commit: Commit, atMs: Int64) {
    for event in commit.events(atMs: atMs) { events.append(event) }
    // A resync, or the first commit, holds everything: nothing from before may shine through.
    let isFresh = commit.isResync || head == nil
    if isFresh {
      records = [:]
      status = [:]
      definition = nil
    }
    liftedRev = max(liftedRev, min(commit.liftedRev, Lease.highestTerm))
    if !commit.removed.isEmpty {
      // No override of before is heard of again: neither one that is forgotten here, nor one that was lost before.
      liftedRev = nextRevision(above: commit.holder.term, atMs: atMs)
    }
    for peer in commit.removed {
      records[peer] = nil
      status[peer] = nil
      overrides[peer] = nil
    }
    for (peer, override) in commit.overrides where override.rev > overrides[peer]?.rev ?? 0 {
      overrides[peer] = override
    }
    for var record in commit.records {
      if record.sinceMs == 0 { record.sinceMs = atMs }
      records[record.peer] = record
      status[record.peer] = record.status
    }
    if let definition = commit.definition { self.definition = definition }
    let digest = commit.definition?.digest ?? (isFresh ? "" : head?.digest ?? "")
    head = Head(
      term: commit.holder.term, run: commit.holder.run, leader: commit.holder.node, seq: commit.lastSeq,
      commit: commit.id, digest: digest, checkedMs: atMs)
    head?.panic = commit.panic
    counts = Counts(peers: records.count, overrides: overrides.count)
  }

  mutating func override(_ order: OverrideRequest, at time: LedgerTime) -> LedgerAnswer {
    let stored = overrides[order.peer]
    let rev = stored?.rev ?? 0
    if let expected = order.replacingRev, expected != rev {
      // It may be this very override, sent again because its answer was lost; what is said already need not be said again.
      if let stored,
        (stored.state, stored.by, stored.why) == (order.state, order.by, order.why)
      {
        return .overridden(stored)
      }
      return .otherOverride(stored)
    }
    if stored == nil, head != nil { counts.overrides += 1 }
    words = nextRevision(above: rev, atMs: time.wallMs)
    let override = Override(
      state: order.state, by: order.by, why: order.why, atMs: time.wallMs, rev: words)
    overrides[order.peer] = override
    return .overridden(override)
  }

  /// Above all revisions and terms that the ledger knows of: a leader's term is above all that it had ever seen.
  private func nextRevision(above known: UInt64, atMs: Int64) -> UInt64 {
    let highest = max(known, words, liftedRev, grantedTerm, head?.term ?? 0, UInt64(clamping: atMs))
    return min(highest, Lease.highestTerm - 1) + 1
  }
}
