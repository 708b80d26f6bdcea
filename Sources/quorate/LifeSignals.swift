import Glibc
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The signals of `quorate serve`. They are heard before the settings are read, which may take a while: a SIGHUP that
/// comes meanwhile is obeyed afterwards, a SIGTERM or SIGINT ends the process at once.
final class LifeSignals: Sendable {
  /// One for each SIGHUP.
  let hangups: UnixSignalsSequence
  private let ends: UnixSignalsSequence
  private let isRunning = Mutex(false)
  private let isOver: AsyncStream<Never>
  private let over: AsyncStream<Never>.Continuation

  /// Signals are heard when this returns.
  init() async {
    hangups = await UnixSignalsSequence(trapping: .sighup)
    ends = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    (isOver, over) = AsyncStream.makeStream()
  }

  /// Runs `node`, and ends the process where it is told to before the node runs.
  ///
  /// - Parameter node: calls `nodeRuns` when it can end in order.
  func hear(while node: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup { group in
      group.addTask { await self.hearEnds() }
      group.addTask { try await node() }
      // The first to return is the node: ends are heard until then.
      try await group.next()
      group.cancelAll()
    }
  }

  private func hearEnds() async {
    for await _ in ends {
      // Nothing has been begun that would have to be ended.
      if !isRunning.withLock({ $0 }) { _exit(0) }
      over.finish()
    }
  }

  /// From now on `EndOfLife` ends the node.
  func nodeRuns() { isRunning.withLock { $0 = true } }

  /// Returns when the node is to end.
  func end() async { for await _ in isOver {} }
}

/// Ends the services around it when a signal asks for it.
struct EndOfLife: Service {
  let signals: LifeSignals

  func run() async { await cancelWhenGracefulShutdown { await signals.end() } }
}
