import Discovery
import Dispatch
import Logging
import ServiceLifecycle
import Settings
import UnixSignals
import Web

/// Reads the settings again at each SIGHUP. A bad file changes nothing and is said.
struct Reloader: Service {
  let follower: PeerFollower
  let access: WebAccess
  /// What the process was started with.
  let running: NodeSettings
  /// How many upstreams it was started with.
  let startedWith: Int
  let load: @Sendable (PeerDiscovery?) throws -> Configured
  let hangups: UnixSignalsSequence
  let logger: Logger

  func run() async throws {
    var upstreams = startedWith
    for await _ in hangups.cancelOnGracefulShutdown() {
      upstreams = await reload(upstreams)
    }
  }

  /// Returns how many upstreams there are now; `before` is how many there were.
  private func reload(_ before: Int) async -> Int {
    let earlier = await follower.discovery
    switch await Self.loaded({ [load] in try load(earlier) }) {
    case .failure(let bad as BadSettings):
      for problem in bad.problems.list { logger.error("\(problem)") }
      logger.error("the settings were not taken; the old ones stay in force")
    case .failure(let error):
      logger.error("the settings were not taken; the old ones stay in force: \(error)")
    case .success(let configured):
      if before > 0, let refusal = configured.emptiness?.refusal {
        logger.error("\(refusal)")
        logger.error("the settings were not taken; the old ones stay in force")
        return before
      }
      for refusal in configured.refusals { logger.error("\(refusal)") }
      for notice in configured.notices { logger.notice("\(notice)") }
      await apply(configured)
      return configured.definitions.count
    }
    return before
  }

  /// Reads off the pool of tasks: looking up names may block for seconds.
  static func loaded(_ load: @escaping @Sendable () throws -> Configured) async -> Result<
    Configured, any Error
  > {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: Result { try load() }) }
    }
  }

  private func apply(_ configured: Configured) async {
    access.replace(allow: configured.settings.allow)
    await follower.take(configured)
    for name in changedForNextStart(configured.settings) {
      logger.warning("\(name) has changed; the change takes effect when this node is started again")
    }
    logger.notice("the settings were read again: \(configured.definitions.count) upstream(s)")
  }

  private func changedForNextStart(_ new: NodeSettings) -> [String] {
    [
      ("listen", new.listen != running.listen), ("node", new.node != running.node),
      ("namespace", new.namespace != running.namespace), ("redis", new.redis != running.redis),
      ("lease", new.leaseMs != running.leaseMs), ("heartbeat", new.heartbeatMs != running.heartbeatMs),
      ("member_expiry", new.memberExpiryMs != running.memberExpiryMs),
      ("max_connections", new.web.connections != running.web.connections),
      ("max_event_streams", new.web.eventStreams != running.web.eventStreams),
    ].filter(\.1).map(\.0)
  }
}
