import Health

/// The keys of one upstream.
struct SharedUpstream: Sendable {
  private(set) var head: Head?
  private(set) var definition: UpstreamDefinition?
  private(set) var records: [PeerName: PeerRecord] = [:]
  private(set) var events = EventLog(keeping: SharedState.eventsKept)
  private var held: HeldLease?

  private struct HeldLease: Sendable {
    var lease: Lease
    var expiresMs: Int64
  }

  func lease(at time: LedgerTime) -> Lease? {
    guard let held, held.expiresMs > time.steadyMs else { return nil }
    return held.lease
  }

  mutating func acquire(_ bid: LeaseBid, at time: LedgerTime) -> LedgerAnswer {
    if let current = lease(at: time), current != bid.replacing { return .held(current) }
    let known = max(held?.lease.holder.term ?? 0, head?.term ?? 0, bid.highestTerm)
    let term = max(known, UInt64(clamping: time.wallMs)) + 1
    let lease = Lease(holder: LeaseHolder(term: term, node: bid.node, run: bid.run), beat: 1)
    held = HeldLease(lease: lease, expiresMs: time.steadyMs + Int64(bid.forMs))
    return .granted(lease, head ?? Head())
  }

  mutating func renew(_ holder: LeaseHolder, forMs: Int, at time: LedgerTime) -> LedgerAnswer {
    guard var lease = lease(at: time), lease.holder == holder else { return .lost(lease(at: time)) }
    lease.beat += 1
    held = HeldLease(lease: lease, expiresMs: time.steadyMs + Int64(forMs))
    return .granted(lease, head ?? Head())
  }

  mutating func release(_ holder: LeaseHolder, at time: LedgerTime) -> LedgerAnswer {
    guard let lease = lease(at: time), lease.holder == holder else { return .lost(lease(at: time)) }
    held = nil
    return .released
  }

  mutating func commit(_ commit: Commit, at time: LedgerTime) -> LedgerAnswer {
    let known = head ?? Head()
    if known.commit == commit.id { return .already(seq: known.seq, atMs: known.checkedMs) }
    guard let lease = lease(at: time), lease.holder == commit.holder else { return .lost(lease(at: time)) }
    guard known.seq == commit.expectedSeq else { return .outOfStep(known) }
    write(commit, seq: known.seq, atMs: time.wallMs)
    return .committed(seq: commit.expectedSeq + UInt64(commit.changes.count), atMs: time.wallMs)
  }

  private mutating func write(_ commit: Commit, seq: UInt64, atMs: Int64) {
    for (offset, change) in commit.changes.enumerated() {
      events.append(
        LedgerEvent(
          upstream: commit.upstream, seq: seq + UInt64(offset) + 1, term: commit.holder.term,
          run: commit.holder.run, leader: commit.holder.node, atMs: atMs, change: change))
    }
    for peer in commit.removed { records[peer] = nil }
    for var record in commit.records {
      if record.sinceMs == 0 { record.sinceMs = atMs }
      records[record.peer] = record
    }
    if let definition = commit.definition { self.definition = definition }
    head = Head(
      term: commit.holder.term, run: commit.holder.run, leader: commit.holder.node,
      seq: seq + UInt64(commit.changes.count), commit: commit.id,
      digest: commit.definition?.digest ?? head?.digest ?? "", checkedMs: atMs)
  }
}
