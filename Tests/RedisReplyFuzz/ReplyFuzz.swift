package import Redis

/// Replies changed at random, read in one piece and in many.
package enum ReplyFuzz {
  package enum Verdict: Hashable, Sendable {
    /// All of it was read, the same both ways.
    case read
    /// It was refused both ways.
    case refused
    /// The reader broke its promise: how.
    case broken(String)
  }

  /// Below what a connection allows, so that the limits are met often.
  package static var limits: ReplyLimits {
    var limits = ReplyLimits()
    limits.bytes = 4_096
    limits.elements = 512
    return limits
  }

  /// The same verdict for the same seed.
  package static func judge(seed: UInt64) -> Verdict {
    var chance = SeededChance(seed: seed)
    let bytes = ReplyMutation.bytes(&chance)
    return judge(bytes, in: pieces(of: bytes, &chance))
  }

  package static func judge(_ bytes: [UInt8], in pieces: [[UInt8]]) -> Verdict {
    let whole = outcome([bytes])
    let inPieces = outcome(pieces)
    if (whole.error == nil) != (inPieces.error == nil) {
      return .broken("refused in one piece: \(whole.error != nil), in many: \(inPieces.error != nil)")
    }
    guard whole.error == nil else {
      // The replies before the fault are lost in one piece; in many they are the same that any reader would have.
      return [whole, inPieces].allSatisfy(\.isOfAClass) ? .refused : .broken("of another class")
    }
    return whole.texts == inPieces.texts ? .read : .broken("other replies in pieces than in one")
  }

  private static func pieces(of bytes: [UInt8], _ chance: inout SeededChance) -> [[UInt8]] {
    let longest = Bool.random(using: &chance) ? 64 : max(64, bytes.count)
    var pieces: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
      let length = min(bytes.count - start, Int.random(in: 1...longest, using: &chance))
      pieces.append(Array(bytes[start..<start + length]))
      start += length
    }
    return pieces
  }

  private struct Outcome {
    var texts: [String] = []
    var error: RedisError?

    var isOfAClass: Bool {
      switch error {
      case .protocolViolation, .replyTooLarge, nil: true
      default: false
      }
    }
  }

  private static func outcome(_ pieces: [[UInt8]]) -> Outcome {
    var outcome = Outcome()
    guard let parser = RedisReplyParser(limits: limits) else { return outcome }
    for piece in pieces {
      do throws(RedisError) {
        for reply in try parser.feed(piece) { outcome.texts.append(text(of: reply)) }
      } catch {
        outcome.error = error
        break
      }
    }
    return outcome
  }

  /// All of it is looked at.
  private static func text(of reply: RedisReply) -> String {
    switch reply.kind {
    case .null: "null"
    case .integer: ":\(reply.integer ?? 0)"
    case .status, .string: "\(reply.bytes ?? []) \(reply.number ?? 0)"
    case .error: "\(reply.error?.description ?? "")"
    case .array: "[" + reply.elements.map { text(of: $0) }.joined(separator: " ") + "]"
    }
  }
}
