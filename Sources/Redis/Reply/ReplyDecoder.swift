import CHiredis

/// Bytes in, replies out: hiredis' reader with callbacks that fill an arena.
///
/// After an error it stays in error: the place of the next reply in the bytes is unknown.
final class ReplyDecoder {
  private let reader: UnsafeMutablePointer<redisReader>
  private let limits: ReplyLimits
  /// Bytes since the end of the last whole reply.
  private var unfinished = 0

  /// Nil: no memory.
  init?(limits: ReplyLimits) {
    guard let reader = redisReaderCreateWithFunctions(ReaderCallbacks.table) else { return nil }
    self.reader = reader
    self.limits = limits
  }

  deinit {
    redisReaderFree(reader)
  }

  /// Whether bytes are there that no reply was made of yet.
  var hasUnread: Bool { unfinished > 0 }

  func feed(_ bytes: UnsafeRawBufferPointer) throws(RedisError) {
    unfinished += bytes.count
    let start = bytes.bindMemory(to: CChar.self).baseAddress
    guard redisReaderFeed(reader, start, bytes.count) == REDIS_OK else { throw fault(nil) }
  }

  /// The node of the next whole reply, or of what stands for one that is too large; nil: more bytes are wanted.
  ///
  /// - Parameter arena: where it goes. The same one again as long as a reply is not whole.
  func next(into arena: ReplyArena) throws(RedisError) -> Int? {
    var reply: UnsafeMutableRawPointer?
    reader.pointee.privdata = Unmanaged.passUnretained(arena).toOpaque()
    guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw fault(arena) }
    let unread = reader.pointee.len - reader.pointee.pos
    guard let reply else {
      guard unfinished <= limits.skippedBytes, !isEndless(unread) else { throw tooLarge }
      if unfinished > limits.bytes { arena.skip() }
      return nil
    }
    guard unfinished - unread <= limits.skippedBytes else { throw tooLarge }
    if unfinished - unread > limits.bytes { arena.skip() }
    unfinished = unread
    let isSkipped = arena.isSkipping
    let stand = arena.end()
    guard isSkipped == (stand != nil) else { throw tooLarge }
    return stand ?? Int(bitPattern: reply) - 1
  }

  private var tooLarge: RedisError { .replyTooLarge("it has more than \(limits.bytes) bytes") }

  /// hiredis searches an unfinished line from its start whenever bytes come: a line without an end would cost ever
  /// more. No line of Redis is that long; only bulk strings are, and their headers are short.
  private func isEndless(_ unread: Int) -> Bool {
    let longestLine = 64 << 10
    guard unread > longestLine, let text = reader.pointee.buf else { return false }
    let type = withUnsafeBytes(of: reader.pointee.rstack) { stack in
      stack.bindMemory(to: redisReadTask.self)[Int(max(0, reader.pointee.ridx))].type
    }
    guard type == REDIS_REPLY_STRING else { return true }
    let header = UnsafeBufferPointer(start: text + reader.pointee.pos, count: 32)
    return !zip(header, header.dropFirst()).contains { $0 == 13 && $1 == 10 }
  }

  private func fault(_ arena: ReplyArena?) -> RedisError {
    if let fault = arena?.fault { return fault }
    let text = withUnsafeBytes(of: reader.pointee.errstr) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return .protocolViolation(PlainText.shown(text))
  }
}
