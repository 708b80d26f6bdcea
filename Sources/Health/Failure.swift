/// Why a probe failed: a closed table. The short codes name the layer first, as HAProxy's do; they are what logs,
/// reports, events, pages and metrics show.
package enum Failure: UInt8, Hashable, Sendable, CaseIterable {
  case connectRefused
  case connectTimedOut
  case unreachable
  case connectFailed
  case sendFailed
  case sendTimedOut
  case reset
  case receiveTimedOut
  case closedEarly
  case badStatusLine
  case badStatusCode
  case handshakeTimedOut
  case handshakeFailed
  case certificateRejected
  /// A header is not there, or not as expected.
  case badHeader
  /// The body does not hold what is expected, or cannot be read.
  case badBody
  /// The body is not JSON, or has another value at a place.
  case badJson
  /// Over plain TCP something else came than what is expected.
  case badReply
  /// A regular expression could not be decided within its limits.
  case patternGaveUp
  /// In TLS the peer does not agree on HTTP/2.
  case noHttp2
  /// What comes is no HTTP/2 as it should be, or ends with an error of it.
  case badHttp2
  /// The peer speaks HTTP/2, and did not take the request.
  case requestRefused
  /// The answer is none of gRPC.
  case noGrpc
  /// gRPC answers with an error.
  case badGrpcStatus
  /// The health service of gRPC answers, and does not say SERVING.
  case notServing

  /// Short code, 4 to 7 characters of `A-Z 0-9`.
  package var code: String {
    switch self {
    case .connectRefused: "L4CON"
    case .connectTimedOut: "L4TOUT"
    case .unreachable: "L4UNR"
    case .connectFailed: "L4ERR"
    case .sendFailed: "L7SND"
    case .sendTimedOut: "L7SNDTO"
    case .reset: "L7RST"
    case .receiveTimedOut: "L7TOUT"
    case .closedEarly: "L7EOF"
    case .badStatusLine: "L7RSP"
    case .badStatusCode: "L7STS"
    case .handshakeTimedOut: "L6TOUT"
    case .handshakeFailed: "L6RSP"
    case .certificateRejected: "L6CERT"
    case .badHeader: "L7HDR"
    case .badBody: "L7BODY"
    case .badJson: "L7JSON"
    case .badReply: "L7EXP"
    case .patternGaveUp: "L7LIM"
    case .noHttp2: "L6ALPN"
    case .badHttp2: "L7H2"
    case .requestRefused: "L7H2REF"
    case .noGrpc: "L7GRSP"
    case .badGrpcStatus: "L7GSTS"
    case .notServing: "L7GSRV"
    }
  }

  /// The failure with this short code.
  package init?(code: some StringProtocol) {
    guard let found = Self.allCases.first(where: { $0.code == code }) else { return nil }
    self = found
  }

  /// What the operating system's error is called in lua-resty's log lines, where the probe has no text of its own.
  package var usualDetail: String {
    switch self {
    case .connectRefused: "connection refused"
    case .connectTimedOut, .sendTimedOut, .receiveTimedOut, .handshakeTimedOut: "timeout"
    case .unreachable: "no route to host"
    case .connectFailed: "connect failed"
    case .sendFailed: "broken pipe"
    case .reset: "connection reset by peer"
    case .closedEarly: "closed"
    case .badStatusLine, .badStatusCode, .badHeader, .badBody, .badJson, .badReply, .patternGaveUp,
      .handshakeFailed, .certificateRejected, .noHttp2, .badHttp2, .requestRefused, .noGrpc,
      .badGrpcStatus, .notServing:
      ""
    }
  }

  /// The detail where the answer had begun: `timeout; status 200 came, …`. lua-resty reads no more than the status line
  /// and has no sentence for it.
  package func detail(after progress: String) -> String { "\(usualDetail); \(progress)" }

  /// The sentence of lua-resty's log line, without its prefix; of the same kind where lua-resty has none.
  ///
  /// - Parameter detail: the system's error, the line, or the status code.
  package func sentence(peer: PeerName, detail: String) -> String {
    let isLater = !usualDetail.isEmpty && detail.hasPrefix("\(usualDetail); ")
    return "\(isLater ? "failed to receive the answer from" : phrase) \(peer): \(detail)"
  }

  private var phrase: String {
    switch self {
    case .connectRefused, .connectTimedOut, .unreachable, .connectFailed: "failed to connect to"
    case .handshakeTimedOut, .handshakeFailed, .certificateRejected, .noHttp2: "failed to ssl handshake to"
    case .sendFailed, .sendTimedOut: "failed to send request to"
    case .reset, .receiveTimedOut, .closedEarly: "failed to receive status line from"
    case .badStatusLine: "bad status line from"
    case .badStatusCode: "bad status code from"
    case .badHeader: "bad header from"
    case .badBody: "bad body from"
    case .badJson: "bad JSON from"
    case .badReply: "unexpected reply from"
    case .patternGaveUp: "cannot decide about the answer from"
    case .badHttp2: "bad HTTP/2 from"
    case .requestRefused: "request refused by"
    case .noGrpc: "no answer of gRPC from"
    case .badGrpcStatus: "bad gRPC status from"
    case .notServing: "bad health status from"
    }
  }
}

/// Why this machine could not ask at all. A local error is no vote: it says nothing about the peer.
package enum LocalError: UInt8, Hashable, Sendable, CaseIterable {
  case noPort
  case noDescriptor
  case noMemory
  /// The node stood still during the probe, so its clock readings mean nothing.
  case paused
  case other

  /// Short code, as in `Failure.code`.
  package var code: String {
    switch self {
    case .noPort: "LOCPORT"
    case .noDescriptor: "LOCFD"
    case .noMemory: "LOCMEM"
    case .paused: "LOCWAIT"
    case .other: "LOCERR"
    }
  }
}
