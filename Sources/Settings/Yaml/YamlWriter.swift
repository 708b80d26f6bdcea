import Addresses
import Health

extension NodeSettings {
  /// The settings as a YAML file that gives them again, and that people like to read.
  ///
  /// A Redis password is written as it is. What equals a default is left out, but for the four numbers of a check
  /// that everybody looks for.
  ///
  /// - Parameter hostName: the node's name is left out where it is this machine's, so that the file fits others.
  package func yaml(hostName: String? = nil) -> String {
    var writer = YamlWriter()
    let standard = NodeSettings(node: HostName.asNode(hostName ?? HostName.current()))
    writer.node(self, standard)
    for (index, upstream) in upstreams.enumerated() {
      writer.line(index == 0 ? "upstreams:" : "")
      writer.upstream(upstream)
    }
    return writer.text.isEmpty ? "upstreams: []\n" : writer.text
  }
}

private struct YamlWriter {
  private(set) var text = ""
  /// Before an option.
  private var indent = "    "

  mutating func line(_ line: String) {
    text += line + "\n"
  }

  mutating func node(_ settings: NodeSettings, _ standard: NodeSettings) {
    if settings.namespace != standard.namespace { line("namespace: \(YamlText.quoted(settings.namespace))") }
    if settings.node != standard.node { line("node: \(YamlText.quoted(settings.node))") }
    if let redis = settings.redis { line("redis: \(YamlText.quoted(redis.secretText))") }
    if settings.listen != standard.listen { line("listen: \(YamlText.quoted("\(settings.listen)"))") }
    if settings.allow != standard.allow {
      line("allow: [\(settings.allow.map { YamlText.quoted("\($0)") }.joined(separator: ", "))]")
    }
    if !settings.resolver.isEmpty {
      line("resolver: [\(settings.resolver.map { YamlText.quoted("\($0)") }.joined(separator: ", "))]")
    }
    if settings.web.connections != standard.web.connections {
      line("max_connections: \(settings.web.connections)")
    }
    if settings.web.eventStreams != WebSettings(connections: settings.web.connections).eventStreams {
      line("max_event_streams: \(settings.web.eventStreams)")
    }
    duration("heartbeat", settings.heartbeatMs, standard.heartbeatMs)
    duration("lease", settings.leaseMs, standard.leaseMs)
    duration("member_expiry", settings.memberExpiryMs, standard.memberExpiryMs)
  }

  private mutating func duration(_ key: String, _ value: Int, _ standard: Int) {
    if value != standard { line("\(key): \(Number.duration(value))") }
  }

  mutating func upstream(_ upstream: UpstreamSettings) {
    line("  - upstream: \(YamlText.quoted(upstream.name.text))")
    switch upstream.check {
    case .none: line("    type: none")
    case .probed(let checker):
      if checker.others.isEmpty {
        indent = "    "
        kind(checker)
        options(checker)
      } else {
        checks(of: checker)
      }
    }
    following(upstream.following)
    if let file = upstream.file { line("    peers_file: \(YamlText.quoted(file.name))") }
    peers(upstream.peers.filter { $0.role == .primary }, "peers")
    let backups = upstream.peers.filter { $0.role == .backup }
    if !backups.isEmpty { peers(backups, "backup") }
  }

  /// What stands at the upstream, and then each check.
  private mutating func checks(of checker: Checker) {
    indent = "    "
    thresholds(checker.thresholds)
    judgement(checker)
    line("    checks:")
    for check in checker.checks {
      line("      - name: \(YamlText.quoted(check.name))")
      indent = "        "
      kind(check)
      request(check)
      rhythm(check)
      asking(check)
    }
  }

  private mutating func options(_ checker: Checker) {
    request(checker)
    rhythm(checker)
    thresholds(checker.thresholds)
    asking(checker)
    judgement(checker)
  }

  private mutating func option(_ text: String) { line(indent + text) }

  private mutating func kind(_ checker: Checker) { option("type: \(checker.kind.rawValue)") }

  private mutating func request(_ checker: Checker) {
    if checker.kind == .grpc {
      if checker.tls != nil { option("tls: true") }
      if !checker.grpcService.isEmpty { option("grpc_service: \(YamlText.quoted(checker.grpcService))") }
      for part in YamlExpectations.names(of: checker.parts) { option(part) }
    } else if checker.isHTTP {
      if checker.usesHTTP2 { option("http_version: 2") }
      if let parts = checker.parts {
        for part in YamlExpectations.lines(of: parts) { option(part) }
      } else {
        option("http_req: \(YamlText.request(checker.request))")
      }
    }
  }

  private mutating func rhythm(_ checker: Checker) {
    option("interval: \(Number.duration(checker.intervalMs))")
    option("timeout: \(Number.duration(checker.timeoutMs))")
  }

  private mutating func thresholds(_ thresholds: Thresholds) {
    option("fall: \(thresholds.fall)")
    option("rise: \(thresholds.rise)")
  }

