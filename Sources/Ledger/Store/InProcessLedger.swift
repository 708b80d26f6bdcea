package import Health
import Synchronization

/// The ledger of a single node: the shared state behind a lock, gone with the process.
package final class InProcessLedger: LedgerStore {
  private let state = Mutex(SharedState())
  private let clock: @Sendable () -> LedgerTime

  package init(clock: @escaping @Sendable () -> LedgerTime) {
    self.clock = clock
  }

  package func perform(_ requests: [LedgerRequest]) async -> [Result<LedgerAnswer, LedgerError>] {
    state.withLock { state in
      requests.map { .success(state.perform($0, at: clock())) }
    }
  }

  package func snapshot(of upstream: UpstreamName) async throws(LedgerError) -> LedgerSnapshot? {
    state.withLock { $0.snapshot(of: upstream) }
  }

  package func events(
    of upstream: UpstreamName, after: UInt64, limit: Int
  ) async throws(LedgerError) -> [LedgerEvent] {
    state.withLock { $0.events(of: upstream, after: after, limit: limit) }
  }
}
