import CHiredis

/// hiredis' object callbacks, all of which put a value into the arena that the reader's `privdata` names.
enum ReaderCallbacks {
  /// Lives as long as the process: every reader points to it.
  nonisolated(unsafe) static let table: UnsafeMutablePointer<redisReplyObjectFunctions> = {
    let table = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
    table.initialize(
      to: redisReplyObjectFunctions(
        createString: { task, text, count in
          guard let task, let text else { return nil }
          return putText(task, text, count)
        },
        createArray: { task, count in
          task.flatMap { task in withArena(task) { $0.putArray(task, Int(count)) } }
        },
        createInteger: { task, integer in
          task.flatMap { task in withArena(task) { $0.putInteger(task, integer) } }
        },
        createNil: { task in
          task.flatMap { task in withArena(task) { $0.putNull(task) } }
        },
        // The arena frees all values at once.
        freeObject: { _ in }))
    return table
  }()

  private static func putText(
    _ task: ReplyArena.Task, _ text: UnsafeMutablePointer<CChar>, _ count: Int
  ) -> UnsafeMutableRawPointer? {
    withArena(task) { arena in
      switch task.pointee.type {
      case REDIS_REPLY_ERROR: return arena.putText(task, .error, text, count)
      case REDIS_REPLY_STATUS: return arena.putText(task, .status, text, count)
      default:
        // hiredis has all of a string and two bytes more when it calls, but does not look at the two.
        guard text[count] == CChar(bitPattern: 13), text[count + 1] == CChar(bitPattern: 10) else {
          return arena.stop(.protocolViolation("a string is longer than it says"))
        }
        return arena.putText(task, .string, text, count)
      }
    }
  }

  private static func withArena(
    _ task: ReplyArena.Task, _ body: (ReplyArena) -> UnsafeMutableRawPointer?
  ) -> UnsafeMutableRawPointer? {
    guard let privdata = task.pointee.privdata else { return nil }
    // Whoever calls the reader holds the arena meanwhile.
    return Unmanaged<ReplyArena>.fromOpaque(privdata)._withUnsafeGuaranteedRef(body)
  }
}
