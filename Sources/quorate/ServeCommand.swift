import ArgumentParser
import Console
import Discovery
import Logging
import Probing
import Redis
import Settings

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Probe the peers and serve their status until told to end.",
    discussion: """
      Examples:
        quorate serve --nginx /etc/nginx/nginx.conf
        quorate serve --config quorate.yaml --listen 127.0.0.1:9090
        quorate serve --peer 127.0.0.1:8081 --peer 127.0.0.1:8082

      SIGHUP reads the files again: peers that stay keep their state; a bad file changes nothing. SIGTERM ends it.
      """)

  @OptionGroup var files: SettingsOptions

  @Option(help: ArgumentHelp("A Redis server to share with other nodes.", valueName: "url"))
  var redis: String?

  @Option(help: ArgumentHelp("Keeps apart clusters that share a Redis server.", valueName: "name"))
  var namespace: String?

  @Option(help: ArgumentHelp("This node's name (default: the host's).", valueName: "name"))
  var node: String?

  @Option(help: ArgumentHelp("Where to serve (default: 127.0.0.1:8080).", valueName: "host:port"))
  var listen: String?

  @Option(
    name: .customLong("peer"),
    help: ArgumentHelp("A peer of an upstream 'default'; may be repeated.", valueName: "host:port"))
  var peers: [String] = []

  @Option(name: .customLong("log-format"), help: "How log lines look: text or json.")
  var logFormat = LogFormat.text

  @Option(
    name: .customLong("log-level"),
    help: "The least severe lines to write: debug, info, notice, warning or error.")
  var logLevel = LogLevel.info

  func run() async throws {
    ProcessMemory.keepSmall()
    let signals = await LifeSignals()
    let flags = Overrides(namespace: namespace, node: node, listen: listen, redis: redis, peers: peers)
    let load = { @Sendable [files] (earlier: PeerDiscovery?) throws -> Configured in
      try files.load(flags, after: earlier)
    }
    ProbeEngine.raiseDescriptorLimit()
    let format = logFormat
    let level = logLevel.level
    LoggingSystem.bootstrap { _ in LogLines(logLevel: level, format: format) }
    try await signals.hear {
      let node = try await start(load, signals)
      signals.nodeRuns()
      try await node.run()
    }
  }

  /// The settings end with this call: what is needed of them is with the node.
  private func start(
    _ load: @escaping @Sendable (PeerDiscovery?) throws -> Configured, _ signals: LifeSignals
  ) async throws -> RunningNode {
    do {
      let configured = try await Reloader.loaded { try load(nil) }.get()
      if namespace != nil, configured.settings.redis == nil {
        throw ValidationError(
          "--namespace keeps clusters apart that share a Redis server: give --redis URL, or redis: in the file"
        )
      }
      return RunningNode(configured, reload: load, signals: signals)
    } catch let bad as BadSettings {
      throw bad.exit()
    }
  }
}
