package import HTTP2
import Health

/// One request in HTTP/2 and what its answer comes to. It is fed with bytes, in pieces of any size, and says as soon as
/// it knows; how the pieces are cut changes nothing.
package final class StreamedAnswer {
  private enum Judge {
    case answer(StatusSet, ExpectedAnswer?)
    case check(AnswerCheck)
    case health(HealthCheck)
  }

  private let session: HTTP2Session
  private var judge: Judge
  /// The status code of HTTP that came; 0: none.
  package private(set) var status: UInt16 = 0

  /// - Returns: nil: there is no memory.
  package init?(_ plan: StreamPlan, _ request: HTTP2Request, of library: HTTP2Library) {
    guard let session = HTTP2Session(request, mostBytes: plan.mostBytes, of: library) else { return nil }
    self.session = session
    switch plan.wanted {
    case .answer(let valid, let expected): judge = .answer(valid, expected)
    case .health(let service): judge = .health(HealthCheck(service: service))
    }
  }

  /// What is to be sent now.
  package func takeOutbound() -> [UInt8] { session.takeOutbound() }
  package var hasOutbound: Bool { session.hasOutbound }

  /// Says, where the peer is still answering, that nobody listens any more.
  package func leave() { session.leave() }

  /// How far it has come, as a clause.
  package var progress: String {
    guard status > 0 else {
      return "\(session.isSettled ? "the peer speaks HTTP/2" : "nothing came"), no answer"
    }
    switch judge {
    case .answer: return "status \(status) came"
    case .check(let check): return check.progress
    case .health(let health): return health.progress
    }
  }

  /// - Parameter piece: the next bytes of the peer.
  /// - Returns: nil: it depends on what follows.
  package func take(_ piece: UnsafeBufferPointer<UInt8>) -> AnswerVerdict? {
    session.receive(piece)
    for event in session.takeEvents() {
      if let verdict = take(event) { return verdict }
    }
    return session.failure.map(Self.verdict)
  }

  /// The peer has closed.
  package func end() -> AnswerVerdict {
    if let failure = session.end() { return Self.verdict(failure) }
    return .failed(.closedEarly, Printable.detail(Failure.closedEarly.detail(after: progress)))
  }

  private func take(_ event: HTTP2Event) -> AnswerVerdict? {
    if case .head(let status, _) = event { self.status = status }
    switch judge {
    case .answer(let valid, let expected): return take(event, valid, expected)
    case .check(let check): return Self.take(event, check)
    case .health(var health):
      let verdict = health.take(event)
      judge = .health(health)
      return verdict
    }
  }

  /// Nothing else than the head of an answer comes first.
  private func take(_ event: HTTP2Event, _ valid: StatusSet, _ expected: ExpectedAnswer?) -> AnswerVerdict? {
    guard case .head(let status, let fields) = event else { return nil }
    guard valid.isEmpty || valid.contains(status) else { return .failed(.badStatusCode, "\(status)") }
    guard let expected else { return .met }
    let check = AnswerCheck(expected, status: status, isOld: false, isStreamed: true)
    judge = .check(check)
    return Self.lines(of: fields).withUnsafeBufferPointer { check.take($0) }
  }

  private static func take(_ event: HTTP2Event, _ check: AnswerCheck) -> AnswerVerdict? {
    switch event {
    case .body(let bytes): bytes.withUnsafeBufferPointer { check.take($0) }
    case .end: check.end()
    case .head, .trailers: nil
    }
  }

  /// As HTTP/1.1 would write them: the library lets no line end into a name or a value.
  private static func lines(of fields: [HTTP2Field]) -> [UInt8] {
    var lines: [UInt8] = []
    for field in fields {
      lines += field.name.utf8
      lines += [0x3a, 0x20]
      lines += field.value
      lines += [0x0d, 0x0a]
    }
    return lines + [0x0d, 0x0a]
  }

  private static func verdict(_ failure: HTTP2Failure) -> AnswerVerdict {
    switch failure {
    case .foreign(let start):
      let isHTTP = start.starts(with: Array("HTTP/".utf8))
      let what = isHTTP ? "the peer answers in HTTP/1" : "no HTTP/2"
      return .failed(.badHttp2, Printable.detail("\(what): what came begins \(Printable.piece(start))"))
    case .refused(let what): return .failed(.requestRefused, printable(what))
    case .broken(let what): return .failed(.badHttp2, printable(what))
    case .tooMuch(let what): return .failed(.badHttp2, what)
    case .headersTooLong:
      return .failed(.badHeader, "headers longer than \(Printable.size(HTTP2Session.mostHeaderBytes))")
    }
  }

  private static func printable(_ words: String) -> String {
    Printable.detail(Printable.text(Array(words.utf8), most: Report.longestDetail))
  }
}