  /// What is said of one check, beside its request.
  private mutating func asking(_ checker: Checker) {
    if let fast = checker.fastIntervalMs { option("fast_interval: \(Number.duration(fast))") }
    if !checker.validStatuses.isEmpty {
      option("valid_statuses: [\(StatusRanges.texts(checker.validStatuses).joined(separator: ", "))]")
    }
    if let concurrency = checker.concurrency { option("concurrency: \(concurrency)") }
    if let port = checker.port { option("port: \(port)") }
    if checker.close != Checker(kind: checker.kind).close { option("close: \(checker.close.rawValue)") }
    for expected in YamlExpectations.lines(of: checker) { option(expected) }
    if let tls = checker.tls { options(tls) }
  }

  /// What is said of the upstream as a whole.
  private mutating func judgement(_ checker: Checker) {
    let standard = Checker(kind: checker.kind)
    if checker.probers != standard.probers { option("probers: \(checker.probers)") }
    if checker.quorum != standard.quorum { option("quorum: \(YamlText.quorum(checker.quorum))") }
    if let percent = checker.panicBelow { option("panic: \(percent)%") }
    if checker.respectDown { option("respect_down: true") }
    if let aboveMs = checker.degradedAboveMs { option("degraded_above: \(Number.duration(aboveMs))") }
  }

  private mutating func options(_ tls: TLSOptions) {
    let standard = TLSOptions()
    if let host = tls.host { option("host: \(YamlText.quoted(host))") }
    switch tls.verify {
    case .full: break
    case .chain: option("ssl_verify: chain")
    case .none: option("ssl_verify: false")
    }
    if let ca = tls.ca { option("ca: \(YamlText.quoted(ca))") }
    if let certificate = tls.certificate { option("cert: \(YamlText.quoted(certificate))") }
    if let key = tls.key { option("key: \(YamlText.quoted(key))") }
    if tls.minimum != standard.minimum { option("tls_min: \"\(tls.minimum.rawValue)\"") }
    if tls.warningMs != standard.warningMs { option("cert_warning: \(Number.duration(tls.warningMs))") }
  }

  private mutating func peers(_ peers: [PeerSettings], _ key: String) {
    guard !peers.isEmpty else {
      line("    \(key): []")
      return
    }
    line("    \(key):")
    for peer in peers {
      let address = YamlText.quoted("\(peer.address)")
      let key = if case .service = peer.address { "srv" } else { "server" }
      let more =
        (peer.startsDown ? ["down: true"] : []) + (peer.isFollowed ? [] : ["resolve: once"])
        + YamlExpectations.entries(of: peer.overrides)
      let isPlain = key == "server" && more.isEmpty
      line("      - " + (isPlain ? address : YamlExpectations.map(["\(key): \(address)"] + more)))
    }
  }

  private mutating func following(_ following: Following) {
    let standard = Following()
    if following.resolve != standard.resolve { line("    resolve: \(following.resolve.rawValue)") }
    if following.intervalMs != standard.intervalMs {
      line("    resolve_interval: \(Number.duration(following.intervalMs))")
    }
    if let keepMs = following.keepMs { line("    resolve_keep: \(Number.duration(keepMs))") }
  }
}

/// Texts as YAML.
enum YamlText {
  /// Plain where every YAML reader takes it for the same text, and in double quotes elsewhere.
  static func quoted(_ text: String) -> String {
    let fits =
      text.utf8.last != UInt8(ascii: ":")
      && text.utf8.allSatisfy { $0.isAlphanumeric || "._-/:".utf8.contains($0) }
    // Three dots: an IPv4 address, which no reader takes for a number.
    let isPlain =
      fits && (text.utf8.first?.isLetter == true || text.utf8.count { $0 == UInt8(ascii: ".") } == 3)
    let isWord = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(text.lowercased())
    return isPlain && !isWord ? text : doubleQuoted(text)
  }

  /// Control characters as escapes, so that it stays on one line; `${` as the settings escape it.
  static func doubleQuoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in escapedVariables(text).unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\r": quoted += "\\r"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\u{20}"..."\u{7E}", "\u{A0}"..."\u{2027}", "\u{202A}"..."\u{D7FF}":
        quoted.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      }
    }
    return quoted + "\""
  }

  /// `${` becomes `$${`.
  private static func escapedVariables(_ text: String) -> String {
    var escaped: [UInt8] = []
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.popFirst() {
      if byte == UInt8(ascii: "$"), bytes.first == UInt8(ascii: "{") { escaped.append(byte) }
      escaped.append(byte)
    }
    return String(decoding: escaped, as: UTF8.self)
  }

  /// A request in double quotes; as base64 where it is not text.
  static func request(_ bytes: [UInt8]) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return "!!binary \"\(Base64.encode(bytes))\""
    }
    return doubleQuoted(text)
  }

  static func quorum(_ quorum: Quorum) -> String {
    switch quorum {
    case .majority: "majority"
    case .any: "any"
    case .all: "all"
    case .count(let count): "\(count)"
    }
  }
}
