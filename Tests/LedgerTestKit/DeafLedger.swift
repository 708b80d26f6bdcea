package import Health
package import Ledger

/// A ledger whose announcements say that all is well, and nothing else: as those of a primary that was deposed.
package struct DeafLedger: LedgerStore {
  let inner: any LedgerStore

  package init(inner: any LedgerStore) {
    self.inner = inner
  }

  package func announcements(
    _ listening: Listening
  ) -> any AsyncSequence<LedgerAnnouncement, Never> & Sendable {
    inner.announcements(Listening(ticks: listening.ticks))
  }

  package func perform(_ requests: [LedgerRequest]) async -> [Result<LedgerAnswer, LedgerError>] {
    await inner.perform(requests)
  }

  package func snapshot(of upstream: UpstreamName) async throws(LedgerError) -> LedgerSnapshot? {
    try await inner.snapshot(of: upstream)
  }

  package func remains(
    of upstream: UpstreamName, by nodes: [String]
  ) async throws(LedgerError) -> LedgerRemains {
    try await inner.remains(of: upstream, by: nodes)
  }

  package func head(of upstream: UpstreamName) async throws(LedgerError) -> Head? {
    try await inner.head(of: upstream)
  }

  package func headReadings(
    of upstreams: [UpstreamName]
  ) async throws(LedgerError) -> [UpstreamName: HeadReading] {
    try await inner.headReadings(of: upstreams)
  }

  package func leases(of upstreams: [UpstreamName]) async throws(LedgerError) -> LeaseReading {
    try await inner.leases(of: upstreams)
  }

  package func events(
    of upstream: UpstreamName, after: UInt64, limit: Int
  ) async throws(LedgerError) -> [LedgerEvent] {
    try await inner.events(of: upstream, after: after, limit: limit)
  }

  package func reports(
    of upstream: UpstreamName, by nodes: [String]
  ) async throws(LedgerError) -> [String: NodeReports] {
    try await inner.reports(of: upstream, by: nodes)
  }

  package func members() async throws(LedgerError) -> [Member] { try await inner.members() }

  package func missing() async throws(LedgerError) -> [Member] { try await inner.missing() }

  package func nodeInfos(of nodes: [String]) async throws(LedgerError) -> [String: NodeInfo] {
    try await inner.nodeInfos(of: nodes)
  }

  package func upstreams() async throws(LedgerError) -> [UpstreamName: String] {
    try await inner.upstreams()
  }
}
