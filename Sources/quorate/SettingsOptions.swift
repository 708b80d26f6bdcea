import ArgumentParser
import Console
import Discovery
import FoundationEssentials
import Health
import Naming
import Probing
import Settings

/// The flags that say what to check, the same for every command that reads settings.
struct SettingsOptions: ParsableArguments {
  @Option(name: .customLong("config"), help: ArgumentHelp("A YAML file.", valueName: "file"))
  var config: String?

  @Option(
    name: .customLong("nginx"),
    help: ArgumentHelp(
      "An nginx.conf: its upstream blocks and spawn_checker calls are used.", valueName: "file"))
  var nginx: String?

  /// Reads everything again, from the files as they are now.
  ///
  /// - Parameter earlier: what is known of names already.
  func load(_ flags: Overrides, after earlier: PeerDiscovery? = nil) throws -> Configured {
    let loader = SettingsLoader.standard
    switch loader.load(config: config, nginx: nginx, flags: flags) {
    case .failure(let problems): throw BadSettings(problems: problems)
    case .success(let loaded): return try Configured(loaded, after: earlier)
    }
  }
}

extension SettingsLoader {
  /// The loader of every command. The link leads to this program even when its file has been replaced.
  static var standard: SettingsLoader {
    SettingsLoader(
      environment: ProcessInfo.processInfo.environment, lua: LuaProgram(path: "/proc/self/exe"))
  }
}

/// Settings that are fit for use.
struct Configured: Sendable {
  var settings: NodeSettings
  /// Checkers that cannot be started.
  var refusals: [Problem]
  var notices: [Notice]
  /// The upstreams, with the names of hosts looked up.
  var definitions: [UpstreamDefinition]
  /// What is known of those names, and how they are followed.
  var discovery: PeerDiscovery
  /// Nil: there is an upstream.
  var emptiness: Emptiness?

  /// Looks the names of hosts up, which may block for seconds.
  ///
  /// - Parameter earlier: what is known of names already; what is not found any more stays.
  /// - Throws: `BadSettings`.
  init(_ loaded: LoadedSettings, after earlier: PeerDiscovery? = nil) throws {
    discovery = PeerDiscovery(loaded.settings.upstreams, after: earlier)
    let asker = NameAsker(servers: loaded.settings.resolver)
    // A second time for the hosts that services name.
    for _ in 0..<2 {
      let askedMs = SteadyClock.nowMs
      let answers = asker.ask(discovery.due(at: askedMs))
      discovery.take(
        answers, askedMs: askedMs, at: NameTime(steadyMs: SteadyClock.nowMs, wallMs: WallClock.nowMs))
    }
    switch discovery.start(after: earlier) {
    case .failure(let problems): throw BadSettings(problems: problems)
    case .success(let resolved):
      settings = loaded.settings
      refusals = loaded.refusals
      notices = loaded.notices + resolved.notices + [loaded.emptiness?.notice].compactMap(\.self)
      definitions = resolved.definitions
      emptiness = loaded.emptiness
    }
  }
}

/// The settings have problems: each is a line of its own.
struct BadSettings: Error, CustomStringConvertible {
  var problems: Problems

  var description: String { problems.description }

  /// What a command that cannot go on without them does.
  func exit() -> ExitCode {
    StandardError.write(description)
    return ExitCode(2)
  }
}
