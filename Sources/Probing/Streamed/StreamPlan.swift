package import HTTP2
package import Health

/// What the peers of one upstream are asked over HTTP/2, and what of their answers counts; made ready once for all
/// probes. Of one thread.
package final class StreamPlan {
  enum Wanted {
    /// One of these status codes, and what is expected beside it; nil: nothing.
    case answer(StatusSet, ExpectedAnswer?)
    /// gRPC's SERVING of this service.
    case health(service: String)
  }

  package let request: HTTP2Request
  let wanted: Wanted
  private let parts: RequestParts
  private let isSecured: Bool
  private let isGrpc: Bool
  private let body: [UInt8]

  /// - Parameter expected: of the answer, by `checker`.
  /// - Returns: nil: it does not speak HTTP/2.
  package init?(_ checker: Checker, expected: ExpectedAnswer?) {
    guard checker.speaksHTTP2, let parts = checker.parts else { return nil }
    isGrpc = checker.kind == .grpc
    isSecured = checker.tls != nil
    self.parts = parts
    body = isGrpc ? HealthMessage.request(checker.grpcService) : parts.body
    wanted =
      isGrpc
      ? .health(service: checker.grpcService) : .answer(StatusSet(checker.validStatuses), expected)
    request = Self.request(parts, body, isSecured: isSecured, isGrpc: isGrpc, nil)
  }

  /// The request of a peer that has something otherwise.
  func request(_ overrides: PeerOverrides) -> HTTP2Request {
    Self.request(parts, body, isSecured: isSecured, isGrpc: isGrpc, overrides)
  }

  private static func request(
    _ parts: RequestParts, _ body: [UInt8], isSecured: Bool, isGrpc: Bool, _ overrides: PeerOverrides?
  ) -> HTTP2Request {
    let fields = parts.fields(isSecured: isSecured, isGrpc: isGrpc, overrides)
    return HTTP2Request(fields: fields.map { HTTP2Field($0.name, $0.value) }, body: body)
  }

  /// Bytes that a peer may send in all: what is read of a body, frames around it, and everything else.
  var mostBytes: Int {
    switch wanted {
    case .answer(_, let expected?): 2 * expected.readLimit + Self.mostBeside
    case .answer(_, nil), .health: Self.mostBeside
    }
  }

  /// More than headers, settings and a window of the body that nobody has asked for.
  private static let mostBeside = 128 * 1024
}
