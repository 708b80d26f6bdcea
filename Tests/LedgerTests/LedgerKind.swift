import Ledger
import Synchronization
import Testing

/// The implementations that the contract is run against.
enum LedgerKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case inProcess

  var testDescription: String { rawValue }

  func make() -> LedgerContract {
    switch self {
    case .inProcess:
      let clock = TestClock()
      return LedgerContract(store: InProcessLedger { clock.now }, advance: { clock.advance($0) })
    }
  }
}

/// A clock that stands until it is moved.
final class TestClock: Sendable {
  private let time = Mutex(LedgerTime(wallMs: 1_795_400_000_000, steadyMs: 1_000))

  var now: LedgerTime { time.withLock { $0 } }

  func advance(_ ms: Int64) {
    time.withLock { time in
      time.wallMs += ms
      time.steadyMs += ms
    }
  }
}
