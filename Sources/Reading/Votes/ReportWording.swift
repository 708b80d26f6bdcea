import Health

/// What nodes see, in words.
struct ReportWording {
  let thresholds: Thresholds

  /// `a: L4CON connection refused`, of one that sees the peer down.
  func against(_ node: String, _ report: Report) -> String {
    "\(Plain.text(node)): \(isTurning(report) ? recovering(report) : Self.failure(report))"
  }

  /// `c sees it UP`.
  func inFavour(_ node: String, _ report: Report) -> String {
    let plain = "\(Plain.text(node)) sees it UP"
    return isTurning(report) ? plain + " after \(failing(report))" : plain
  }

  func any(_ node: String, _ report: Report) -> String {
    report.state == .up ? inFavour(node, report) : against(node, report)
  }

  /// Whether a run is under way that may turn the node's view.
  func isTurning(_ report: Report) -> Bool {
    report.state == .up ? report.nok > 0 && report.code != "OK" : report.ok > 0 && report.code == "OK"
  }

  /// `2 of 5 failures in a row (L4CON connection refused)`.
  func failing(_ report: Report) -> String {
    "\(report.nok) of \(thresholds.fall) failures in a row (\(Self.failure(report)))"
  }

  private func recovering(_ report: Report) -> String {
    "answers again, \(report.ok) of \(thresholds.rise) in a row"
  }

  /// `L4CON connection refused`.
  static func failure(_ report: Report) -> String {
    let words = [report.code, report.detail].filter { !$0.isEmpty }.map(Plain.text)
    return words.isEmpty ? "no reason told" : words.joined(separator: " ")
  }

  /// What those that see the peer down have in common: `cannot connect`.
  static func shared(_ reports: [Report]) -> String {
    let isOne = reports.count == 1
    let kinds = Set(reports.map { Failure(code: $0.code).map(Kind.init) })
    guard kinds.count == 1, let kind = kinds.first.flatMap({ $0 }) else {
      return isOne ? "sees it DOWN" : "see it DOWN"
    }
    switch kind {
    case .connection: return "cannot connect"
    case .request: return isOne ? "cannot send its request" : "cannot send their requests"
    case .refusal: return isOne ? "is refused" : "are refused"
    case .silence: return isOne ? "gets no answer" : "get no answer"
    case .handshake: return isOne ? "cannot secure its connection" : "cannot secure their connections"
    case .answer: return isOne ? "gets a bad answer" : "get a bad answer"
    }
  }

  private enum Kind {
    case connection, handshake, request, refusal, silence, answer

    init(_ failure: Failure) {
      switch failure {
      case .connectRefused, .connectTimedOut, .unreachable, .connectFailed: self = .connection
      case .sendFailed, .sendTimedOut: self = .request
      case .reset, .receiveTimedOut, .closedEarly: self = .silence
      case .handshakeTimedOut, .handshakeFailed, .certificateRejected, .noHttp2: self = .handshake
      case .requestRefused: self = .refusal
      case .badStatusLine, .badStatusCode, .badHeader, .badBody, .badJson, .badReply, .patternGaveUp,
        .badHttp2, .noGrpc, .badGrpcStatus, .notServing:
        self = .answer
      }
    }
  }
}
