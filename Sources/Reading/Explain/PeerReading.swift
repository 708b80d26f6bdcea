package import Health
package import Ledger

/// All that the ledger tells about one peer, read once.
package struct PeerReading: Sendable {
  /// Milliseconds since 1970, by the ledger's clock.
  package var atMs: Int64
  package var upstream: UpstreamName
  package var record: PeerRecord
  package var snapshot: LedgerSnapshot
  /// Nil: nobody decides now.
  package var lease: TimedLease?
  package var members: [Member]
  /// Nodes that ended without leaving, as they were last heard.
  package var missing: [Member]
  package var nodeInfos: [String: NodeInfo]
  package var reportsByNode: [String: NodeReports]
  /// The last ones about the peer, oldest first.
  package var events: [LedgerEvent]
  /// Milliseconds that a member may be silent.
  package var expiryMs: Int

  package init(
    atMs: Int64, upstream: UpstreamName, record: PeerRecord, snapshot: LedgerSnapshot, lease: TimedLease?,
    members: [Member], missing: [Member] = [], nodeInfos: [String: NodeInfo],
    reportsByNode: [String: NodeReports],
    events: [LedgerEvent],
    expiryMs: Int
  ) {
    self.atMs = atMs
    self.upstream = upstream
    self.record = record
    self.snapshot = snapshot
    self.lease = lease
    self.members = members
    self.missing = missing
    self.nodeInfos = nodeInfos
    self.reportsByNode = reportsByNode
    self.events = events
    self.expiryMs = expiryMs
  }

  /// How many events are told.
  static let eventsTold = 5
  /// How many events of the upstream are read at a time to find them.
  private static let window: UInt64 = 2000

  /// Nil: the upstream does not have the peer.
  ///
  /// - Parameter snapshot: of the upstream.
  package static func read(
    _ store: any LedgerStore, _ upstream: UpstreamName, _ peer: PeerName, _ snapshot: LedgerSnapshot,
    expiryMs: Int
  ) async throws(LedgerError) -> PeerReading? {
    guard let record = snapshot.records[peer] else { return nil }
    let members = try await store.members()
    let named = Set(members.map(\.node))
    let missing = try await store.missing().filter { !named.contains($0.node) }
    let nodes = (members + missing).map(\.node)
    // The last leader may be no member any more; its reports lie there a while longer.
    let reporters = Set(nodes).union([snapshot.head.leader]).subtracting([""]).sorted()
    let reportsByNode = try await store.reports(of: upstream, by: reporters)
    let nodeInfos = try await store.nodeInfos(of: nodes)
    let events = try await events(store, upstream, peer, upTo: snapshot.head.seq)
    let leases = try await store.leases(of: [upstream])
    return PeerReading(
      atMs: leases.atMs, upstream: upstream, record: record, snapshot: snapshot,
      lease: leases.leases[upstream], members: members, missing: missing, nodeInfos: nodeInfos,
      reportsByNode: reportsByNode,
      events: events,
      expiryMs: expiryMs)
  }

  private static func events(
    _ store: any LedgerStore, _ upstream: UpstreamName, _ peer: PeerName, upTo last: UInt64
  ) async throws(LedgerError) -> [LedgerEvent] {
    var found: [LedgerEvent] = []
    var end = last
    while end > 0, found.count < eventsTold, last - end < UInt64(SharedState.eventsKept) {
      let start = end > window ? end - window : 0
      let some = try await store.events(of: upstream, after: start, limit: Int(end - start))
      // Where the ledger keeps nothing older, the answer is what was read before.
      let fresh = some.filter { $0.seq <= end }
      if fresh.isEmpty { break }
      found = fresh.filter { $0.change.peer == peer } + found
      end = start
    }
    return Array(found.suffix(eventsTold))
  }
}

extension PeerReading {
  /// What went wrong when nodes last looked up or read where peers of the upstream come from, by node.
  var sourceTroubles: [(node: String, text: String)] {
    members.compactMap { member in
      guard let nodeInfo = nodeInfos[member.node], nodeInfo.run == member.run,
        let text = nodeInfo.sourceTroubles[upstream.text]
      else { return nil }
      return (member.node, text)
    }.sorted { $0.node < $1.node }
  }

  /// Where the definition in force has it from; nil: its address stands in the settings.
  package var source: String? {
    snapshot.definition?.peers.first { $0.name == record.peer }?.source
  }

  /// An operator's last word, where the record does not follow it yet.
  package var waitingOverride: Override? {
    guard let stored = snapshot.overrides[record.peer] else { return nil }
    return record.follows(stored) ? nil : stored
  }
}

extension LedgerEvent.Change {
  /// Whom it is about; nil: the whole upstream.
  package var peer: PeerName? {
    switch self {
    case .transition(let transition): transition.peer
    case .override(let peer, _, _, _, _): peer
    case .definition, .resync, .panic: nil
    }
  }
}
