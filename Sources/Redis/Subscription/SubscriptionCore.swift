import NIOCore

/// A subscription on its event loop: keeps a connection subscribed, and tells what it hears and misses.
///
/// `@unchecked Sendable`: all of it happens on `loop`.
final class SubscriptionCore: RedisLinkOwner, @unchecked Sendable {
  /// What silence means at the moment.
  private enum Watch {
    /// It is usual.
    case listening
    /// An answer is due.
    case expecting
  }

  private let loop: any EventLoop
  private let limits: RedisLimits
  private let link: RedisLink
  private let channels: [String]
  private let patterns: [String]
  private let buffer: EventBuffer
  /// Channels and patterns that the server has not confirmed yet.
  private var unconfirmed = 0
  private var hasBegun = false
  private var lastTold: RedisError?
  private var watch = Watch.listening
  private var hasHeard = false
  private var timer: Scheduled<Void>?
  private let ticks: TimeAmount?
  private var ticker: RepeatedTask?

  init(_ subscription: RedisSubscription, _ buffer: EventBuffer) {
    let client = subscription.client
    loop = client.core.loop
    limits = client.settings.limits
    channels = subscription.channels
    patterns = subscription.patterns
    ticks = subscription.ticks?.asTimeAmount
    self.buffer = buffer
    link = RedisLink(client.settings, client.locator, on: loop, observer: client.observer)
    link.owner = self
  }

  func start() {
    link.want()
    guard let ticks else { return }
    ticker = loop.scheduleRepeatedTask(initialDelay: ticks, delay: ticks) { [buffer] _ in buffer.put(.tick) }
  }

  func close() {
    timer?.cancel()
    ticker?.cancel()
    link.close()
    buffer.finish()
  }

  func linkIsUp(_ connection: RedisConnection) {
    unconfirmed = channels.count + patterns.count
    connection.onPush = { [weak self] reply in self?.hear(reply) }
    if !channels.isEmpty { write(RedisCommand("SUBSCRIBE", arguments: channels)) }
    if !patterns.isEmpty { write(RedisCommand("PSUBSCRIBE", arguments: patterns)) }
    look(.expecting, after: limits.commandDeadline)
  }

  func linkIsDown(_ why: RedisError) {
    timer?.cancel()
    tell(why)
    link.want()
  }

  func linkFailed(_ why: RedisError) {
    tell(why)
    link.want()
  }

  private func tell(_ why: RedisError) {
    if lastTold?.name != why.name { buffer.put(.lost(why)) }
    lastTold = why
  }

  private func write(_ command: RedisCommand) {
    guard let connection = link.connection else { return }
    do throws(RedisError) {
      connection.write(try CommandEncoder.encode(command, atMost: limits.queuedBytes))
      connection.flush()
    } catch {
      link.drop(.fault(error))
    }
  }

  private func hear(_ reply: RedisReply) {
    hasHeard = true
    let parts = reply.elements
    switch parts.first?.string {
    case "message" where parts.count == 3:
      buffer.put(.message(channel: parts[1].string ?? "", payload: parts[2]))
    case "pmessage" where parts.count == 4:
      buffer.put(.message(channel: parts[2].string ?? "", payload: parts[3]))
    case "subscribe" where unconfirmed > 0, "psubscribe" where unconfirmed > 0:
      unconfirmed -= 1
      if unconfirmed == 0 { confirmed() }
    default:
      // An error to a PING is a sign of life as well.
      if unconfirmed > 0, let error = reply.error { link.drop(.fault(error)) }
    }
  }

  private func confirmed() {
    buffer.put(hasBegun ? .gap : .subscribed)
    hasBegun = true
    lastTold = nil
    look(.listening, after: limits.subscriptionSilence)
  }

  /// Nothing else would tell that a server hangs: a subscriber sends nothing that could go unanswered.
  private func look(_ watch: Watch, after wait: Duration) {
    self.watch = watch
    hasHeard = false
    timer?.cancel()
    timer = loop.scheduleTask(in: wait.asTimeAmount) { [weak self] in self?.lookNow() }
  }

  private func lookNow() {
    switch watch {
    case .expecting where !hasHeard: link.drop(.ended("no sign of life"))
    case .listening where !hasHeard:
      write(RedisCommand("PING"))
      look(.expecting, after: limits.commandDeadline)
    case .expecting, .listening: look(.listening, after: limits.subscriptionSilence)
    }
  }
}
