import NIOCore

/// What became of a request: replies to its first commands, and why the others have none.
struct RedisAnswer: Sendable {
  let arena: ReplyArena
  /// The number of replies.
  let received: Int
  /// The node of each reply; empty for a single command, whose reply is node 0.
  let roots: [Int]
  /// Nil when all commands have a reply.
  let failure: RedisError?

  func result(_ command: Int) -> Result<RedisReply, RedisError> {
    arena.checkSealed()
    guard command < received else { return .failure(failure ?? .closed) }
    return RedisReply(arena, node: roots.isEmpty ? 0 : roots[command]).result
  }
}

/// One command or one pipeline on its way.
///
/// `@unchecked Sendable`: the caller fills it, then it is touched by the event loop only.
final class RedisRequest: @unchecked Sendable {
  enum Completion {
    case continuation(CheckedContinuation<RedisAnswer, Never>)
    case callback((RedisAnswer) -> Void)
  }

  /// Its commands, encoded.
  let bytes: ByteBuffer
  /// The number of commands.
  let count: Int
  let deadline: NIODeadline
  /// How long its connection may be silent while this is the oldest request on it.
  let patience: TimeAmount

  /// Nil before it is set, and again once the request is answered.
  var completion: Completion?
  /// The event loop has seen it.
  var isSubmitted = false
  var isCancelled = false
  /// Nil: waits for a connection.
  var writtenAt: NIODeadline?
  let arena: ReplyArena
  private var received = 0
  private var roots: [Int] = []

  init(
    bytes: ByteBuffer, count: Int, deadline: NIODeadline, patience: TimeAmount, limits: ReplyLimits,
    isQueued: Bool = true
  ) {
    size = isQueued ? QueueSize(commands: count, bytes: bytes.readableBytes) : QueueSize()
    self.bytes = bytes
    self.count = count
    self.deadline = deadline
    self.patience = patience
    arena = ReplyArena(limits: limits)
  }

  /// What it takes of the queue: nothing, if it never was in it.
  let size: QueueSize

  /// Its place in the queue is kept while the reply is awaited, even when nobody wants it any more.
  var isAnswered: Bool { completion == nil }

  /// Takes the next reply. True: it was the last one, and `finish` is due.
  func receive(_ node: Int) -> Bool {
    received += 1
    if count > 1, !isAnswered { roots.append(node) }
    return received == count
  }

  func finish() {
    answer(nil, arena)
  }

  /// Answers now; replies still to come are thrown away. The arena may be in the middle of one: the reader gets a copy.
  func give(up failure: RedisError) {
    answer(failure, received == 0 ? ReplyArena(limits: ReplyLimits()) : arena.copy())
  }

  private func answer(_ failure: RedisError?, _ arena: ReplyArena) {
    guard let completion else { return }
    self.completion = nil
    arena.seal()
    let answer = RedisAnswer(arena: arena, received: received, roots: roots, failure: failure)
    switch completion {
    case .continuation(let continuation): continuation.resume(returning: answer)
    case .callback(let callback): callback(answer)
    }
  }
}
