import Health

/// Reads what is said of HTTP/2 and gRPC.
enum StreamOptions {
  enum Version: String, CaseIterable {
    case one = "1.1"
    case two = "2"
  }

  static func version(_ text: String, _ dialect: Dialect) throws(ValueError) -> Version {
    if let version = Version(rawValue: text == "2.0" ? "2" : text) { return version }
    throw ValueError(
      what: "http_version \"\(Quoting.short(text))\" is no version that is spoken here",
      remedy: "write \(dialect.assign("http_version", yaml: "2", lua: "2")), or leave it out for HTTP/1.1")
  }

  /// Bytes of the name of a service.
  private static let longestService = 200

  static func service(_ text: String, _ dialect: Dialect) throws(ValueError) -> String {
    guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), text.utf8.count <= longestService else {
      throw ValueError(
        what: "grpc_service \"\(Quoting.short(text))\" is not the name of a service",
        remedy:
          "write \(dialect.assign("grpc_service", yaml: "shop.Cart", lua: "\"shop.Cart\"")), or leave it out for the whole server"
      )
    }
    return text
  }
}

extension Options {
  /// The connections are in TLS.
  var isSecured: Bool { kind == .https || kind == .grpc && isTLS == true }
}

/// What is asked over HTTP/2, and whether it can be.
struct StreamChoice {
  /// Headers that HTTP/2 has no place for (RFC 9113, 8.2.2).
  private static let ofConnections: Set<String> = ["keep-alive", "proxy-connection", "upgrade", "te"]
  /// Headers that gRPC sets itself.
  private static let ofGrpc: Set<String> = ["content-type"]

  let diagnostics: Diagnostics
  /// With the defaults.
  let options: Options
  let own: Options
  let location: SourceLocation

  /// False: there was a problem.
  func apply(to checker: inout Checker, isVerbatim: Bool) -> Bool {
    guard options.httpVersion == .two else { return true }
    guard !isVerbatim else {
      tell(
        own.locations[.httpVersion] == nil ? .request : .httpVersion,
        "\"http_req\" is sent as it is, in HTTP/1",
        remedy: "write path: / and the like in place of http_req, or http_version: 1.1")
      return false
    }
    checker.usesHTTP2 = true
    return fits(checker.parts?.headers ?? []) { Self.ofConnections.contains($0) }
  }

  /// False: there was a problem.
  func applyGrpc(to checker: inout Checker) -> Bool {
    checker.grpcService = options.grpcService ?? ""
    let parts = RequestParts.grpcHealth(hostHeader: options.hostHeader, headers: options.headers ?? [])
    checker.parts = parts
    return fits(parts.headers) {
      Self.ofConnections.contains($0) || Self.ofGrpc.contains($0) || $0.hasPrefix("grpc-")
    }
  }

  private func fits(_ headers: [RequestParts.Header], isTaken: (String) -> Bool) -> Bool {
    guard let header = headers.first(where: { isTaken($0.name.lowercased()) }) else { return true }
    let isGrpc = options.kind == .grpc && !Self.ofConnections.contains(header.name.lowercased())
    tell(
      .headers,
      "the header \(header.name) cannot be given: \(isGrpc ? "gRPC sets it" : "HTTP/2 has no place for it")",
      remedy: "remove it")
    return false
  }

  private func tell(_ name: OptionName, _ what: String, remedy: String) {
    diagnostics.problem(options.locations[name] ?? location, what, remedy: remedy)
  }
}
