package import Health

/// The shared state as a value: what every ledger means, without a clock, a thread or a wire.
package struct SharedState: Sendable {
  /// How many events of an upstream are kept.
  package static let eventsKept = 10_000

  private var upstreams: [UpstreamName: SharedUpstream] = [:]

  package init() {}

  /// Performs one request, all of it or nothing.
  package mutating func perform(_ request: LedgerRequest, at time: LedgerTime) -> LedgerAnswer {
    switch request {
    case .acquire(let bid):
      upstreams[bid.upstream, default: SharedUpstream()].acquire(bid, at: time)
    case .renew(let name, let holder, let forMs):
      with(name) { $0.renew(holder, forMs: forMs, at: time) }
    case .release(let name, let holder):
      with(name) { $0.release(holder, at: time) }
    case .commit(let commit):
      with(commit.upstream) { $0.commit(commit, at: time) }
    case .delete(let name, let holder):
      delete(name, holder, at: time)
    }
  }

  package func snapshot(of upstream: UpstreamName) -> LedgerSnapshot? {
    guard let found = upstreams[upstream], let head = found.head else { return nil }
    return LedgerSnapshot(head: head, definition: found.definition, records: found.records)
  }

  package func events(of upstream: UpstreamName, after: UInt64, limit: Int) -> [LedgerEvent] {
    guard let events = upstreams[upstream]?.events else { return [] }
    return events.after(after, limit: limit)
  }

  private mutating func with(
    _ name: UpstreamName, _ body: (inout SharedUpstream) -> LedgerAnswer
  ) -> LedgerAnswer {
    guard upstreams[name] != nil else { return .lost(nil) }
    return body(&upstreams[name, default: SharedUpstream()])
  }

  private mutating func delete(
    _ name: UpstreamName, _ holder: LeaseHolder, at time: LedgerTime
  ) -> LedgerAnswer {
    let current = upstreams[name]?.lease(at: time)
    guard current?.holder == holder else { return .lost(current) }
    upstreams[name] = nil
    return .deleted
  }
}

/// The ledger's clocks, read at one moment.
package struct LedgerTime: Hashable, Sendable {
  /// Milliseconds since 1970: for display and for terms.
  package var wallMs: Int64
  /// Milliseconds of a clock that never goes back: for expiry.
  package var steadyMs: Int64

  package init(wallMs: Int64, steadyMs: Int64) {
    self.wallMs = wallMs
    self.steadyMs = steadyMs
  }
}
