/// What a subscriber hears.
package enum RedisSubscriptionEvent: Sendable {
  /// All channels are subscribed, for the first time: what is published from now on arrives.
  case subscribed
  case message(channel: String, payload: RedisReply)
  /// There is no subscription now, and why. It is tried again without end; the same class of error is said once.
  case lost(RedisError)
  /// Messages may be missing before this point, because the connection was lost or the reader was too slow. What is
  /// published from now on arrives.
  case gap
}

/// Messages of channels, on a connection of its own for each iterator.
///
/// It dials at the first `next`, survives reconnects, and ends when the reading task is cancelled, the iterator is
/// dropped, or the client is closed.
package struct RedisSubscription: AsyncSequence, Sendable {
  package typealias Element = RedisSubscriptionEvent
  package typealias Failure = Never

  let client: RedisClient
  let channels: [String]
  let patterns: [String]

  package func makeAsyncIterator() -> Iterator {
    Iterator(SubscriptionHold(client, channels, patterns))
  }

  /// For one task at a time.
  package struct Iterator: AsyncIteratorProtocol {
    private let hold: SubscriptionHold

    fileprivate init(_ hold: SubscriptionHold) {
      self.hold = hold
    }

    /// Nil: it has ended.
    package mutating func next() async -> RedisSubscriptionEvent? {
      await hold.buffer.next()
    }

    package mutating func next(isolation actor: isolated (any Actor)?) async -> RedisSubscriptionEvent? {
      await hold.buffer.next()
    }
  }
}

extension RedisClient {
  /// - Parameters:
  ///   - channels: their names; at least one, where there is no pattern.
  ///   - patterns: of more channels, as PSUBSCRIBE has them. A channel that matches twice is heard twice.
  package func subscribe(to channels: [String], patterns: [String] = []) -> RedisSubscription {
    RedisSubscription(client: self, channels: channels, patterns: patterns)
  }
}

/// Ends the subscription with the iterator that it belongs to.
private final class SubscriptionHold: Sendable {
  let buffer: EventBuffer
  private let client: RedisClient
  private let core: SubscriptionCore

  init(_ client: RedisClient, _ channels: [String], _ patterns: [String]) {
    self.client = client
    let limits = client.settings.limits
    buffer = EventBuffer(messages: limits.bufferedMessages, bytes: limits.reply.bytes)
    core = SubscriptionCore(client, channels, patterns, buffer)
    client.core.add(core)
  }

  deinit {
    client.core.remove(core)
  }
}
