import ArgumentParser
import Health
import Probing
import Settings

struct ProbeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Probe peers once, now, and show how it went.",
    discussion: """
      Ends with 1 when any peer is down.

      Examples:
        quorate probe 127.0.0.1:8081 127.0.0.1:8082              connect only
        quorate probe --path /status --status 200 127.0.0.1:8081  send a request
        quorate probe --config quorate.yaml                      every peer of the settings
      """)

  @OptionGroup var files: SettingsOptions

  @Option(help: ArgumentHelp("Send GET with this path, and read the status line.", valueName: "path"))
  var path: String?

  @Option(
    name: .customLong("status"), parsing: .singleValue,
    help: ArgumentHelp("A status code that is a success (default: any); may be repeated.", valueName: "code"))
  var statuses: [UInt16] = []

  @Option(
    help: ArgumentHelp(
      "Milliseconds for each probe, of the peers given here (default: 1000).", valueName: "ms"))
  var timeout: Int?

  @Argument(help: ArgumentHelp("Peers: HOST:PORT, [IPV6]:PORT or unix:/PATH.", valueName: "host:port"))
  var peers: [String] = []

  func validate() throws {
    if peers.isEmpty && files.config == nil && files.nginx == nil {
      throw ValidationError("name at least one peer (HOST:PORT), or --config FILE, or --nginx FILE")
    }
    if let timeout, !(1...3_600_000).contains(timeout) {
      throw ValidationError("--timeout is 1 to 3600000 milliseconds")
    }
    if let path, !path.hasPrefix("/") || path.contains(where: { $0.isWhitespace || $0.isNewline }) {
      throw ValidationError("--path begins with / and has no space")
    }
  }

  func run() async throws {
    let definitions: [UpstreamDefinition]
    do {
      definitions = try files.load(Overrides(peers: peers)).definitions.map(adjusted)
    } catch let bad as BadSettings {
      throw bad.exit()
    }
    ProbeEngine.raiseDescriptorLimit()
    let probed = definitions.compactMap { definition in definition.checker.map { ($0, definition) } }
    let outcomes = try await ProbeOnce.run(probed.map { ($0.0, $0.1.peers.map(\.name)) })
    let rows = zip(probed, outcomes).flatMap { probed, outcomes in
      zip(probed.1.peers, outcomes).map {
        ProbeTable.Row(upstream: probed.1.name, peer: $0.name, outcome: $1)
      }
    }
    print(ProbeTable(rows: rows).text, terminator: "")
    for definition in definitions where definition.checker == nil {
      StandardError.write("upstream \(definition.name) has no checker: its peers were not probed")
    }
    if rows.contains(where: { $0.outcome.verdict != .success }) { throw ExitCode(1) }
  }

  /// The peers of the command line are asked as its flags say.
  private func adjusted(_ definition: UpstreamDefinition) -> UpstreamDefinition {
    guard !peers.isEmpty, definition.name.text == "default", var checker = definition.checker else {
      return definition
    }
    if let path {
      let host = definition.peers.first?.name.text ?? ""
      checker.kind = .http
      checker.request = Array("GET \(path) HTTP/1.0\r\nHost: \(host)\r\nUser-Agent: quorate\r\n\r\n".utf8)
      checker.validStatuses = statuses.sorted()
    }
    if let timeout { checker.timeoutMs = timeout }
    var definition = definition
    definition.checker = checker
    return definition
  }
}
