package import Health
package import Ledger

/// All that the ledger tells of the nodes, read once.
package struct ClusterReading: Sendable {
  /// Milliseconds since 1970, by the ledger's clock.
  package var atMs: Int64
  package var members: [Member]
  package var cards: [String: NodeCard]
  /// The digest of the definition in force of each upstream.
  package var digests: [UpstreamName: String]
  package var leases: [UpstreamName: TimedLease]
  /// Milliseconds that a member may be silent.
  package var expiryMs: Int

  package init(
    atMs: Int64, members: [Member], cards: [String: NodeCard], digests: [UpstreamName: String],
    leases: [UpstreamName: TimedLease], expiryMs: Int
  ) {
    self.atMs = atMs
    self.members = members
    self.cards = cards
    self.digests = digests
    self.leases = leases
    self.expiryMs = expiryMs
  }

  package static func read(_ store: any LedgerStore, expiryMs: Int) async throws(LedgerError) -> Self {
    let members = try await store.members()
    let cards = try await store.cards(of: members.map(\.node))
    let digests = try await store.upstreams()
    // Last, so that its time is not before that of any heartbeat.
    let leases = try await store.leases(of: digests.keys.sorted())
    return ClusterReading(
      atMs: leases.atMs, members: members, cards: cards, digests: digests, leases: leases.leases,
      expiryMs: expiryMs)
  }

  /// Upstreams that nobody decides for now, by name.
  package var leaderless: [UpstreamName] { digests.keys.filter { leases[$0] == nil }.sorted() }

  package var nodes: [NodeSummary] { members.map { NodeSummary($0, self) } }
}

/// One node, as its members' entry, its card and the leases tell of it.
package struct NodeSummary: Sendable {
  package var member: Member
  package var liveness: Liveness
  /// Milliseconds since its last heartbeat.
  package var beatAgeMs: Int64
  /// Nil: there is none, or one of another run.
  package var card: NodeCard?
  /// Upstreams for which its settings are others than those in force, by name.
  package var drift: [UpstreamName]
  /// Upstreams that it decides for, by name.
  package var leads: [UpstreamName]

  init(_ member: Member, _ reading: ClusterReading) {
    self.member = member
    liveness = Liveness(member, atMs: reading.atMs, expiryMs: reading.expiryMs)
    beatAgeMs = max(0, reading.atMs - member.atMs)
    card = reading.cards[member.node].flatMap { $0.run == member.run ? $0 : nil }
    drift = (card?.upstreams ?? [:]).compactMap { name, digest in
      guard let upstream = UpstreamName(name), let inForce = reading.digests[upstream] else { return nil }
      return inForce == digest ? nil : upstream
    }.sorted()
    leads = reading.leases.filter { _, held in
      held.lease.holder.node == member.node && held.lease.holder.run == member.run
    }.keys.sorted()
  }
}
