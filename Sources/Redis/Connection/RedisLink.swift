package import Addresses
import NIOCore

/// What happened to a connection, for logs.
package enum RedisLinkEvent: Hashable, Sendable {
  case connected(RedisAddress)
  /// A connection that had been usable ended.
  case lost(RedisError)
  /// A dial failed.
  case failed(RedisError)
}

/// Hears of a link's connection, on its event loop.
protocol RedisLinkOwner: AnyObject {
  func linkIsUp(_ connection: RedisConnection)
  func linkIsDown(_ why: RedisError)
  func linkFailed(_ why: RedisError)
}

/// At most one connection, dialed when it is wanted, by one dial at a time and with rests between them.
///
/// `@unchecked Sendable`: all of it happens on `loop`.
final class RedisLink: @unchecked Sendable {
  private enum State {
    case idle(notBefore: NIODeadline)
    case resting(Scheduled<Void>)
    case dialing(Dial)
    case up(RedisConnection, at: RedisAddress, since: NIODeadline)
    case closed
  }

  weak var owner: (any RedisLinkOwner)?
  private let loop: any EventLoop
  private let settings: RedisSettings
  private let locator: any RedisLocator
  private let observer: @Sendable (RedisLinkEvent) -> Void
  private var state = State.idle(notBefore: .uptimeNanoseconds(0))
  private var backoff: RedisBackoff
  private var roleWatch: RoleWatch?
  private let watchesRole: Bool

  /// - Parameter watchesRole: the server is asked now and then whether it is a primary, which a subscriber cannot ask.
  init(
    _ settings: RedisSettings, _ locator: any RedisLocator, on loop: any EventLoop, watchesRole: Bool,
    observer: @escaping @Sendable (RedisLinkEvent) -> Void
  ) {
    self.loop = loop
    self.settings = settings
    self.locator = locator
    self.observer = observer
    self.watchesRole = watchesRole
    backoff = RedisBackoff(settings.limits)
    locator.whenMoved { [weak self] in
      guard let self else { return false }
      loop.execute { self.leaveWrongPlace() }
      return true
    }
  }

  var connection: RedisConnection? {
    guard case .up(let connection, _, _) = state else { return nil }
    return connection
  }

  /// Dials, unless that is under way or done. It does not go on by itself after a failure: whoever still wants a
  /// connection says so again.
  func want() {
    guard case .idle(let notBefore) = state else { return }
    if notBefore <= .now() { return dial() }
    state = .resting(
      loop.scheduleTask(deadline: notBefore) { [weak self] in
        guard let self, case .resting = state else { return }
        dial()
      })
  }

  /// Ends the connection, if there is one.
  func drop(_ loss: ConnectionLoss) {
    connection?.lose(loss)
  }

  /// For good, and without a word to the owner but the loss of a connection.
  func close() {
    let last = state
    state = .closed
    switch last {
    case .resting(let wait): wait.cancel()
    case .dialing(let dial): dial.cancel()
    case .up(let connection, _, _): connection.lose(.ended("the client was closed"))
    case .idle, .closed: break
    }
  }

  private func dial() {
    let dial = Dial(settings, locator, on: loop) { [weak self] outcome in
      switch outcome {
      case .success((let connection, let address)): self?.connected(connection, address)
      case .failure(let error): self?.failed(error)
      }
    }
    state = .dialing(dial)
    dial.start()
  }

  private func connected(_ connection: RedisConnection, _ address: RedisAddress) {
    // The place may have become the wrong one meanwhile.
    guard locator.isRight(address) else {
      connection.lose(.ended(""))
      return failed(.unreachable("\(address) is not the primary any more"))
    }
    state = .up(connection, at: address, since: .now())
    if watchesRole {
      roleWatch = RoleWatch(connection, at: address, settings.limits)
      roleWatch?.start(on: loop)
    }
    connection.onLoss = { [weak self] loss in self?.lost(loss) }
    observer(.connected(address))
    owner?.linkIsUp(connection)
  }

  private func leaveWrongPlace() {
    switch state {
    case .up(let connection, let place, _) where !locator.isRight(place):
      connection.lose(.ended("\(place) is not the primary any more"))
    case .resting(let wait):
      wait.cancel()
      dial()
    case .up, .idle, .dialing, .closed: break
    }
  }

  private func failed(_ error: RedisError) {
    rest(backoff.failed(chance: .random(in: 0..<1)))
    observer(.failed(error))
    owner?.linkFailed(error)
  }

  private func lost(_ loss: ConnectionLoss) {
    roleWatch?.end()
    roleWatch = nil
    if case .up(_, _, let since) = state {
      let lifetime = Duration.nanoseconds((NIODeadline.now() - since).nanoseconds)
      rest(backoff.lost(after: lifetime, chance: .random(in: 0..<1)))
    }
    observer(.lost(loss.forWaiting))
    owner?.linkIsDown(loss.forWaiting)
  }

  private func rest(_ duration: Duration) {
    state = .idle(notBefore: .now() + duration.asTimeAmount)
  }
}
