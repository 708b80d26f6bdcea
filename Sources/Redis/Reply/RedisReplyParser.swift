/// Bytes in, replies out, without a connection: for tests, tools and fuzzing.
///
/// It is what a connection reads with. After an error it is of no more use.
package final class RedisReplyParser {
  private let decoder: ReplyDecoder
  private let limits: ReplyLimits
  private var arena: ReplyArena

  /// Nil: no memory.
  package init?(limits: ReplyLimits = ReplyLimits()) {
    guard let decoder = ReplyDecoder(limits: limits) else { return nil }
    self.decoder = decoder
    self.limits = limits
    arena = ReplyArena(limits: limits)
  }

  /// The replies that are whole with these bytes; nothing is left out.
  ///
  /// - Throws: `protocolViolation` or `replyTooLarge`; replies before the fault are lost with it.
  package func feed(_ bytes: [UInt8]) throws(RedisError) -> [RedisReply] {
    let fed = bytes.withUnsafeBytes { bytes in
      Result { () throws(RedisError) in try decoder.feed(bytes) }
    }
    try fed.get()
    var replies: [RedisReply] = []
    while decoder.hasUnread, let node = try decoder.next(into: arena) {
      arena.seal()
      replies.append(RedisReply(arena, node: node))
      arena = ReplyArena(limits: limits)
    }
    return replies
  }
}
