package import Health

/// The shared state as a value: what every ledger means, without a clock, a thread or a wire.
package struct SharedState: Sendable {
  /// How many events of an upstream are kept.
  package static let eventsKept = 10_000
  /// Milliseconds that a node is missed: a day.
  package static let missedMs = 86_400_000

  private var upstreams: [UpstreamName: SharedUpstream] = [:]
  private var nodes = SharedNodes()
  private var index: [UpstreamName: String] = [:]

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
    case .handOver(let name, let holder, let successor, let forMs):
      with(name) { $0.handOver(holder, to: successor, forMs: forMs, at: time) }
    case .commit(let commit): perform(commit, at: time)
    case .delete(let name, let holder, let nodes): delete(name, holder, reportsOf: nodes, at: time)
    case .report(let batch, let forMs): nodes.report(batch, forMs: forMs, at: time)
    case .override(let order):
      upstreams[order.upstream, default: SharedUpstream()].override(order, at: time)
    case .heartbeat(let heartbeat): nodes.heartbeat(heartbeat, at: time)
    case .describe(let nodeInfo, let forMs, let leading):
      describe(nodeInfo, forMs, leading, at: time)
    case .remember(let gone): nodes.remember(gone)
    case .forget(let pulse): nodes.forget(pulse)
    }
  }

  private mutating func with(
    _ name: UpstreamName, _ body: (inout SharedUpstream) -> LedgerAnswer
  ) -> LedgerAnswer {
    guard upstreams[name] != nil else { return .lost(nil) }
    return body(&upstreams[name, default: SharedUpstream()])
  }

  private mutating func perform(_ commit: Commit, at time: LedgerTime) -> LedgerAnswer {
    let answer = with(commit.upstream) { $0.commit(commit, at: time) }
    switch answer {
    case .committed, .already:
      if let definition = commit.definition { index[commit.upstream] = definition.digest }
    default: break
    }
    return answer
  }

  private mutating func delete(
    _ name: UpstreamName, _ holder: LeaseHolder, reportsOf reporters: [String], at time: LedgerTime
  ) -> LedgerAnswer {
    let current = upstreams[name]?.lease(at: time)
    // Without lease and head it was deleted before, and the answer was lost; or nobody has ever led it.
    let isGone = current == nil && upstreams[name]?.isLed != true
    guard isGone || current?.holder == holder else { return .lost(current) }
    upstreams[name] = nil
    index[name] = nil
    for node in reporters { nodes.loseSheet(of: name, by: node) }
    return .deleted
  }

  private mutating func describe(
    _ nodeInfo: NodeInfo, _ forMs: Int, _ leading: [UpstreamName: String], at time: LedgerTime
  ) -> LedgerAnswer {
    nodes.describe(nodeInfo, forMs: forMs, at: time)
    index.merge(leading) { $1 }
    return .described
  }

  // MARK: Reading

  package func snapshot(of upstream: UpstreamName) -> LedgerSnapshot? {
    guard let found = upstreams[upstream], let head = found.told else { return nil }
    return LedgerSnapshot(
      head: head, definition: found.definition, records: found.records, status: found.status,
      overrides: found.overrides)
  }

  package func remains(of upstream: UpstreamName, by nodes: [String], at time: LedgerTime) -> LedgerRemains {
    let found = upstreams[upstream] ?? SharedUpstream()
    var remains = LedgerRemains(
      definition: found.definition, records: found.records, status: found.status, overrides: found.overrides,
      liftedRev: found.hasAllOverrides ? found.liftedRev : 0,
      events: found.events.after(0, limit: Self.eventsKept))
    for node in nodes { remains.reports[node] = nodeReports(of: upstream, by: node, at: time) }
    return remains
  }

  package func head(of upstream: UpstreamName) -> Head? { upstreams[upstream]?.told }

  package func headReadings(of names: [UpstreamName], at time: LedgerTime) -> [UpstreamName: HeadReading] {
    var headReadings: [UpstreamName: HeadReading] = [:]
    for name in names {
      guard let upstream = upstreams[name] else { continue }
      let lease = upstream.lease(at: time)
      guard lease != nil || upstream.head != nil else { continue }
      headReadings[name] = HeadReading(lease: lease, head: upstream.stored)
    }
    return headReadings
  }

  package func events(of upstream: UpstreamName, after: UInt64, limit: Int) -> [LedgerEvent] {
    guard let events = upstreams[upstream]?.events else { return [] }
    return events.after(after, limit: limit)
  }

  package func nodeReports(of upstream: UpstreamName, by node: String, at time: LedgerTime) -> NodeReports? {
    nodes.nodeReports(of: upstream, by: node, at: time)
  }

  package var members: [Member] { nodes.sortedMembers }

  package var missing: [Member] { nodes.sortedMissing }

  package func nodeInfo(of node: String, at time: LedgerTime) -> NodeInfo? {
    nodes.nodeInfo(of: node, at: time)
  }

  package var digests: [UpstreamName: String] { index }

  /// A lease, and how long it still lasts, nil without an end; nil: nobody holds it.
  package func lease(of upstream: UpstreamName, at time: LedgerTime) -> (lease: Lease, forMs: Int64?)? {
    guard let held = upstreams[upstream]?.held, held.expiresMs > time.steadyMs else { return nil }
    return (held.lease, held.expiresMs == .max ? nil : held.expiresMs - time.steadyMs)
  }

  // MARK: Losses

  /// Loses a key, as a ledger does that was flushed or that met a strange hand.
  package mutating func lose(_ key: LedgerKey) {
    switch key {
    case .members: nodes.loseMembers()
    case .missing: nodes.loseMissing()
    case .index: index = [:]
    case .nodeInfo(let node): nodes.loseInfo(of: node)
    case .reports(let upstream, let node): nodes.loseSheet(of: upstream, by: node)
    case .of(let upstream, let part): upstreams[upstream]?.lose(part)
    }
  }

  /// As if a version had written that does not know of it.
  package mutating func loseWords(of upstream: UpstreamName) { upstreams[upstream]?.words = 0 }

  /// Leaves an entry in the index, as somebody does who deletes an upstream and ends before the index is written.
  package mutating func leaveEntry(of upstream: UpstreamName) { index[upstream] = "left" }

  /// Makes a lease last until somebody takes it, as a strange hand does that takes a key's end away.
  package mutating func persistLease(of upstream: UpstreamName, at time: LedgerTime) {
    guard lease(of: upstream, at: time) != nil else { return }
    upstreams[upstream]?.held?.expiresMs = .max
  }

  /// Drops what has ended, as a server does soon by itself: a clock that goes back, `steadyMs` of an earlier moment, does
  /// not bring it back. A replica drops nothing before its primary does.
  package mutating func forgetEnded(at time: LedgerTime) {
    for name in upstreams.keys where upstreams[name]?.lease(at: time) == nil { upstreams[name]?.held = nil }
    nodes.forgetEnded(at: time)
  }

  /// Puts an upstream back to where it stood in `earlier`, as a replica does that was behind when it took over.
  package mutating func restore(_ upstream: UpstreamName, from earlier: SharedState) {
    upstreams[upstream] = earlier.upstreams[upstream]
  }
}

/// One key of the ledger.
package enum LedgerKey: Hashable, Sendable {
  case members
  case missing
  case index
  case nodeInfo(node: String)
  case reports(UpstreamName, node: String)
  case of(UpstreamName, Part)

  /// What there is of each upstream.
  package enum Part: String, CaseIterable, Hashable, Sendable {
    case lease, head, definition, status, evidence, overrides, events
  }
}

extension SharedUpstream {
  fileprivate mutating func lose(_ part: LedgerKey.Part) {
    switch part {
    case .lease: held = nil
    case .head:
      head = nil
      words = 0
      liftedRev = 0
      grantedTerm = 0
      counts = Counts()
    case .definition: definition = nil
    case .status: status = [:]
    case .evidence: records = [:]
    case .overrides: overrides = [:]
    case .events: events = EventLog(keeping: SharedState.eventsKept)
    }
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
