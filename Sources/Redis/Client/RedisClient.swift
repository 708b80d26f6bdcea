import Addresses
package import NIOCore
import NIOPosix

/// A client of one Redis server: one connection for the commands of all callers, and one for each subscription.
///
/// It dials when a command wants it, and again after a loss, with rests between failed dials. Nothing is ever sent a
/// second time, but for a script that the server did not have. What happens in the background is owned by one event
/// loop, and ends with `run`, `close`, or the last reference.
package final class RedisClient: Sendable {
  let core: ClientCore
  package let settings: RedisSettings
  let locator: any RedisLocator
  let observer: @Sendable (RedisLinkEvent) -> Void

  /// - Parameters:
  ///   - locator: where to dial; by default as the topology of the settings tells.
  ///   - group: gives the event loop.
  ///   - observer: hears of connections, those of subscriptions too. Called on the event loop: it must not wait.
  package init(
    _ settings: RedisSettings, locator: (any RedisLocator)? = nil,
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
    observer: @escaping @Sendable (RedisLinkEvent) -> Void = { _ in }
  ) {
    self.settings = settings
    self.locator = locator ?? settings.locator
    self.observer = observer
    core = ClientCore(settings, self.locator, on: group.next(), observer: observer)
  }

  deinit {
    _ = core.close()
  }

  /// Returns when its task is cancelled, with the client closed.
  package func run() async {
    let (forever, end) = AsyncStream<Never>.makeStream()
    for await _ in forever {}
    end.finish()
    await close()
  }

  /// Answers everything that waits with `closed`, or `outcomeUnknown` if it was written, and ends all subscriptions.
  package func close() async {
    // The loop of a group that was shut down answers with an error: then everything is closed anyhow.
    try? await core.close().get()
  }

  /// Sends one command and waits for its reply.
  ///
  /// A command that blocks in the server (BLPOP) blocks all behind it, even when it is cancelled: it wants a client of
  /// its own.
  ///
  /// - Parameter deadline: the longest wait from now; nil: `RedisLimits.commandDeadline`. With a longer one a server
  ///   that hangs is found out later.
  /// - Throws: `RedisError`; an error reply is one.
  package func send(_ command: RedisCommand, deadline: Duration? = nil) async throws(RedisError) -> RedisReply
  {
    let request = request(try encode(command), count: 1, deadline)
    return try await exchange(request).result(0).get()
  }

  /// Sends commands together and waits for all replies: one result for each, in the same order.
  ///
  /// It is no transaction: others' commands may run in between, and an error does not stop the commands after it.
  package func pipeline(_ commands: [RedisCommand], deadline: Duration? = nil) async -> [Result<
    RedisReply, RedisError
  >] {
    guard !commands.isEmpty else { return [] }
    let bytes: ByteBuffer
    do throws(RedisError) {
      bytes = try CommandEncoder.encode(commands, atMost: settings.limits.queuedBytes)
    } catch {
      return commands.map { _ in .failure(error) }
    }
    let answer = await exchange(request(bytes, count: commands.count, deadline))
    return commands.indices.map(answer.result)
  }

  /// Commands that wait or are under way now, given up ones that still occupy the connection among them.
  package var pendingCommands: Int { core.mailbox.commands }

  private func encode(_ command: RedisCommand) throws(RedisError) -> ByteBuffer {
    try CommandEncoder.encode(command, atMost: settings.limits.queuedBytes)
  }

  private func request(_ bytes: ByteBuffer, count: Int, _ deadline: Duration?) -> RedisRequest {
    let limits = settings.limits
    let wait = deadline ?? limits.commandDeadline
    return RedisRequest(
      bytes: bytes, count: count, deadline: .now() + wait.asTimeAmount,
      patience: max(wait, limits.commandDeadline).asTimeAmount, limits: limits.reply)
  }

  private func exchange(_ request: RedisRequest) async -> RedisAnswer {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        request.completion = .continuation(continuation)
        do throws(RedisError) {
          try core.submit(request)
        } catch {
          request.give(up: error)
        }
      }
    } onCancel: {
      core.cancel(request)
    }
  }
}
