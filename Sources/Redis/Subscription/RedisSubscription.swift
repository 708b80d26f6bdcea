/// What a subscriber hears.
package enum RedisSubscriptionEvent: Sendable {
  /// All channels that the user may have are subscribed, for the first time: what is published from now on arrives.
  case subscribed
  /// Channels and patterns that the user may not have, and why; the others are subscribed all the same. Comes before
  /// `subscribed` or `gap`, and again after each try to get them; empty: all of them are had now.
  case denied([String: RedisError])
  case message(channel: String, payload: RedisReply)
  /// There is no subscription now, and why. It is tried again without end; the same class of error is said once.
  case lost(RedisError)
  /// Messages may be missing before this point, because the connection was lost or the reader was too slow. What is
  /// published from now on arrives.
  case gap
  /// Comes at the pace that was asked for, whether the server is there or not, unless events wait to be read.
  case tick
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
  let ticks: Duration?

  package func makeAsyncIterator() -> Iterator {
    Iterator(SubscriptionHold(self))
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
  ///   - ticks: how often a `tick` comes; nil: never.
  package func subscribe(
    to channels: [String], patterns: [String] = [], ticks: Duration? = nil
  ) -> RedisSubscription {
    RedisSubscription(client: self, channels: channels, patterns: patterns, ticks: ticks)
  }
}

/// Ends the subscription with the iterator that it belongs to.
private final class SubscriptionHold: Sendable {
  let buffer: EventBuffer
  private let client: RedisClient
  private let core: SubscriptionCore

  init(_ subscription: RedisSubscription) {
    client = subscription.client
    let limits = client.settings.limits
    buffer = EventBuffer(messages: limits.bufferedMessages, bytes: limits.reply.bytes)
    core = SubscriptionCore(subscription, buffer)
    client.core.add(core)
  }

  deinit {
    client.core.remove(core)
  }
}
