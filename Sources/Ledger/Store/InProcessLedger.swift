package import Health
import Synchronization

/// The ledger of a single node: the shared state behind a lock, gone with the process.
package final class InProcessLedger: LedgerStore {
  private let state = Mutex(SharedState())
  private let hub = AnnouncementHub()
  private let clock: @Sendable () -> LedgerTime

  package init(clock: @escaping @Sendable () -> LedgerTime) {
    self.clock = clock
  }

  package func perform(_ requests: [LedgerRequest]) async -> [Result<LedgerAnswer, LedgerError>] {
    state.withLock { state in
      requests.map { request in
        let time = clock()
        let answer = state.perform(request, at: time)
        // Under the lock, so that announcements come in the order of what they tell.
        hub.announce(request.announcements(answer), at: time.steadyMs)
        return .success(answer)
      }
    }
  }

  package func snapshot(of upstream: UpstreamName) async throws(LedgerError) -> LedgerSnapshot? {
    state.withLock { $0.snapshot(of: upstream) }
  }

  package func remains(
    of upstream: UpstreamName, by nodes: [String]
  ) async throws(LedgerError) -> LedgerRemains {
    state.withLock { $0.remains(of: upstream, by: nodes, at: clock()) }
  }

  package func head(of upstream: UpstreamName) async throws(LedgerError) -> Head? {
    state.withLock { $0.head(of: upstream) }
  }

  package func headReadings(
    of upstreams: [UpstreamName]
  ) async throws(LedgerError) -> [UpstreamName: HeadReading] {
    state.withLock { $0.headReadings(of: upstreams, at: clock()) }
  }

  package func leases(of upstreams: [UpstreamName]) async throws(LedgerError) -> LeaseReading {
    state.withLock { state in
      let time = clock()
      var reading = LeaseReading(atMs: time.wallMs)
      for name in upstreams {
        guard let held = state.lease(of: name, at: time) else { continue }
        reading.leases[name] = TimedLease(held.lease, leftMs: held.forMs)
      }
      return reading
    }
  }

  package func events(
    of upstream: UpstreamName, after: UInt64, limit: Int
  ) async throws(LedgerError) -> [LedgerEvent] {
    state.withLock { $0.events(of: upstream, after: after, limit: limit) }
  }

  package func reports(
    of upstream: UpstreamName, by nodes: [String]
  ) async throws(LedgerError) -> [String: NodeReports] {
    collect(nodes) { $0.nodeReports(of: upstream, by: $1, at: $2) }
  }

  package func members() async throws(LedgerError) -> [Member] { state.withLock { $0.members } }

  package func missing() async throws(LedgerError) -> [Member] { state.withLock { $0.missing } }

  package func nodeInfos(of nodes: [String]) async throws(LedgerError) -> [String: NodeInfo] {
    collect(nodes) { $0.nodeInfo(of: $1, at: $2) }
  }

  package func upstreams() async throws(LedgerError) -> [UpstreamName: String] {
    state.withLock { $0.digests }
  }

  package func announcements(
    _ listening: Listening
  ) -> any AsyncSequence<LedgerAnnouncement, Never> & Sendable {
    hub.listen(listening, at: clock().steadyMs)
  }

  private func collect<Value: Sendable>(
    _ nodes: [String], _ read: @Sendable (SharedState, String, LedgerTime) -> Value?
  ) -> [String: Value] {
    state.withLock { state in
      var found: [String: Value] = [:]
      for node in nodes { found[node] = read(state, node, clock()) }
      return found
    }
  }
}

extension LedgerRequest {
  /// What is to be announced once the request was answered so.
  package func announcements(_ answer: LedgerAnswer) -> [LedgerAnnouncement] {
    switch (self, answer) {
    case (.commit(let commit), .committed(_, let atMs)): commit.events(atMs: atMs).map { .event($0) }
    case (.report(let batch, _), .reported): batch.announced.map { [.reports($0)] } ?? []
    case (.override(let order), .overridden(let override)):
      [.control(.override(order.upstream, order.peer, override))]
    case (.handOver(let upstream, _, _, _), .handedOver(let lease)): [.control(.handOver(upstream, lease))]
    case (.delete(let upstream, _, _), .deleted): [.control(.deleted(upstream))]
    default: []
    }
  }
}
