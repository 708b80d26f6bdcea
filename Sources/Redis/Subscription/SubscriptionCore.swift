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

  /// What was sent and is answered in this order, between messages.
  fileprivate enum Asked {
    case channel(String)
    case pattern(String)
    case sign
  }

  private let loop: any EventLoop
  private let limits: RedisLimits
  private let link: RedisLink
  private let channels: [String]
  private let patterns: [String]
  private let buffer: EventBuffer
  private var asked = CircularBuffer<Asked>()
  /// Channels and patterns that the server has not answered yet.
  private var unconfirmed = 0
  /// The server has let this connection have something more since that was last told.
  private var hasMore = false
  /// Those that the user may not have, and why.
  private var denied: [String: RedisError] = [:]
  private var wasDenied = false
  private var hasBegun = false
  private var lastTold: RedisError?
  private var watch = Watch.listening
  private var hasHeard = false
  private var timer: Scheduled<Void>?
  private var again: Scheduled<Void>?
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
    link = RedisLink(
      client.settings, client.locator, on: loop, watchesRole: false, observer: client.observer)
    link.owner = self
  }

  func start() {
    link.want()
    guard let ticks else { return }
    ticker = loop.scheduleRepeatedTask(initialDelay: ticks, delay: ticks) { [buffer] _ in buffer.put(.tick) }
  }

  func close() {
    timer?.cancel()
    again?.cancel()
    ticker?.cancel()
    link.close()
    buffer.finish()
  }

  func linkIsUp(_ connection: RedisConnection) {
    asked.removeAll()
    denied = [:]
    // What may have been missed while there was no connection.
    hasMore = true
    connection.onPush = { [weak self] reply in self?.hear(reply) }
    subscribe(channels, patterns)
    look(.expecting, after: limits.commandDeadline)
  }

  func linkIsDown(_ why: RedisError) {
    timer?.cancel()
    again?.cancel()
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

  /// Each by a command of its own: the server refuses a command as a whole.
  private func subscribe(_ channels: [String], _ patterns: [String]) {
    unconfirmed = channels.count + patterns.count
    for channel in channels { write(RedisCommand("SUBSCRIBE", channel), .channel(channel)) }
    for pattern in patterns { write(RedisCommand("PSUBSCRIBE", pattern), .pattern(pattern)) }
    link.connection?.flush()
  }

  private func write(_ command: RedisCommand, _ what: Asked) {
    guard let connection = link.connection else { return }
    do throws(RedisError) {
      connection.write(try CommandEncoder.encode(command, atMost: limits.queuedBytes))
      asked.append(what)
    } catch {
      link.drop(.fault(error))
    }
  }

  // MARK: What comes

  private func hear(_ reply: RedisReply) {
    hasHeard = true
    // Nothing that is asked of a subscription has a long answer: it was a message.
    if case .replyTooLarge? = reply.error { return buffer.miss() }
    let parts = reply.elements
    switch parts.first?.string {
    case "message" where parts.count == 3:
      buffer.put(.message(channel: parts[1].string ?? "", payload: parts[2]))
    case "pmessage" where parts.count == 4:
      buffer.put(.message(channel: parts[2].string ?? "", payload: parts[3]))
    default: answered(reply.error)
    }
  }

  private func answered(_ error: RedisError?) {
    let what = asked.popFirst()
    // With a login it may go on, and by a new connection alone.
    if let error, case .refused = error { return link.drop(.fault(error)) }
    // Another error to a PING is a sign of life as well.
    guard let name = what?.name else { return }
    switch error {
    case nil:
      denied[name] = nil
      hasMore = true
    case .noPermission?: denied[name] = error
    case let error?: return link.drop(.fault(error))
    }
    unconfirmed -= 1
    if unconfirmed == 0 { confirmed() }
  }

  private func confirmed() {
    if !denied.isEmpty || wasDenied { buffer.put(.denied(denied)) }
    wasDenied = !denied.isEmpty
    if hasMore { buffer.put(hasBegun ? .gap : .subscribed) }
    hasMore = false
    hasBegun = true
    lastTold = nil
    look(.listening, after: limits.subscriptionSilence)
    guard !denied.isEmpty else { return }
    // Somebody may grant them.
    again = loop.scheduleTask(in: limits.subscriptionSilence.asTimeAmount) { [weak self] in
      guard let self else { return }
      subscribe(channels.filter { denied[$0] != nil }, patterns.filter { denied[$0] != nil })
    }
  }

  // MARK: Silence

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
      write(RedisCommand("PING"), .sign)
      link.connection?.flush()
      look(.expecting, after: limits.commandDeadline)
    case .expecting, .listening: look(.listening, after: limits.subscriptionSilence)
    }
  }
}

extension SubscriptionCore.Asked {
  /// Nil: of no channel.
  fileprivate var name: String? {
    switch self {
    case .channel(let name), .pattern(let name): name
    case .sign: nil
    }
  }
}
