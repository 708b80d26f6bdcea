import Health

/// What `spawn_checker` and an upstream in YAML may say of the check; the names are lua-resty's where it has them.
enum OptionName: String, CaseIterable {
  case type, shm, panic, interval, timeout, fall, rise, concurrency, port, host, close, probers, quorum
  case ca, cert, key
  case path, method, headers, body, expect, send, steps
  case hostHeader = "host_header"
  case degradedAbove = "degraded_above"
  case request = "http_req"
  case httpVersion = "http_version"
  case tls
  case grpcService = "grpc_service"
  case statuses = "valid_statuses"
  case verify = "ssl_verify"
  case tlsMinimum = "tls_min"
  case certificateWarning = "cert_warning"
  case fastInterval = "fast_interval"
  case respectDown = "respect_down"
  case resolve
  case resolveInterval = "resolve_interval"
  case resolveKeep = "resolve_keep"

  /// Whether the option changes anything for a type; nil: the type is not known, and so it may.
  func hasEffect(with kind: Options.Kind?) -> Bool {
    switch self {
    case .type, .shm, .resolve, .resolveInterval, .resolveKeep: true
    case .host, .verify, .ca, .cert, .key, .tlsMinimum, .certificateWarning:
      kind == nil || kind == .https || kind == .grpc
    case .request, .statuses, .path, .method, .body, .httpVersion:
      kind == nil || kind == .http || kind == .https
    case .close, .headers, .hostHeader: kind != Options.Kind.none && kind != .tcp
    case .tls, .grpcService: kind == nil || kind == .grpc
    case .send, .steps: kind == nil || kind == .tcp
    case .expect: kind != Options.Kind.none && kind != .grpc
    case .degradedAbove, .panic, .interval, .timeout, .fall, .rise, .concurrency, .port, .probers, .quorum,
      .fastInterval,
      .respectDown:
      kind != Options.Kind.none
    }
  }

  /// Those that say how a connection is secured.
  static let secured: Set<OptionName> = [.host, .verify, .ca, .cert, .key, .tlsMinimum, .certificateWarning]

  /// Those that a request is composed of.
  static let parts: [OptionName] = [.path, .method, .hostHeader, .headers, .body]
}

/// The options of one check, each read and in its range; nil where it is not said.
struct Options {
  enum Kind: String, CaseIterable {
    case http, https, tcp, grpc
    /// Shown without a checker.
    case none
  }

  var kind: Kind?
  var request: [UInt8]?
  var httpVersion: StreamOptions.Version?
  var isTLS: Bool?
  var grpcService: String?
  var intervalMs: Int?
  var timeoutMs: Int?
  var fastIntervalMs: Int?
  var fall: Int?
  var rise: Int?
  var statuses: [UInt16]?
  var concurrency: Int?
  var port: UInt16?
  var host: String?
  var verify: TLSOptions.Verify?
  /// Paths of files, absolute.
  var ca: String?
  var cert: String?
  var key: String?
  var tlsMinimum: TLSOptions.Version?
  var certificateWarningMs: Int?
  var close: Checker.Close?
  var probers: Int?
  var quorum: Quorum?
  var respectDown: Bool?
  var path: String?
  var method: String?
  var headers: [RequestParts.Header]?
  var hostHeader: String?
  var body: [UInt8]?
  var expect: ExpectDraft?
  var send: [UInt8]?
  var steps: [DialogStep]?
  var degradedAboveMs: Int?
  /// Percent.
  var panicBelow: Int?
  var resolve: Following.Resolve?
  var resolveIntervalMs: Int?
  var resolveKeepMs: Int?
  /// Where each option stands that was said, be its value good or not.
  var locations: [OptionName: SourceLocation] = [:]
  /// What there is to say of the value of each; it matters where the option has an effect.
  var diagnostics: [OptionName: [HeldDiagnostic]] = [:]

  /// These options, and those of `defaults` where these say nothing.
  func over(_ defaults: Options) -> Options {
    var merged = self
    merged.kind = kind ?? defaults.kind
    merged.request = request ?? defaults.request
    merged.httpVersion = httpVersion ?? defaults.httpVersion
    merged.isTLS = isTLS ?? defaults.isTLS
    merged.grpcService = grpcService ?? defaults.grpcService
    merged.intervalMs = intervalMs ?? defaults.intervalMs
    merged.timeoutMs = timeoutMs ?? defaults.timeoutMs
    merged.fastIntervalMs = fastIntervalMs ?? defaults.fastIntervalMs
    merged.fall = fall ?? defaults.fall
    merged.rise = rise ?? defaults.rise
    merged.statuses = statuses ?? defaults.statuses
    merged.concurrency = concurrency ?? defaults.concurrency
    merged.port = port ?? defaults.port
    merged.host = host ?? defaults.host
    merged.verify = verify ?? defaults.verify
    merged.ca = ca ?? defaults.ca
    merged.cert = cert ?? defaults.cert
    merged.key = key ?? defaults.key
    merged.tlsMinimum = tlsMinimum ?? defaults.tlsMinimum
    merged.certificateWarningMs = certificateWarningMs ?? defaults.certificateWarningMs
    merged.close = close ?? defaults.close
    merged.probers = probers ?? defaults.probers
    merged.quorum = quorum ?? defaults.quorum
    merged.respectDown = respectDown ?? defaults.respectDown
    merged.path = path ?? defaults.path
    merged.method = method ?? defaults.method
    merged.headers = headers ?? defaults.headers
    merged.hostHeader = hostHeader ?? defaults.hostHeader
    merged.body = body ?? defaults.body
    merged.expect = expect ?? defaults.expect
    merged.send = send ?? defaults.send
    merged.steps = steps ?? defaults.steps
    merged.degradedAboveMs = degradedAboveMs ?? defaults.degradedAboveMs
    merged.panicBelow = panicBelow ?? defaults.panicBelow
    merged.resolve = resolve ?? defaults.resolve
    merged.resolveIntervalMs = resolveIntervalMs ?? defaults.resolveIntervalMs
    merged.resolveKeepMs = resolveKeepMs ?? defaults.resolveKeepMs
    merged.locations.merge(defaults.locations) { own, _ in own }
    merged.diagnostics.merge(defaults.diagnostics) { own, _ in own }
    return merged
  }
}

/// Ranges of options, both ends included.
enum OptionRange {
  /// 1 ms to an hour, as a timeout.
  static let degradedAbove = timeout
  /// 2 ms to a day. Shorter: more load, and a peer is turned sooner.
  static let interval = 2...86_400_000
  /// 1 ms to an hour.
  static let timeout = 1...3_600_000
  static let fallAndRise = 1...1_000_000
  static let statuses = 0...999
  static let concurrency = 1...1_000_000
  static let ports = 1...65535
  static let probers = 1...1000
  /// Percent.
  static let panic = 1...100
  /// A second to ten years.
  static let certificateWarning = 1000...315_360_000_000
  /// A second to a day.
  static let resolveInterval = 1000...86_400_000
  /// A second to thirty days.
  static let resolveKeep = 1000...2_592_000_000
}
