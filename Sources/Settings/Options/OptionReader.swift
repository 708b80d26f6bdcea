import Addresses
import Health

/// Reads the options of one check from keys and values. What is wrong with a value is kept with the option: whether it
/// matters depends on the type.
struct OptionReader {
  let diagnostics: Diagnostics
  let dialect: Dialect

  /// - Parameter entries: no two with one key; keys that are no options are left alone.
  func read(_ entries: [Entry]) -> Options {
    var options = Options()
    for entry in entries where !entry.value.isNone {
      guard let name = OptionName(rawValue: entry.key) else { continue }
      options.locations[name] = entry.value.location
      if case .unreadable = entry.value.content { continue }
      options.diagnostics[name] = diagnostics.holdingBack {
        _ = diagnostics.value(entry.value.location) { () throws(ValueError) in
          try set(name, entry.value, &options)
        }
      }
    }
    return options
  }

  private func set(_ name: OptionName, _ value: Value, _ options: inout Options) throws(ValueError) {
    switch name {
    case .type: options.kind = try kind(value)
    case .request: options.request = try request(value)
    case .httpVersion: options.httpVersion = try StreamOptions.version(text(value, name), dialect)
    case .tls: options.isTLS = try Self.truth(text(value, name), name.rawValue)
    case .grpcService: options.grpcService = try StreamOptions.service(text(value, name), dialect)
    case .shm:
      diagnostics.noticeOnce(
        value.location, "\"shm\" is ignored: the shared memory is Redis, or this process where none is set")
    case .interval: options.intervalMs = try interval(value)
    case .fastInterval: options.fastIntervalMs = try duration(value, name, OptionRange.interval)
    case .timeout: options.timeoutMs = try duration(value, name, OptionRange.timeout)
    case .fall: options.fall = try number(value, name, OptionRange.fallAndRise)
    case .rise: options.rise = try number(value, name, OptionRange.fallAndRise)
    case .statuses: options.statuses = try statuses(value)
    case .concurrency: options.concurrency = try number(value, name, OptionRange.concurrency)
    case .port: options.port = UInt16(try number(value, name, OptionRange.ports))
    case .host: options.host = try host(value)
    case .verify: options.verify = try verify(value)
    case .ca: options.ca = try path(value, name)
    case .cert: options.cert = try path(value, name)
    case .key: options.key = try path(value, name)
    case .tlsMinimum: options.tlsMinimum = try version(value)
    case .certificateWarning:
      options.certificateWarningMs = try Number.milliseconds(
        text(value, name), in: OptionRange.certificateWarning, name.rawValue)
    case .close: options.close = try close(value)
    case .probers: options.probers = try number(value, name, OptionRange.probers)
    case .quorum: options.quorum = try quorum(value)
    case .respectDown: options.respectDown = try Self.truth(text(value, name), name.rawValue)
    case .path, .method, .headers, .hostHeader, .body: try setPart(name, value, &options)
    case .expect:
      options.expect = try ExpectReader(diagnostics: diagnostics, dialect: dialect).read(value)
    case .send: options.send = try StepReader(diagnostics: diagnostics).bytes(readable(value, name), "send")
    case .steps: options.steps = try StepReader(diagnostics: diagnostics).steps(readable(value, name))
    case .degradedAbove:
      options.degradedAboveMs = try duration(value, name, OptionRange.degradedAbove)
    case .panic: options.panicBelow = try percent(value)
    case .resolve: options.resolve = try resolve(value)
    case .resolveInterval: options.resolveIntervalMs = try duration(value, name, OptionRange.resolveInterval)
    case .resolveKeep: options.resolveKeepMs = try duration(value, name, OptionRange.resolveKeep)
    }
  }

  private func setPart(
    _ name: OptionName, _ value: Value, _ options: inout Options
  ) throws(ValueError) {
    let reader = RequestReader(diagnostics: diagnostics, dialect: dialect)
    switch name {
    case .path: options.path = try RequestReader.path(text(value, name))
    case .method: options.method = try reader.method(text(value, name))
    case .hostHeader: options.hostHeader = try RequestReader.hostHeader(text(value, name))
    case .headers: options.headers = try reader.headers(value)
    default: options.body = try reader.body(value)
    }
  }

  /// Of a table with keys in Lua nothing is known but that it is one.
  private func readable(_ value: Value, _ name: OptionName) throws(ValueError) -> Value {
    let isTable =
      switch value.content {
      case .map, .list: true
      case .scalar, .none, .unreadable: false
      }
    guard dialect == .lua, isTable else { return value }
    throw ValueError(
      what: "\"\(name.rawValue)\" is a table, which is not read from Lua",
      remedy: "give the upstream its checker in YAML")
  }

