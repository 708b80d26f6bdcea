import NIOCore

/// Deadlines. One timer for all, set to the earliest: while commands are answered in time it goes off about once in a
/// second and then walks over what waits at that moment, instead of being set and cancelled for each command.
extension ClientCore {
  func wake(at deadline: NIODeadline) {
    guard deadline < timerAt else { return }
    timer?.cancel()
    timerAt = deadline
    timer = loop.scheduleTask(deadline: deadline) { [weak self] in self?.expire() }
  }

  private func expire() {
    timerAt = .distantFuture
    let now = NIODeadline.now()
    var next = NIODeadline.distantFuture
    for request in queue where !request.isAnswered {
      if request.deadline <= now {
        request.give(up: hindrance ?? .deadline(isWritten: false))
        answeredInQueue += 1
      } else {
        next = min(next, request.deadline)
      }
    }
    sweep()
    if let connection = link.connection {
      for request in connection.awaited where !request.isAnswered {
        if request.deadline <= now {
          request.give(up: .deadline(isWritten: true))
        } else {
          next = min(next, request.deadline)
        }
      }
      next = min(next, giveUpStalled(connection, now))
    }
    wake(at: next)
  }

  /// A server that is silent for as long as a command may take is given up: what is written to it now would only be
  /// run late, with nobody waiting. Requests that are not written yet keep a known outcome so.
  private func giveUpStalled(_ connection: RedisConnection, _ now: NIODeadline) -> NIODeadline {
    guard let stallsAt = connection.stallsAt else { return .distantFuture }
    // A tenth early: usually this is called for the oldest request's own deadline, which began a moment before the
    // request was written, and its caller's next command shall not go the same way.
    guard stallsAt - .nanoseconds(connection.patience.nanoseconds / 10) <= now else { return stallsAt }
    link.drop(.ended("no reply in time"))
    return .distantFuture
  }
}
