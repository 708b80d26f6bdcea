import NIOConcurrencyHelpers

/// How much waits or is under way.
struct QueueSize {
  var commands = 0
  var bytes = 0

  static func += (size: inout QueueSize, more: QueueSize) {
    size.commands += more.commands
    size.bytes += more.bytes
  }

  static func -= (size: inout QueueSize, less: QueueSize) {
    size.commands -= less.commands
    size.bytes -= less.bytes
  }
}

/// Where callers on any thread leave requests for the event loop, which takes all that is there at once.
final class RequestMailbox: Sendable {
  private struct State {
    var waiting: [RedisRequest] = []
    /// What was accepted and has not left the client yet, wherever in it that is.
    var size = QueueSize()
    /// The loop has been told and did not take yet.
    var isCalled = false
    var isClosed = false
  }

  private let state = NIOLockedValueBox(State())
  private let limits: RedisLimits

  init(limits: RedisLimits) {
    self.limits = limits
  }

  /// True: the loop must be told.
  func put(_ request: RedisRequest) throws(RedisError) -> Bool {
    let result = state.withLockedValue { state -> Result<Bool, RedisError> in
      if state.isClosed { return .failure(.closed) }
      var size = state.size
      size += request.size
      if let excess = excess(size) { return .failure(excess) }
      state.size = size
      state.waiting.append(request)
      defer { state.isCalled = true }
      return .success(!state.isCalled)
    }
    return try result.get()
  }

  private func excess(_ size: QueueSize) -> RedisError? {
    if size.commands > limits.queuedCommands {
      return .queueFull("more than \(limits.queuedCommands) commands")
    }
    if size.bytes > limits.queuedBytes { return .queueFull("more than \(limits.queuedBytes) bytes") }
    return nil
  }

  func drain() -> [RedisRequest] {
    state.withLockedValue { state in
      state.isCalled = false
      defer { state.waiting = [] }
      return state.waiting
    }
  }

  /// These have left: there is room for others.
  func release(_ size: QueueSize) {
    if size.commands > 0 { state.withLockedValue { $0.size -= size } }
  }

  /// Nothing more is accepted. What waits can still be taken.
  func close() {
    state.withLockedValue { $0.isClosed = true }
  }

  var commands: Int { state.withLockedValue { $0.size.commands } }
}
