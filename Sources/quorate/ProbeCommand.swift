import ArgumentParser
import Console
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
        quorate probe --path /health --expect 'json=$.status=ok' 127.0.0.1:8081
                                                                 and hold the answer against this
        quorate probe https://api.internal:8443/healthz          the same in TLS, and tell of the certificate
        quorate probe grpc://127.0.0.1:50051/shop.Cart           ask gRPC's health service; grpcs:// in TLS
        quorate probe --config quorate.yaml                      every peer of the settings
      """)

  /// As in settings: what any answer can have.
  private static let statusRange = 0...999

  @OptionGroup var files: SettingsOptions

  @Option(help: ArgumentHelp("Send GET with this path, and read the status line.", valueName: "path"))
  var path: String?

  @Option(
    name: .customLong("status"), parsing: .singleValue,
    help: ArgumentHelp("A status code that is a success (default: any); may be repeated.", valueName: "code"))
  var statuses: [UInt16] = []

  @Option(
    name: .customLong("expect"), parsing: .singleValue,
    help: ArgumentHelp(
      """
      What the answer must hold: status=200-299, header=NAME, header=NAME: VALUE, header~NAME: EXPRESSION, body=TEXT, \
      body~EXPRESSION or json=$.PATH=VALUE; may be repeated.
      """, valueName: "what"))
  var expected: [String] = []

  @Option(
    help: ArgumentHelp(
      "Of the request: 1.1 (default), or 2, in TLS where the peer agrees on it.", valueName: "version"))
  var httpVersion: String?

  @Option(
    help: ArgumentHelp(
      "Milliseconds for each probe, of the peers given here (default: 1000).", valueName: "ms"))
  var timeout: Int?

  @Option(
    help: ArgumentHelp(
      "For https and grpcs: the file of trusted certificates, PEM (default: the system's).", valueName: "file"
    ))
  var ca: String?

  @Flag(help: "For https and grpcs: do not verify the certificate.")
  var insecure = false

  @Argument(
    help: ArgumentHelp(
      "Peers: HOST:PORT, [IPV6]:PORT or unix:/PATH; or one URL: http://, https://, grpc:// or grpcs://.",
      valueName: "host:port")
  )
  var peers: [String] = []

  func validate() throws {
    if peers.isEmpty && files.config == nil && files.nginx == nil {
      throw ValidationError("name at least one peer (HOST:PORT), or --config FILE, or --nginx FILE")
    }
    if let timeout, !(1...3_600_000).contains(timeout) {
      throw ValidationError("--timeout is 1 to 3600000 milliseconds")
    }
    try checkURL()
    try checkPath()
    try checkVersion()
    try checkStatuses()
    try checkExpected()
    // Files say how their peers are asked.
    if let flag = [path == nil ? nil : "--path", timeout == nil ? nil : "--timeout"].compactMap({ $0 }).first,
      files.config != nil || files.nginx != nil
    {
      throw ValidationError(
        "\(flag) is for peers that are named here; those of --config and --nginx are asked as the file says")
    }
  }

  private func checkURL() throws {
    let url = try url
    if url == nil, let other = peers.first(where: { $0.contains("://") }) {
      throw ValidationError(
        "\(other) cannot be probed: give HOST:PORT, http://…, https://…, grpc://… or grpcs://…, and a URL alone"
      )
    }
    if url != nil, path != nil { throw ValidationError("--path is for HOST:PORT: a URL has its own") }
    if url?.isSecured != true, ca != nil || insecure {
      throw ValidationError("--ca and --insecure are for https://… and grpcs://…")
    }
  }

  private func checkVersion() throws {
    let isGrpc = try url?.isGrpc == true
    if isGrpc, !statuses.isEmpty || !expected.isEmpty {
      throw ValidationError("--status and --expect are for HTTP: of gRPC, SERVING is what counts")
    }
    guard let httpVersion else { return }
    guard ["1.1", "2"].contains(httpVersion) else { throw ValidationError("--http-version is 1.1 or 2") }
    guard try wanted != nil, !isGrpc else {
      throw ValidationError(
        "--http-version is for requests of HTTP: \(isGrpc ? "gRPC knows 2 alone" : "it wants --path or a URL")"
      )
    }
  }

  /// Nil: peers are given, or none.
  private var url: ProbeURL? {
    get throws { peers.count == 1 ? try ProbeURL(peers[0]) : nil }
  }

  /// The path that is asked for; nil: a connection is all.
  private var wanted: String? {
    get throws { try url?.path ?? path }
  }

  private func checkPath() throws {
    guard let path = try wanted else { return }
    guard path.hasPrefix("/"), !path.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7f })
    else {
      throw ValidationError("--path begins with / and has no space or control character")
    }
  }

  private func checkStatuses() throws {
    guard !statuses.isEmpty else { return }
    guard try wanted != nil else {
      throw ValidationError("--status wants --path: a connection alone has no status code")
    }
    for status in statuses where !Self.statusRange.contains(Int(status)) || StatusCode.isInterim(status) {
      throw ValidationError(
        StatusCode.isInterim(status)
          ? "--status \(status) never counts: the answer that follows it does"
          : "--status is \(Self.statusRange.lowerBound) to \(Self.statusRange.upperBound), not \(status)")
    }
  }

  private func checkExpected() throws {
    guard !expected.isEmpty else { return }
    guard try wanted != nil else {
      throw ValidationError("--expect wants --path: a connection alone has no answer")
    }
    _ = try flags()
  }

  private func flags() throws -> ExpectationFlags {
    do throws(ExpectationFlags.Fault) {
      return try ExpectationFlags(expected)
    } catch {
      throw ValidationError(error.description)
    }
  }

  func run() async throws {
    let definitions: [UpstreamDefinition]
    do {
      let configured = try files.load(Overrides(peers: url.map { [$0.peer] } ?? peers))
      for refusal in configured.refusals { StandardError.write("\(refusal)") }
      definitions = try configured.definitions.map(adjusted)
    } catch let bad as BadSettings {
      throw bad.exit()
    }
    ProbeEngine.raiseDescriptorLimit()
    let probed = definitions.flatMap(\.probes)
    let outcomes = try await ProbeOnce.run(probed.map { ($0.check, $0.peers) })
    let rows = zip(probed, outcomes).flatMap { probed, outcomes in
      zip(probed.peers, outcomes).map {
        ProbeTable.Row(upstream: probed.upstream, check: probed.check.name, peer: $0.name, outcome: $1)
      }
    }
    try StandardOutput.write(ProbeTable(rows: rows).text, terminator: "")
    for definition in definitions where definition.checker == nil {
      StandardError.write("upstream \(definition.name) has no checker: its peers were not probed")
    }
    if rows.contains(where: { $0.outcome.verdict != .success }) { throw ExitCode(1) }
  }

  /// The peers of the command line are asked as its flags say.
  private func adjusted(_ definition: UpstreamDefinition) throws -> UpstreamDefinition {
    guard !peers.isEmpty, definition.name.text == "default", var checker = definition.checker else {
      return definition
    }
    let url = try url
    if let path = try wanted {
      let host = url?.authority ?? definition.peers.first?.name.text ?? ""
      checker.kind = url?.isSecured == true ? .https : .http
      if let url, url.isSecured { checker.tls = tls(url) }
      if let url, url.isGrpc {
        checker.kind = .grpc
        checker.parts = .grpcHealth(hostHeader: host)
        checker.grpcService = url.service
      } else if httpVersion == "2" {
        checker.usesHTTP2 = true
        checker.parts = RequestParts(path: path, hostHeader: host)
      } else {
        checker.request = Array("GET \(path) HTTP/1.0\r\nHost: \(host)\r\nUser-Agent: quorate\r\n\r\n".utf8)
      }
      let flags = try flags()
      checker.validStatuses = Set(statuses + flags.statuses).sorted()
      if !flags.expectations.isEmpty { checker.expectations = flags.expectations }
    }
    if let timeout { checker.timeoutMs = timeout }
    var definition = definition
    definition.checker = checker
    return definition
  }

  private func tls(_ url: ProbeURL) -> TLSOptions {
    var tls = TLSOptions(host: url.host, verify: insecure ? .none : .full)
    tls.ca = ca
    return tls
  }
}
