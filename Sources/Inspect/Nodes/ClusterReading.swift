package import Health
package import Ledger

/// All that the ledger tells of the nodes, read once.
package struct ClusterReading: Sendable {
  /// Milliseconds since 1970, by the ledger's clock.
  package var atMs: Int64
  package var members: [Member]
  /// Nodes that ended without leaving, as they were last heard.
  package var missing: [Member]
  package var cards: [String: NodeCard]
  /// The digest of the definition in force of each upstream.
  package var digests: [UpstreamName: String]
  package var leases: [UpstreamName: TimedLease]
  /// Milliseconds that a member may be silent.
  package var expiryMs: Int

  package init(
    atMs: Int64, members: [Member], missing: [Member] = [], cards: [String: NodeCard],
    digests: [UpstreamName: String],
    leases: [UpstreamName: TimedLease], expiryMs: Int
  ) {
    self.atMs = atMs
    self.members = members
    self.missing = missing
    self.cards = cards
    self.digests = digests
    self.leases = leases
    self.expiryMs = expiryMs
  }

  package static func read(_ store: any LedgerStore, expiryMs: Int) async throws(LedgerError) -> Self {
    let members = try await store.members()
    let named = Set(members.map(\.node))
    // One that came back between the two is a member.
    let missing = try await store.missing().filter { !named.contains($0.node) }
    let cards = try await store.cards(of: (members + missing).map(\.node))
    let digests = try await store.upstreams()
    // Last, so that its time is not before that of any heartbeat.
    let leases = try await store.leases(of: digests.keys.sorted())
    return ClusterReading(
      atMs: leases.atMs, members: members, missing: missing, cards: cards, digests: digests,
      leases: leases.leases,
      expiryMs: expiryMs)
  }

  /// Upstreams that nobody decides for now, by name.
  package var leaderless: [UpstreamName] { digests.keys.filter { leases[$0] == nil }.sorted() }

  /// By name, the missing ones among them.
  package var nodes: [NodeSummary] {
    let present = members.map { NodeSummary($0, self, Liveness($0, atMs: atMs, expiryMs: expiryMs)) }
    let gone = missing.map { NodeSummary($0, self, .missing(max(0, atMs - $0.atMs))) }
    return (present + gone).sorted { $0.member.node < $1.member.node }
  }

  /// How many nodes live, of those that do or are missing.
  var live: Int { members.count { Liveness($0, atMs: atMs, expiryMs: expiryMs) == .live } }

  /// `1 of 3 nodes: its vote alone decides`; nil: nobody is missing.
  package var sentence: String? {
    guard !missing.isEmpty else { return nil }
    let count = "\(live) of \(Words.count(live + missing.count, "node"))"
    return live == 1 ? "\(count): its vote alone decides" : count
  }

  /// Upstreams of which one live node is left, and others that had it are missing, by name.
  var alone: [UpstreamName] {
    let nodes = nodes
    return digests.keys.filter { upstream in
      let having = nodes.filter { $0.card?.upstreams[upstream.text] != nil }
      return having.count { $0.liveness == .live } == 1 && having.contains { $0.isMissing }
    }.sorted()
  }
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

  var isMissing: Bool { if case .missing = liveness { true } else { false } }

  init(_ member: Member, _ reading: ClusterReading, _ liveness: Liveness) {
    self.member = member
    self.liveness = liveness
    beatAgeMs = max(0, reading.atMs - member.atMs)
    card = reading.cards[member.node].flatMap { $0.run == member.run ? $0 : nil }
    // Who is gone has no settings.
    var upstreams = card?.upstreams ?? [:]
    if case .missing = liveness { upstreams = [:] }
    drift = upstreams.compactMap { name, digest in
      guard let upstream = UpstreamName(name), let inForce = reading.digests[upstream] else { return nil }
      return inForce == digest ? nil : upstream
    }.sorted()
    leads = reading.leases.filter { _, held in
      held.lease.holder.node == member.node && held.lease.holder.run == member.run
    }.keys.sorted()
  }
}
