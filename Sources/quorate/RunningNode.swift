import Agent
import ArgumentParser
import Cluster
import Console
import Discovery
import Ledger
import Logging
import Probing
import ServiceLifecycle
import Settings
import UnixSignals
import Web

/// All the wiring of `quorate serve`: which parts there are, and who is handed what.
struct RunningNode {
  private let group: ServiceGroup

  /// - Parameter reload: reads the settings again.
  init(
    _ configured: Configured, reload: @escaping @Sendable (PeerDiscovery?) throws -> Configured,
    signals: LifeSignals
  ) {
    let logger = Logger(label: "quorate")
    let settings = configured.settings
    for refusal in configured.refusals { logger.error("\(refusal)") }
    for notice in configured.notices { logger.notice("\(notice)") }
    let board = Board()
    let ledger = ChosenLedger(settings, logger: logger)
    let store = ledger.store
    let profile = NodeProfile(
      node: settings.node, run: Self.newRun(), leaseMs: settings.leaseMs, sharing: ledger.sharing)
    let agent = NodeAgent(
      profile: profile, upstreams: configured.definitions, board: board, store: store, logger: logger)
    let access = WebAccess(allow: settings.allow)
    let site = Site(
      board: board, store: store, access: access,
      identity: Site.Identity(node: settings.node, version: Version.number),
      eventStreams: settings.web.eventStreams, now: { WallClock.nowMs },
      probes: { await agent.probeStatistics() })
    var limits = WebLimits()
    limits.connections = settings.web.connections
    let server = WebServer(
      site: site, address: .tcp(host: settings.listen.host, port: Int(settings.listen.port)), limits: limits,
      logger: logger)
    let follower = PeerFollower(configured, agent: agent, board: board, logger: logger)
    let reloader = Reloader(
      follower: follower, access: access, running: settings.withoutUpstreams,
      startedWith: configured.definitions.count, load: reload, hangups: signals.hangups, logger: logger)
    var configuration = ServiceGroupConfiguration(
      services: [
        .init(service: server), .init(service: agent), .init(service: follower), .init(service: reloader),
        .init(
          service: EndOfLife(signals: signals), successTerminationBehavior: .gracefullyShutdownGroup),
      ],
      logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() })
    configuration.maximumGracefulShutdownDuration = .milliseconds(900)
    group = ServiceGroup(configuration: configuration)
  }

  /// Runs until SIGTERM or SIGINT.
  func run() async throws {
    do {
      try await group.run()
    } catch {
      StandardError.write("quorate: \(error)")
      throw ExitCode.failure
    }
  }

  /// Told apart from every earlier start of this node.
  private static func newRun() -> String {
    String(UInt64.random(in: (1 << 60)...UInt64.max), radix: 36)
  }
}

extension NodeSettings {
  /// What is compared at a reload; the upstreams live on in the machine alone.
  fileprivate var withoutUpstreams: NodeSettings {
    var rest = self
    rest.upstreams = []
    return rest
  }
}
