import ArgumentParser
import Console
import Health
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
      Prints each problem as file:line:column: what; remedy, and ends with 2 when there is one. Names of hosts are looked
      up, as serve does it; not so with --offline.

      Examples:
        quorate config check quorate.yaml
        quorate config check /etc/nginx/nginx.conf
        quorate config check --offline /etc/nginx/sites-enabled/shop
      """)

  @Argument(help: "A YAML file or an nginx configuration.")
  var file: String

  @Flag(help: "Look no names of hosts up.")
  var offline = false

  func run() async throws {
    let loaded = try Self.load(file)
    guard loaded.refusals.isEmpty else { throw BadSettings(problems: Problems(loaded.refusals)).exit() }
    let upstreams = loaded.settings.upstreams.count
    let peers: Int
    do {
      peers = try offline ? tellUnasked(loaded) : tellResolved(loaded)
    } catch let bad as BadSettings {
      throw bad.exit()
    }
    try StandardOutput.write("\(file): good: \(upstreams) upstream(s), \(peers) peer(s)")
  }

  /// Returns how many peers there are.
  private func tellResolved(_ loaded: LoadedSettings) throws -> Int {
    let configured = try Configured(loaded)
    for notice in configured.notices { try StandardOutput.write("\(notice)") }
    return configured.definitions.reduce(0) { $0 + $1.peers.count }
  }

  private func tellUnasked(_ loaded: LoadedSettings) throws -> Int {
    for notice in loaded.notices + [loaded.emptiness?.notice].compactMap(\.self) {
      try StandardOutput.write("\(notice)")
    }
    let names = loaded.settings.hosts
    if let first = names.first {
      try StandardOutput.write(
        "\(file): \(names.count) host(s) were not looked up, \(first) is the first: --offline")
    }
    return loaded.settings.upstreams.reduce(0) { $0 + $1.allPeers.count }
  }

  static func load(_ file: String) throws -> LoadedSettings {
    let loader = SettingsLoader.standard
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
    let read = SettingsLoader.standard.read(nginx: file)
    for notice in read.loaded.notices { StandardError.write("\(notice)") }
    // What is missing is told in the file, too, where it is to be put in.
    for problem in read.problems.list { try StandardOutput.write("# not read: \(problem)") }
    try StandardOutput.write(read.loaded.settings.yaml(), terminator: "")
    if !read.problems.list.isEmpty { throw BadSettings(problems: read.problems).exit() }
  }
}
