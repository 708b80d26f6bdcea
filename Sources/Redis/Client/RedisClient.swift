import Addresses
package import NIOCore
import NIOPosix

/// A client of one Redis, whatever its topology: one connection for the commands of all callers, or one for each server of a
/// Redis Cluster, and one for each subscription.
///
/// It dials when a command wants it, and again after a loss, with rests between failed dials. Nothing is ever sent a
/// second time, but for a script that the server did not have. What happens in the background is owned by one event
/// loop, and ends with `run`, `close`, or the last reference.
package final class RedisClient: Sendable {
  let core: ClientCore
  package let settings: RedisSettings
  let locator: any RedisLocator
  let observer: @Sendable (RedisLinkEvent) -> Void
  /// Nil: it is no Redis Cluster, and commands go to `core`.
  private let router: ClusterRouter?

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
    self.observer = observer
    (self.locator, router) = Self.way(settings, locator, group, observer)
    core = ClientCore(settings, self.locator, on: group.next(), observer: observer)
  }

  /// Another client of the same Redis, with connections of its own. Of Sentinels both ask the same connections.
  ///
  /// - Parameter name: of its connections.
  package convenience init(like other: RedisClient, named name: String?) {
    var settings = other.settings
    settings.clientName = name
    self.init(
      settings, locator: settings.isLedBySentinels ? other.locator : nil, observer: other.observer)
  }

  private static func way(
    _ settings: RedisSettings, _ locator: (any RedisLocator)?, _ group: any EventLoopGroup,
    _ observer: @escaping @Sendable (RedisLinkEvent) -> Void
  ) -> (any RedisLocator, ClusterRouter?) {
    if let locator { return (locator, nil) }
    switch settings.topology {
    case .single(let address): return (FixedLocator(address), nil)
    case .sentinel(let sentinels, let master):
      return (SentinelLocator(sentinels, master: master, settings, group: group), nil)
    case .cluster(let seeds):
      let servers = ClusterServers(seeds, settings, group: group, observer: observer)
      return (servers, ClusterRouter(servers: servers, limits: settings.limits))
    }
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
    await router?.servers.close()
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
    if let router { return try await router.perform([command], deadline: deadline)[0].get() }
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
    if let router { return await router.perform(commands, deadline: deadline) }
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
  package var pendingCommands: Int { router?.servers.pendingCommands ?? core.mailbox.commands }

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