  private func resolve(_ value: Value) throws(ValueError) -> Following.Resolve {
    let text = try text(value, .resolve)
    if let resolve = Following.Resolve(rawValue: text) { return resolve }
    throw ValueError(
      what: "resolve \"\(Quoting.short(text))\" is not known",
      remedy: "write \(dialect.assign("resolve", yaml: "all", lua: "\"all\"")) (each address is a peer) or "
        + "\(dialect.assign("resolve", yaml: "first", lua: "\"first\"")) (one is)")
  }

  private func kind(_ value: Value) throws(ValueError) -> Options.Kind {
    let type = try text(value, .type)
    if let kind = Options.Kind(rawValue: type) { return kind }
    if type == "grpcs" {
      throw ValueError(
        what: "gRPC in TLS is no type of its own",
        remedy: "write \(dialect.assign("type", yaml: "grpc", lua: "\"grpc\"")) and "
          + dialect.assign("tls", yaml: "true", lua: "true"))
    }
    let known = ["http", "https", "tcp", "grpc"]
    let nearest = Suggestion.nearest(to: type, among: known).map { "did you mean \"\($0)\"?" }
    throw ValueError(
      what:
        "only \"http\", \"https\", \"grpc\" and \"tcp\" type are supported right now, not \"\(Quoting.short(type))\"",
      remedy: nearest ?? "write \(dialect.assign("type", yaml: "http", lua: "\"http\""))")
  }

  private func request(_ value: Value) throws(ValueError) -> [UInt8] {
    guard case .scalar(let scalar) = value.content else {
      throw wrongType(.request, value, wanted: "a text")
    }
    guard !scalar.bytes.isEmpty else {
      throw ValueError(
        what: "\"http_req\" is empty",
        remedy: "write \(dialect.assign("http_req", yaml: Self.example))")
    }
    guard scalar.bytes.count <= Limits.requestBytes else {
      throw ValueError(
        what: "\"http_req\" has \(scalar.bytes.count) bytes",
        remedy: "at most \(Limits.requestBytes) are sent")
    }
    let text = scalar.text
    if scalar.isLiteral, text.contains(#"\r\n"#) || text.contains(#"\n"#) {
      throw ValueError(
        what: "\"http_req\" has a backslash and letters where a line should end",
        remedy: "put it in double quotes: \(dialect.assign("http_req", yaml: Self.example))")
    }
    if !Self.hasEmptyLine(scalar.bytes) {
      diagnostics.notice(
        value.location,
        "\"http_req\" has no empty line at its end: a server may wait for more until the probe times out")
    }
    return scalar.bytes
  }

  static let example = #""GET / HTTP/1.0\r\nHost: NAME\r\n\r\n""#

  /// Whether a line end follows a line end.
  private static func hasEmptyLine(_ bytes: [UInt8]) -> Bool {
    var atStart = false
    for byte in bytes where byte != UInt8(ascii: "\r") {
      if byte == UInt8(ascii: "\n"), atStart { return true }
      atStart = byte == UInt8(ascii: "\n")
    }
    return false
  }

  private func interval(_ value: Value) throws(ValueError) -> Int {
    let text = try text(value, .interval)
    let least = OptionRange.interval.lowerBound
    if let short = Number.milliseconds(text), (0..<least).contains(short) {
      let meant = short > 0 && Number.whole(text) != nil ? "; a bare number is milliseconds: \(short)s?" : ""
      diagnostics.notice(value.location, "interval \(Quoting.short(text)) is raised to \(least) ms\(meant)")
      return least
    }
    return try duration(value, .interval, OptionRange.interval)
  }

  /// Milliseconds. A bare number below 100 is taken for what it says, but was probably meant as seconds.
  private func duration(
    _ value: Value, _ name: OptionName, _ range: ClosedRange<Int>
  ) throws(ValueError) -> Int {
    let text = try text(value, name)
    let duration = try Number.milliseconds(text, in: range, name.rawValue)
    if duration < 100, Number.whole(text) != nil {
      diagnostics.notice(
        value.location, "\(name.rawValue) is \(duration) ms: a bare number is milliseconds; \(duration)s?")
    }
    return duration
  }

  /// Ascending, none twice; ranges as all their codes.
  private func statuses(_ value: Value) throws(ValueError) -> [UInt16] {
    guard case .list(let values) = value.content else {
      throw wrongType(
        .statuses, value,
        wanted: "a list: \(dialect.assign("valid_statuses", yaml: "[200, 302]", lua: "{200, 302}"))")
    }
    guard !values.isEmpty else {
      throw ValueError(
        what: "\"valid_statuses\" is empty, so that no answer would do",
        remedy: "list the codes that do, or leave it out for any status line")
    }
    var codes: Set<UInt16> = []
    for value in values {
      if case .unreadable = value.content { continue }
      guard case .scalar(let scalar) = value.content else {
        diagnostics.problem(value.location, wrongType(.statuses, value, wanted: "a list of status codes"))
        continue
      }
      let some = diagnostics.value(value.location) { () throws(ValueError) in
        try StatusCodes.parse(scalar.text, dialect)
      }
      guard let some else { continue }
      codes.formUnion(some)
      if let code = some.first, some.count == 1, StatusCode.isInterim(code) {
        diagnostics.notice(
          value.location, "status code \(code) never counts: the answer that follows it does")
      }
    }
    return codes.sorted()
  }

  private func host(_ value: Value) throws(ValueError) -> String {
    try Self.hostName(text(value, .host))
  }

  static func hostName(_ name: String) throws(ValueError) -> String {
    guard HostPort.isName(name) || IPAddress(name) != nil else {
      throw ValueError(
        what: "host \"\(Quoting.short(name))\" is not the name of a host",
        remedy: "write a name without a port")
    }
    return name
  }

  private func verify(_ value: Value) throws(ValueError) -> TLSOptions.Verify {
    let text = try text(value, .verify)
    if text == TLSOptions.Verify.chain.rawValue { return .chain }
    return try Self.truth(text, OptionName.verify.rawValue) ? .full : .none
  }

  private func version(_ value: Value) throws(ValueError) -> TLSOptions.Version {
    let text = try text(value, .tlsMinimum)
    if let version = TLSOptions.Version(rawValue: text) { return version }
    throw ValueError(
      what: "tls_min \"\(Quoting.short(text))\" is no version of TLS",
      remedy: "write \(dialect.assign("tls_min", yaml: "\"1.2\"", lua: "\"1.2\"")), or 1.0, 1.1, 1.3")
  }

  /// A file that each node reads for itself.
  private func path(_ value: Value, _ name: OptionName) throws(ValueError) -> String {
    let path = try text(value, name)
    guard path.hasPrefix("/"), path.utf8.count <= 1024, !path.utf8.contains(0) else {
      throw ValueError(
        what: "\(name.rawValue) \"\(Quoting.short(path))\" is not the path of a file",
        remedy: "write it from the root on, like /etc/quorate/\(name.rawValue).pem")
    }
    if let why = FileReader.whyUnreadable(path) {
      diagnostics.notice(value.location, "\(name.rawValue): \(path) cannot be read here: \(why)")
    }
    return path
  }

  private func close(_ value: Value) throws(ValueError) -> Checker.Close {
    let text = try text(value, .close)
    if let close = Checker.Close(rawValue: text) { return close }
    throw ValueError(
      what: "close \"\(Quoting.short(text))\" is not known",
      remedy: "write \(dialect.assign("close", yaml: "fin", lua: "\"fin\"")) (in order) or "
        + "\(dialect.assign("close", yaml: "reset", lua: "\"reset\"")) (at once)")
  }

  /// `50%`, or the number alone.
  private func percent(_ value: Value) throws(ValueError) -> Int {
    let text = try text(value, .panic)
    let digits = text.hasSuffix("%") ? String(text.dropLast()) : text
    guard let percent = Number.whole(digits), OptionRange.panic.contains(percent) else {
      throw ValueError(
        what: "panic \"\(Quoting.short(text))\" is not a percentage from 1% to 100%",
        remedy: "write \(dialect.assign("panic", yaml: "50%", lua: "\"50%\"")), or leave it out for none")
    }
    return percent
  }

  private func quorum(_ value: Value) throws(ValueError) -> Quorum {
    let text = try text(value, .quorum)
    switch text {
    case "majority": return .majority
    case "any": return .any
    case "all": return .all
    default: break
    }
    guard Number.whole(text) != nil else {
      throw ValueError(
        what: "quorum \"\(Quoting.short(text))\" is not known",
        remedy: Suggestion.nearest(to: text, among: ["majority", "any", "all"]).map {
          "did you mean \"\($0)\"?"
        }
          ?? "write majority, any, all or a number not above probers")
    }
    return .count(try Number.whole(text, in: OptionRange.probers, "quorum"))
  }

  private func number(_ value: Value, _ name: OptionName, _ range: ClosedRange<Int>) throws(ValueError) -> Int
  {
    try Number.whole(text(value, name), in: range, name.rawValue)
  }

  private func text(_ value: Value, _ name: OptionName) throws(ValueError) -> String {
    guard case .scalar(let scalar) = value.content else { throw wrongType(name, value, wanted: "one value") }
    return scalar.text
  }

  private func wrongType(_ name: OptionName, _ value: Value, wanted: String) -> ValueError {
    ValueError(what: "\"\(name.rawValue)\" is \(value.kind)", remedy: "write \(wanted)")
  }

  static func truth(_ text: String, _ name: String) throws(ValueError) -> Bool {
    switch text.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default:
      throw ValueError(
        what: "\(name) \"\(Quoting.short(text))\" is neither true nor false", remedy: "write true or false")
    }
  }
}
