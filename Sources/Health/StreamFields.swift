/// The same request in HTTP/2, where its line and `Host` are fields too (RFC 9113, 8.3.1).
extension RequestParts {
  /// What asks for the health of a server of gRPC.
  ///
  /// - Parameters:
  ///   - hostHeader: as of any request.
  ///   - headers: what gRPC calls metadata.
  package static func grpcHealth(hostHeader: String? = nil, headers: [Header] = []) -> RequestParts {
    RequestParts(
      method: "POST", path: "/grpc.health.v1.Health/Check", hostHeader: hostHeader, headers: headers)
  }

  /// Names in lower case, those that begin with a colon first.
  ///
  /// - Parameters:
  ///   - isSecured: the scheme is https.
  ///   - isGrpc: the request is one of gRPC; peers have no path of their own then.
  ///   - overrides: what a peer has otherwise.
  package func fields(isSecured: Bool, isGrpc: Bool, _ overrides: PeerOverrides? = nil) -> [Header] {
    var fields = [
      Header(name: ":method", value: method),
      Header(name: ":scheme", value: isSecured ? "https" : "http"),
      Header(name: ":authority", value: overrides?.hostHeader ?? hostHeader ?? ""),
      Header(name: ":path", value: isGrpc ? path : overrides?.path ?? path),
    ]
    if !names("user-agent") { fields.append(Header(name: "user-agent", value: "quorate")) }
    if isGrpc {
      fields.append(Header(name: "content-type", value: "application/grpc"))
      fields.append(Header(name: "te", value: "trailers"))
    } else if !names("accept") {
      fields.append(Header(name: "accept", value: "*/*"))
    }
    fields += headers.map { Header(name: $0.name.lowercased(), value: $0.value) }
    if !isGrpc, declaresLength { fields.append(Header(name: "content-length", value: "\(body.count)")) }
    return fields
  }
}
