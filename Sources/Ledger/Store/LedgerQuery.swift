package import Health

/// What a node may read of the ledger without waiting for it: see `LedgerStore.read`.
package enum LedgerQuery: Hashable, Sendable {
  /// Who leads these upstreams, and where they stand.
  case headReadings([UpstreamName])
  case snapshot(UpstreamName)
  /// What is left of an upstream of which keys were lost, the reports of these nodes among it.
  case remains(UpstreamName, by: [String])
  /// The reports of these nodes on an upstream.
  case reports(UpstreamName, by: [String])
  /// What these nodes are.
  case nodeInfos([String])
  /// The index of all upstreams.
  case upstreams

  /// It may be large, and there may be one for each of very many upstreams: it waits its turn, and nothing waits for it.
  package var isBulk: Bool {
    switch self {
    case .snapshot, .remains, .reports: true
    case .headReadings, .nodeInfos, .upstreams: false
    }
  }
}

/// What was read.
package enum LedgerReading: Hashable, Sendable {
  /// An upstream of which there is neither a lease nor a head is left out.
  case headReadings([UpstreamName: HeadReading])
  /// Nil: the ledger does not have the upstream.
  case snapshot(LedgerSnapshot?)
  case remains(LedgerRemains)
  case reports([String: NodeReports])
  case nodeInfos([String: NodeInfo])
  case upstreams([UpstreamName: String])
}

/// Who decides for an upstream now, and where it stands.
package struct HeadReading: Hashable, Sendable {
  /// Nil: nobody decides now.
  package var lease: Lease?
  /// Nil: nothing was ever decided, or it was lost. `isWhole` is not looked at, and true.
  package var head: Head?

  package init(lease: Lease? = nil, head: Head? = nil) {
    self.lease = lease
    self.head = head
  }
}

extension LedgerStore {
  /// Answers one query.
  package func read(_ query: LedgerQuery) async throws(LedgerError) -> LedgerReading {
    switch query {
    case .headReadings(let names): .headReadings(try await headReadings(of: names))
    case .snapshot(let name): .snapshot(try await snapshot(of: name))
    case .remains(let name, let nodes): .remains(try await remains(of: name, by: nodes))
    case .reports(let name, let nodes): .reports(try await reports(of: name, by: nodes))
    case .nodeInfos(let nodes): .nodeInfos(try await nodeInfos(of: nodes))
    case .upstreams: .upstreams(try await upstreams())
    }
  }
}

extension SharedState {
  /// Answers one query.
  package func read(_ query: LedgerQuery, at time: LedgerTime) -> LedgerReading {
    switch query {
    case .headReadings(let names): .headReadings(headReadings(of: names, at: time))
    case .snapshot(let name): .snapshot(snapshot(of: name))
    case .remains(let name, let nodes): .remains(remains(of: name, by: nodes, at: time))
    case .reports(let name, let nodes):
      .reports(pairs(nodes) { nodeReports(of: name, by: $0, at: time) })
    case .nodeInfos(let nodes): .nodeInfos(pairs(nodes) { nodeInfo(of: $0, at: time) })
    case .upstreams: .upstreams(digests)
    }
  }

  private func pairs<Value>(_ nodes: [String], _ value: (String) -> Value?) -> [String: Value] {
    var found: [String: Value] = [:]
    for node in nodes { found[node] = value(node) }
    return found
  }
}
