import CLinux
import Glibc
package import Health
import Synchronization

/// Asks peers, each at its interval: `http` and `tcp`, over IPv4, IPv6 and unix sockets, on one thread of its own.
///
/// Results leave in batches, on the engine's thread: `sink` must be quick and must not wait.
package final class ProbeEngine: Sendable {
  private let mailbox: EngineMailbox
  private let epoll: Int32
  private let thread = Mutex<pthread_t?>(nil)

  /// - Throws: `EngineError` when the system gives no descriptor or thread.
  package init(sink: @escaping @Sendable ([ProbeResult]) -> Void) throws(EngineError) {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw EngineError(what: "epoll", number: errno) }
    guard let mailbox = EngineMailbox(epoll: epoll) else {
      let number = errno
      close(epoll)
      throw EngineError(what: "eventfd", number: number)
    }
    self.mailbox = mailbox
    try start(sink: sink)
  }

  deinit {
    stop()
    close(epoll)
  }

  private func start(sink: @escaping @Sendable ([ProbeResult]) -> Void) throws(EngineError) {
    let epoll = epoll
    let mailbox = mailbox
    let body = ThreadBody { EngineLoop(epoll: epoll, mailbox: mailbox, sink: sink).run() }
    var handle = pthread_t()
    let retained = Unmanaged.passRetained(body)
    let failed = pthread_create(
      &handle, nil,
      { argument in
        guard let argument else { return nil }
        let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
        body.run()
        return nil
      }, retained.toOpaque())
    guard failed == 0 else {
      retained.release()
      throw EngineError(what: "a thread", number: failed)
    }
    thread.withLock { $0 = handle }
  }

  /// Orders are obeyed in the order given. After `stop` they are ignored.
  package func apply(_ orders: [ProbeAction]) {
    if !orders.isEmpty { mailbox.post(orders) }
  }

  /// What has been done so far.
  package func statistics() async -> EngineStatistics {
    await withCheckedContinuation { continuation in
      mailbox.ask { continuation.resume(returning: $0) }
    }
  }

  /// Ends all probes and the thread; returns when it is gone. May be called twice.
  ///
  /// - Parameter leaveMs: milliseconds that answers under way are waited for, so that their backends see an end in order.
  package func stop(leaveMs: Int64 = 200) {
    let handle = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    guard let handle else { return }
    mailbox.stop(leaveMs: leaveMs)
    pthread_join(handle, nil)
  }

  /// Lets this process have as many descriptors as the system allows it; returns how many that are.
  @discardableResult
  package static func raiseDescriptorLimit() -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(clamping: limit.rlim_cur)
  }
}

/// The system did not give what the engine needs to start.
package struct EngineError: Error, CustomStringConvertible, Sendable {
  package let what: String
  package let number: Int32

  package var description: String {
    "cannot start probing: no \(what): \(SystemError.text(number)); see the limits of this process (ulimit -a)"
  }
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}
