import Agent
import ArgumentParser
import Cluster
import Ledger
import Logging
import Probing
import ServiceLifecycle
import Settings
import UnixSignals
import Web

/// All the wiring of `quorate serve`: which parts there are, and who is handed what.
struct RunningNode {
  private let logger = Logger(label: "quorate")
  private let configured: Configured
  private let reload: @Sendable () throws -> Configured

  init(_ configured: Configured, reload: @escaping @Sendable () throws -> Configured) {
    self.configured = configured
    self.reload = reload
  }

  /// Runs until SIGTERM or SIGINT.
  func run() async throws {
    let settings = configured.settings
    for notice in configured.notices { logger.notice("\(notice)") }
    warnOfRedis(settings)
    ProbeEngine.raiseDescriptorLimit()
    let board = Board()
    let store = InProcessLedger { LedgerTime(wallMs: WallClock.nowMs, steadyMs: SteadyClock.nowMs) }
    let profile = NodeProfile(node: settings.node, run: Self.newRun(), leaseMs: settings.leaseMs)
    let agent = NodeAgent(
      profile: profile, upstreams: configured.definitions, board: board, store: store, logger: logger)
    let access = WebAccess(allow: settings.allow)
    let site = Site(
      board: board, store: store, access: access,
      identity: Site.Identity(node: settings.node, version: Version.number), now: { WallClock.nowMs })
    let server = WebServer(
      site: site, address: .tcp(host: settings.listen.host, port: Int(settings.listen.port)), logger: logger)
    let reloader = Reloader(
      agent: agent, access: access, running: settings, load: reload, logger: logger)
    var group = ServiceGroupConfiguration(
      services: [.init(service: server), .init(service: agent), .init(service: reloader)],
      gracefulShutdownSignals: [.sigterm, .sigint],
      logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() })
    group.maximumGracefulShutdownDuration = .milliseconds(900)
    do {
      try await ServiceGroup(configuration: group).run()
    } catch {
      StandardError.write("quorate: \(error)")
      throw ExitCode.failure
    }
  }

  /// Told apart from every earlier start of this node.
  private static func newRun() -> String {
    String(UInt64.random(in: (1 << 60)...UInt64.max), radix: 36)
  }

  private func warnOfRedis(_ settings: NodeSettings) {
    guard settings.redis != nil else { return }
    logger.warning(
      "redis: is set, but this version keeps its ledger in the process: it does not share it yet")
  }
}
