package import Health
package import Ledger

/// The status of upstreams as the ledger has it, for the pages that a node would serve.
package struct StatusReading: Sendable {
  package var views: [UpstreamView]
  /// Upstreams that nobody decides for now, by name, and milliseconds since their last commit.
  package var leaderless: [(upstream: UpstreamName, ageMs: Int64)]
  /// Upstreams that were asked for, and of which the ledger has nothing.
  package var missing: [UpstreamName]
  /// The nodes, for who drifts; nil: they were not asked for.
  package var cluster: ClusterView?

  /// - Parameters:
  ///   - upstreams: in the order in which they are shown. One that the ledger does not have is `missing`.
  ///   - expiryMs: milliseconds that a member may be silent; nil: nodes are not asked for.
  package static func read(
    _ store: any LedgerStore, _ upstreams: [UpstreamName], expiryMs: Int? = nil
  ) async throws(LedgerError) -> StatusReading {
    var reading = StatusReading(views: [], leaderless: [], missing: [])
    if let expiryMs { reading.cluster = try await ClusterReading.read(store, expiryMs: expiryMs).view }
    for upstream in upstreams {
      if let snapshot = try await store.snapshot(of: upstream) {
        reading.views.append(UpstreamView(upstream, snapshot))
      } else {
        reading.missing.append(upstream)
      }
    }
    let leases = try await store.leases(of: upstreams)
    for index in reading.views.indices {
      reading.views[index].lease = leases.leases[reading.views[index].name]?.lease
    }
    reading.leaderless = reading.views.compactMap { view in
      guard view.lease == nil else { return nil }
      return (view.name, max(0, leases.atMs - (view.head?.checkedMs ?? 0)))
    }
    return reading
  }

  /// Upstreams that are named one by one.
  private static let mostRemarks = 10

  /// A sentence for each upstream whose status nobody looks after, or is not there.
  package var remarks: [String] {
    if views.isEmpty, missing.isEmpty { return ["there are no upstreams in Redis"] }
    let remarks =
      leaderless.map { upstream, ageMs in
        "nobody leads \(upstream) now: this is its last known status, \(Words.age(ageMs)) old"
      } + missing.map { "Redis has no status of \($0): a leader writes it" }
    let rest = remarks.count - Self.mostRemarks
    return remarks.prefix(Self.mostRemarks) + (rest > 0 ? ["and \(rest) more of the kind"] : [])
  }
}

extension UpstreamView {
  /// Peers in the order of the definition in force; those that it does not have come last, by name.
  package init(_ name: UpstreamName, _ snapshot: LedgerSnapshot) {
    let named = snapshot.definition?.peers.map(\.name) ?? []
    let others = Set(snapshot.records.keys).subtracting(named).sorted()
    // What lies in the ledger is probed, even where its definition was lost.
    let checker = snapshot.definition?.checker ?? Checker(kind: .tcp)
    self.init(
      name: name, checker: checker, head: snapshot.head,
      peers: (named + others).compactMap { snapshot.records[$0].map { PeerView(record: $0) } })
  }
}
