import Glibc

/// Threads of the system, for what blocks: it must not sit on the pool of tasks.
package enum Threads {
  /// Starts a thread that somebody will join; nil when the system has none left.
  static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
    let retained = Unmanaged.passRetained(ThreadBody(body))
    var handle = pthread_t()
    let failed = pthread_create(
      &handle, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, retained.toOpaque())
    if failed != 0 { retained.release() }
    return failed == 0 ? handle : nil
  }

  /// Starts a thread that nobody waits for.
  package static func detach(_ body: @escaping @Sendable () -> Void) {
    if let handle = start(body) { pthread_detach(handle) }
  }
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}
