package import Health
package import Ledger

/// The status of upstreams as the ledger has it, for the pages that a node would serve.
package struct StatusReading: Sendable {
  package var views: [UpstreamView]
  /// Upstreams that nobody decides for now, by name, and milliseconds since their last commit.
  package var leaderless: [(upstream: UpstreamName, ageMs: Int64)]

  /// - Parameter upstreams: in the order in which they are shown. One that the ledger does not have is left out.
  package static func read(
    _ store: any LedgerStore, _ upstreams: [UpstreamName]
  ) async throws(LedgerError) -> StatusReading {
    var reading = StatusReading(views: [], leaderless: [])
    for upstream in upstreams {
      guard let snapshot = try await store.snapshot(of: upstream) else { continue }
      reading.views.append(UpstreamView(upstream, snapshot))
    }
    let leases = try await store.leases(of: upstreams)
    reading.leaderless = reading.views.compactMap { view in
      guard leases.leases[view.name] == nil else { return nil }
      return (view.name, max(0, leases.atMs - (view.head?.checkedMs ?? 0)))
    }
    return reading
  }

  /// Upstreams that are named one by one.
  private static let mostRemarks = 10

  /// A sentence for each upstream whose status nobody looks after.
  package var remarks: [String] {
    let remarks = leaderless.prefix(Self.mostRemarks).map { upstream, ageMs in
      "nobody leads \(upstream) now: this is its last known status, \(Words.age(ageMs)) old"
    }
    let rest = leaderless.count - remarks.count
    return remarks + (rest > 0 ? ["nobody leads \(Words.count(rest, "other upstream")) either"] : [])
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
