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
    case .badStatusLine, .badStatusCode, .handshakeFailed, .certificateRejected: ""
    }
  }

  /// The sentence of lua-resty's log line, without its prefix.
  ///
  /// - Parameter detail: the system's error, the line, or the status code.
  package func sentence(peer: PeerName, detail: String) -> String {
    "\(phrase) \(peer): \(detail)"
  }

  private var phrase: String {
    switch self {
    case .connectRefused, .connectTimedOut, .unreachable, .connectFailed: "failed to connect to"
    case .handshakeTimedOut, .handshakeFailed, .certificateRejected: "failed to ssl handshake to"
    case .sendFailed, .sendTimedOut: "failed to send request to"
    case .reset, .receiveTimedOut, .closedEarly: "failed to receive status line from"
    case .badStatusLine: "bad status line from"
    case .badStatusCode: "bad status code from"
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
