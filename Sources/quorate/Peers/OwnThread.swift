import Dispatch

/// What blocks is done on a thread of its own, one thing after the other.
struct OwnThread: Sendable {
  private let queue: DispatchQueue

  init(_ name: String) {
    queue = DispatchQueue(label: "quorate.\(name)")
  }

  /// Nil: the task was cancelled before it was done. It is left to itself then.
  func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value? {
    let (stream, continuation) = AsyncStream.makeStream(of: Value.self)
    queue.async {
      continuation.yield(body())
      continuation.finish()
    }
    for await value in stream { return value }
    return nil
  }
}
