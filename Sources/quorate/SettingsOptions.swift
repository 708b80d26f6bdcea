import ArgumentParser
import Console
import FoundationEssentials
import Health
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
  func load(_ flags: Overrides) throws -> Configured {
    let loader = SettingsLoader.standard
    switch loader.load(config: config, nginx: nginx, flags: flags) {
    case .failure(let problems): throw BadSettings(problems: problems)
    case .success(let loaded): return try Configured(loaded)
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
  /// Nil: there is an upstream.
  var emptiness: Emptiness?

  /// Looks the names of hosts up, which may block for seconds.
  ///
  /// - Throws: `BadSettings`.
  init(_ loaded: LoadedSettings) throws {
    let table = HostTable(loaded.settings.hosts)
    switch loaded.settings.definitions(lookUp: table.addresses) {
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
