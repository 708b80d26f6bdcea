import ArgumentParser
import Console
import FoundationEssentials
import Settings

struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Check settings, or turn an nginx.conf into YAML.",
    subcommands: [ConfigCheckCommand.self, ConfigImportCommand.self])
}

struct ConfigCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say everything that is wrong with a file.",
    discussion: """
      Prints each problem as file:line:column: what; remedy, and ends with 2 when there is one.

      Examples:
        quorate config check quorate.yaml
        quorate config check /etc/nginx/nginx.conf
      """)

  @Argument(help: "A YAML file, or an nginx configuration (its name ends in .conf).")
  var file: String

  func run() async throws {
    let loaded = try Self.load(file)
    for notice in loaded.notices { try StandardOutput.write("\(notice)") }
    let upstreams = loaded.settings.upstreams
    let peers = upstreams.reduce(0) { $0 + $1.peers.count }
    try StandardOutput.write("\(file): good: \(upstreams.count) upstream(s), \(peers) peer(s)")
  }

  static func load(_ file: String) throws -> LoadedSettings {
    let loader = SettingsLoader(environment: ProcessInfo.processInfo.environment)
    let isNginx = SettingsLoader.isNginx(path: file)
    switch loader.load(config: isNginx ? nil : file, nginx: isNginx ? file : nil) {
    case .success(let loaded): return loaded
    case .failure(let problems): throw BadSettings(problems: problems).exit()
    }
  }
}

struct ConfigImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Print the YAML that says the same as an nginx.conf.",
    discussion: """
      Example:
        quorate config import /etc/nginx/nginx.conf > quorate.yaml
      """)

  @Argument(help: "An nginx.conf with upstream blocks and spawn_checker calls.")
  var file: String

  func run() async throws {
    let loader = SettingsLoader(environment: ProcessInfo.processInfo.environment)
    switch loader.load(nginx: file) {
    case .success(let loaded):
      for notice in loaded.notices { StandardError.write("\(notice)") }
      try StandardOutput.write(loaded.settings.yaml(), terminator: "")
    case .failure(let problems): throw BadSettings(problems: problems).exit()
    }
  }
}
