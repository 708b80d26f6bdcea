import Glibc
import Synchronization

/// A server on this machine that behaves as it is told, well or badly: for tests and demonstrations. It serves from
/// its start until `stop`, on a thread of its own, and only peers on this machine.
package final class Backend: Sendable {
  /// Where it serves, with the port that the system chose.
  package let address: LoopbackAddress
  private let registry: BackendRegistry
  private let thread = Mutex<pthread_t?>(nil)

  /// Listens, or does what the behavior has instead, when this returns.
  ///
  /// - Throws: `BackendError` when the address cannot be had.
  package convenience init(_ behavior: Behavior, at address: LoopbackAddress = .ipv4()) throws(BackendError) {
    try self.init([Turn(behavior, ms: 0)], at: address)
  }

  /// The same with a schedule.
  package init(_ turns: [Turn], at address: LoopbackAddress = .ipv4()) throws(BackendError) {
    var listener = try Listener(address)
    try listener.set(turns.first?.behavior.door ?? .refusing)
    self.address = listener.address
    let registry = try BackendRegistry(turns)
    self.registry = registry
    // Only its own thread touches it from here on.
    nonisolated(unsafe) let loop = BackendLoop(registry: registry, listener: listener)
    let handle = Threads.start { loop.run() }
    guard let handle else { throw BackendError(what: "no thread", number: EAGAIN) }
    thread.withLock { $0 = handle }
  }

  deinit { stop() }

  /// The name of this peer, as nginx writes it.
  package var peer: String { address.peer }
  /// 0 for a unix socket.
  package var port: UInt16 { address.port ?? 0 }
  package var counts: Counts { registry.view.value.counts }
  /// All that the peer sent on the connection that was read last, up to 64 KiB.
  package var lastRequest: [UInt8] { registry.view.value.lastRequest }

  /// Behaves so from now on: new connections see it when this returns. Those that are open go on as they began.
  package func behave(_ behavior: Behavior) async {
    await follow([Turn(behavior, ms: 0)])
  }

  /// Follows a schedule from now on, from its start.
  package func follow(_ turns: [Turn]) async {
    let number = registry.give(turns)
    _ = await registry.view.first(within: .seconds(10)) { $0.taken >= number ? true : nil }
  }

  /// The counts as soon as they meet the condition; nil when they did not within the time.
  package func counts(
    within limit: Duration = .seconds(10), when condition: @escaping @Sendable (Counts) -> Bool
  ) async -> Counts? {
    await registry.view.first(within: limit) { condition($0.counts) ? $0.counts : nil }
  }

  /// Closes everything; returns when it is closed. May be called twice.
  package func stop() {
    let handle = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    guard let handle else { return }
    registry.stop()
    pthread_join(handle, nil)
  }
}
