package import Health

/// What nodes share. Every implementation answers the same to the same requests; time is the ledger's own.
package protocol LedgerStore: Sendable {
  /// Performs each request, all of it or nothing, in the order given for each upstream.
  ///
  /// - Returns: one answer for each request, in the same order.
  func perform(_ requests: [LedgerRequest]) async -> [Result<LedgerAnswer, LedgerError>]

  /// Everything that is decided of an upstream, read at one moment; nil: the ledger does not have it.
  func snapshot(of upstream: UpstreamName) async throws(LedgerError) -> LedgerSnapshot?

  /// What is left of an upstream of which keys were lost, with the reports of these nodes. Its keys are read one after
  /// the other: only the holder of the lease, beside whom nobody writes, can rely on it.
  func remains(of upstream: UpstreamName, by nodes: [String]) async throws(LedgerError) -> LedgerRemains

  /// Where an upstream stands; nil: the ledger does not have it.
  func head(of upstream: UpstreamName) async throws(LedgerError) -> Head?

  /// Who leads each of these upstreams and where it stands, read one after the other.
  func headReadings(of upstreams: [UpstreamName]) async throws(LedgerError) -> [UpstreamName: HeadReading]

  /// Who may decide for these upstreams, and for how long, with the ledger's time. An upstream that nobody leads is
  /// left out.
  func leases(of upstreams: [UpstreamName]) async throws(LedgerError) -> LeaseReading

  /// The events of an upstream with a sequence number above `after`, oldest first, at most `limit` (1 to 10,000).
  ///
  /// The oldest events are dropped past 10,000: a first event above `after + 1` tells of that.
  func events(of upstream: UpstreamName, after: UInt64, limit: Int) async throws(LedgerError) -> [LedgerEvent]

  /// The reports of these nodes on an upstream. A node without any is left out.
  func reports(of upstream: UpstreamName, by nodes: [String]) async throws(LedgerError) -> [String:
    NodeReports]

  /// The members, by name, as their last heartbeats told of them: the dead ones among them that nobody dropped yet.
  func members() async throws(LedgerError) -> [Member]

  /// The nodes that ended without leaving, by name, as they were last heard.
  func missing() async throws(LedgerError) -> [Member]

  /// What is known of these nodes. A node of which nothing is known is left out.
  func nodeInfos(of nodes: [String]) async throws(LedgerError) -> [String: NodeInfo]

  /// The index of all upstreams, with the digest of the definition in force of each.
  func upstreams() async throws(LedgerError) -> [UpstreamName: String]

  /// What is announced from the first `next` on: `listening` first. It survives whatever happens to the ledger, and
  /// ends with the reading task.
  func announcements(_ listening: Listening) -> any AsyncSequence<LedgerAnnouncement, Never> & Sendable
}

/// What is decided of an upstream, read at one moment.
package struct LedgerSnapshot: Hashable, Sendable {
  package var head: Head
  package var definition: UpstreamDefinition?
  package var records: [PeerName: PeerRecord]
  /// The status of each peer, for readers to whom that is enough.
  package var status: [PeerName: PeerState]
  /// Those taken back are among them, with the state `auto`.
  package var overrides: [PeerName: Override]

  package init(
    head: Head, definition: UpstreamDefinition?, records: [PeerName: PeerRecord],
    status: [PeerName: PeerState] = [:],
    overrides: [PeerName: Override] = [:]
  ) {
    self.head = head
    self.definition = definition
    self.records = records
    self.status = status
    self.overrides = overrides
  }
}
