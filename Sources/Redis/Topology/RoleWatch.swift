import Addresses
import NIOCore

/// Asks a server once a second whether it is a primary, and ends the connection when it is none any more: a Sentinel may have
/// made it a replica without a word to its clients.
///
/// All of it happens on `loop`.
final class RoleWatch {
  private static let pause = TimeAmount.seconds(1)

  private let connection: RedisConnection
  private let place: RedisAddress
  private let limits: RedisLimits
  private var task: RepeatedTask?
  private var askedAt: NIODeadline?

  init(_ connection: RedisConnection, at place: RedisAddress, _ limits: RedisLimits) {
    self.connection = connection
    self.place = place
    self.limits = limits
  }

  func start(on loop: any EventLoop) {
    let watch = NIOLoopBound(self, eventLoop: loop)
    task = loop.scheduleRepeatedTask(initialDelay: Self.pause, delay: Self.pause) { _ in watch.value.ask() }
  }

  func end() {
    task?.cancel()
    task = nil
  }

  private func ask() {
    let now = NIODeadline.now()
    if let askedAt {
      if now - askedAt >= limits.commandDeadline.asTimeAmount { connection.lose(.ended("no reply in time")) }
      return
    }
    guard connection.isWritable,
      let bytes = try? CommandEncoder.encode(RedisCommand("ROLE"), atMost: limits.queuedBytes)
    else { return }
    let request = RedisRequest(
      bytes: bytes, count: 1, deadline: .distantFuture, patience: limits.commandDeadline.asTimeAmount,
      limits: limits.reply, isQueued: false)
    request.completion = .callback { [weak self] answer in self?.hear(answer) }
    askedAt = now
    connection.write(request, at: now)
    connection.flush()
  }

  private func hear(_ answer: RedisAnswer) {
    askedAt = nil
    guard case .success(let reply) = answer.result(0), !Self.isPrimary(reply) else { return }
    connection.lose(.ended("\(place) is a replica now"))
  }

  /// From the answer to ROLE.
  static func isPrimary(_ reply: RedisReply) -> Bool { reply.elements.first?.string == "master" }
}
