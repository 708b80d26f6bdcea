import FoundationEssentials
package import Health

extension Checker: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, others, panic, type, tls, interval, timeout, fall, rise, concurrency, port, close, probers,
      quorum,
      expect, steps
    case parts = "request"
    case degradedAbove = "degraded_above"
    case request = "http_req"
    case requestBase64 = "http_req_base64"
    case validStatuses = "valid_statuses"
    case fastInterval = "fast_interval"
    case respectDown = "respect_down"
    case httpVersion = "http_version"
    case grpcService = "grpc_service"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(kind: try values.decode(Kind.self, forKey: .type), request: try Self.request(in: values))
    tls = try values.decodeIfPresent(TLSOptions.self, forKey: .tls) ?? tls
    validStatuses = try values.decode([UInt16].self, forKey: .validStatuses)
    intervalMs = try values.decode(Int.self, forKey: .interval)
    timeoutMs = try values.decode(Int.self, forKey: .timeout)
    fastIntervalMs = try values.decodeIfPresent(Int.self, forKey: .fastInterval)
    thresholds = Thresholds(
      fall: try values.decode(Int.self, forKey: .fall), rise: try values.decode(Int.self, forKey: .rise))
    concurrency = try values.decodeIfPresent(Int.self, forKey: .concurrency)
    port = try values.decodeIfPresent(UInt16.self, forKey: .port)
    close = try values.decodeIfPresent(Close.self, forKey: .close) ?? .fin
    probers = try values.decode(Int.self, forKey: .probers)
    quorum = try values.decode(Quorum.self, forKey: .quorum)
    respectDown = try values.decodeIfPresent(Bool.self, forKey: .respectDown) ?? false
    parts = try values.decodeIfPresent(RequestParts.self, forKey: .parts)
    expectations = try values.decodeIfPresent(Expectations.self, forKey: .expect)
    steps = try values.decodeIfPresent([DialogStep].self, forKey: .steps) ?? []
    degradedAboveMs = try values.decodeIfPresent(Int.self, forKey: .degradedAbove)
    name = try values.decodeIfPresent(String.self, forKey: .name) ?? ""
    panicBelow = try values.decodeIfPresent(Int.self, forKey: .panic)
    others = try values.decodeIfPresent([Checker].self, forKey: .others) ?? []
    usesHTTP2 = try values.decodeIfPresent(Int.self, forKey: .httpVersion) == 2
    grpcService = try values.decodeIfPresent(String.self, forKey: .grpcService) ?? ""
  }

  private static func request(in values: KeyedDecodingContainer<CodingKeys>) throws -> [UInt8] {
    if let text = try values.decodeIfPresent(String.self, forKey: .request) { return Array(text.utf8) }
    return Array(try values.decodeIfPresent(Data.self, forKey: .requestBase64) ?? Data())
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(kind, forKey: .type)
    // JSON has no bytes: what is not text goes as base 64.
    if let text = String(validating: request, as: UTF8.self) {
      try values.encode(text, forKey: .request)
    } else {
      try values.encode(Data(request), forKey: .requestBase64)
    }
    try values.encodeIfPresent(tls, forKey: .tls)
    try values.encode(validStatuses, forKey: .validStatuses)
    try values.encode(intervalMs, forKey: .interval)
    try values.encode(timeoutMs, forKey: .timeout)
    try values.encodeIfPresent(fastIntervalMs, forKey: .fastInterval)
    try values.encode(thresholds.fall, forKey: .fall)
    try values.encode(thresholds.rise, forKey: .rise)
    try values.encodeIfPresent(concurrency, forKey: .concurrency)
    try values.encodeIfPresent(port, forKey: .port)
    // Left out where it is usual, so that definitions from before it was there keep their digests.
    if close != .fin { try values.encode(close, forKey: .close) }
    try values.encode(probers, forKey: .probers)
    try values.encode(quorum, forKey: .quorum)
    // Only where it is said: definitions without it keep their digest.
    if respectDown { try values.encode(true, forKey: .respectDown) }
    // The same holds for these. What a node of before them knows, `http_req` among it, is there in any case.
    try values.encodeIfPresent(parts, forKey: .parts)
    try values.encodeIfPresent(expectations, forKey: .expect)
    if !steps.isEmpty { try values.encode(steps, forKey: .steps) }
    try values.encodeIfPresent(degradedAboveMs, forKey: .degradedAbove)
    try values.encodeIfPresent(panicBelow, forKey: .panic)
    if !name.isEmpty { try values.encode(name, forKey: .name) }
    if !others.isEmpty { try values.encode(others, forKey: .others) }
    if usesHTTP2 { try values.encode(2, forKey: .httpVersion) }
    if !grpcService.isEmpty { try values.encode(grpcService, forKey: .grpcService) }
  }
}

extension Checker.Close: Codable {}

extension TLSOptions: Codable {
  private enum CodingKeys: String, CodingKey {
    case host, ca, cert, key
    case verify = "ssl_verify"
    case minimum = "tls_min"
    case warningMs = "cert_warning"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      host: try values.decodeIfPresent(String.self, forKey: .host),
      verify: try values.decodeIfPresent(Verify.self, forKey: .verify) ?? .full)
    ca = try values.decodeIfPresent(String.self, forKey: .ca)
    certificate = try values.decodeIfPresent(String.self, forKey: .cert)
    key = try values.decodeIfPresent(String.self, forKey: .key)
    minimum = try values.decodeIfPresent(Version.self, forKey: .minimum) ?? minimum
    warningMs = try values.decodeIfPresent(Int.self, forKey: .warningMs) ?? warningMs
  }

  /// What is usual is left out: a definition does not change its digest where a version of this program adds an option.
  package func encode(to encoder: any Encoder) throws {
    let usual = TLSOptions()
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encodeIfPresent(host, forKey: .host)
    if verify != usual.verify { try values.encode(verify, forKey: .verify) }
    try values.encodeIfPresent(ca, forKey: .ca)
    try values.encodeIfPresent(certificate, forKey: .cert)
    try values.encodeIfPresent(key, forKey: .key)
    if minimum != usual.minimum { try values.encode(minimum, forKey: .minimum) }
    if warningMs != usual.warningMs { try values.encode(warningMs, forKey: .warningMs) }
  }
}

extension TLSOptions.Verify: Codable {}
extension TLSOptions.Version: Codable {}

extension Quorum: Codable {
  /// `majority`, `any`, `all`, or a number.
  package var text: String {
    switch self {
    case .majority: "majority"
    case .any: "any"
    case .all: "all"
    case .count(let count): String(count)
    }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    switch try container.decode(String.self) {
    case "majority": self = .majority
    case "any": self = .any
    case "all": self = .all
    case let text:
      guard let count = Int(text), count >= 1 else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a quorum")
      }
      self = .count(count)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
