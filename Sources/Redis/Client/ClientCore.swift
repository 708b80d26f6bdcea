import NIOCore

/// The client on its event loop: requests wait here for a connection, go out in order, and expire.
///
/// `@unchecked Sendable`: all state is touched on `loop` only; `submit` and `cancel` get there by themselves.
final class ClientCore: RedisLinkOwner, @unchecked Sendable {
  let loop: any EventLoop
  let mailbox: RequestMailbox
  private let limits: RedisLimits
  let link: RedisLink
  /// Not written yet. Answered ones among them are passed over.
  var queue = CircularBuffer<RedisRequest>()
  var answeredInQueue = 0
  var timer: Scheduled<Void>?
  var timerAt = NIODeadline.distantFuture
  /// Why there is no connection; nil: there is one, or none was wanted yet.
  var hindrance: RedisError?
  private var isClosed = false
  private var subscriptions: [ObjectIdentifier: SubscriptionCore] = [:]

  init(
    _ settings: RedisSettings, _ locator: any RedisLocator, on loop: any EventLoop,
    observer: @escaping @Sendable (RedisLinkEvent) -> Void
  ) {
    self.loop = loop
    limits = settings.limits
    mailbox = RequestMailbox(limits: settings.limits)
    link = RedisLink(
      settings, locator, on: loop, watchesRole: settings.isLedBySentinels, observer: observer)
    link.owner = self
  }

  /// From any thread. Throws when the request is not accepted; else it will be answered.
  func submit(_ request: RedisRequest) throws(RedisError) {
    if try mailbox.put(request) { loop.execute { self.drainMailbox() } }
  }

  /// From any thread, also before `submit`.
  func cancel(_ request: RedisRequest) {
    loop.execute { self.cancelNow(request) }
  }

  /// From any thread. Everything is answered and the connection closed when the future is fulfilled.
  func close() -> EventLoopFuture<Void> {
    loop.submit { self.closeNow() }
  }

  private func drainMailbox() {
    var earliest = NIODeadline.distantFuture
    for request in mailbox.drain() {
      request.isSubmitted = true
      if isClosed || request.isCancelled {
        request.give(up: isClosed ? .closed : .cancelled(isWritten: false))
        mailbox.release(request.size)
      } else {
        queue.append(request)
        earliest = min(earliest, request.deadline)
      }
    }
    pump()
    wake(at: earliest)
  }

  /// Writes what can be written, or gets a connection for it.
  private func pump() {
    guard !queue.isEmpty, !isClosed else { return }
    guard let connection = link.connection else { return link.want() }
    let now = NIODeadline.now()
    var gone = QueueSize()
    while connection.isWritable, let request = queue.popFirst() {
      if request.isAnswered {
        answeredInQueue -= 1
        gone += request.size
      } else if request.deadline <= now {
        // Nobody waits for it any more, and unsent its outcome is known.
        request.give(up: .deadline(isWritten: false))
        gone += request.size
      } else {
        connection.write(request, at: now)
      }
    }
    connection.flush()
    mailbox.release(gone)
  }

  private func cancelNow(_ request: RedisRequest) {
    request.isCancelled = true
    guard request.isSubmitted, !request.isAnswered else { return }
    let isWritten = request.writtenAt != nil
    request.give(up: .cancelled(isWritten: isWritten))
    if !isWritten {
      answeredInQueue += 1
      // Swept when it pays, as each sweep walks the queue.
      if answeredInQueue > 32, answeredInQueue * 2 > queue.count { sweep() }
    }
  }

  func sweep() {
    guard answeredInQueue > 0 else { return }
    var gone = QueueSize()
    for request in queue where request.isAnswered { gone += request.size }
    queue.removeAll { $0.isAnswered }
    answeredInQueue = 0
    mailbox.release(gone)
  }

  private func giveUpQueue(_ error: RedisError) {
    for request in queue { request.give(up: error) }
    answeredInQueue = queue.count
    sweep()
  }

  private func closeNow() {
    guard !isClosed else { return }
    isClosed = true
    mailbox.close()
    drainMailbox()
    giveUpQueue(.closed)
    link.close()
    timer?.cancel()
    let orphans = subscriptions.values
    subscriptions = [:]
    for subscription in orphans { subscription.close() }
  }
}

extension ClientCore {
  func linkIsUp(_ connection: RedisConnection) {
    hindrance = nil
    connection.onProgress = { [weak self] gone in
      guard let self else { return }
      mailbox.release(gone)
      pump()
    }
    pump()
  }

  func linkIsDown(_ why: RedisError) {
    if case .unreachable = why { hindrance = why } else { hindrance = .unreachable(why.description) }
    pump()
  }

  func linkFailed(_ why: RedisError) {
    hindrance = why
    // A server that is away may be back before the deadline. One that refuses us will go on refusing.
    if case .unreachable = why {} else { giveUpQueue(why) }
    pump()
  }
}

extension ClientCore {
  /// From any thread.
  func add(_ subscription: SubscriptionCore) {
    loop.execute { [self] in
      if isClosed { return subscription.close() }
      subscriptions[ObjectIdentifier(subscription)] = subscription
      subscription.start()
    }
  }

  /// From any thread.
  func remove(_ subscription: SubscriptionCore) {
    loop.execute { [self] in
      subscriptions[ObjectIdentifier(subscription)] = nil
      subscription.close()
    }
  }
}
