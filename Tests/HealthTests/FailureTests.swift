import FoundationEssentials
import Health
import Testing

@Suite struct FailureTests {
  private let peer = PeerName("127.0.0.1:80")

  /// The lines that lua-resty's users search their logs for.
  @Test(arguments: [
    (Failure.connectRefused, "connection refused", "failed to connect to 127.0.0.1:80: connection refused"),
    (.connectTimedOut, "timeout", "failed to connect to 127.0.0.1:80: timeout"),
    (.sendFailed, "broken pipe", "failed to send request to 127.0.0.1:80: broken pipe"),
    (.receiveTimedOut, "timeout", "failed to receive status line from 127.0.0.1:80: timeout"),
    (.closedEarly, "closed", "failed to receive status line from 127.0.0.1:80: closed"),
    (
      .reset, "connection reset by peer",
      "failed to receive status line from 127.0.0.1:80: connection reset by peer"
    ),
    (.badStatusLine, "SSH-2.0", "bad status line from 127.0.0.1:80: SSH-2.0"),
    (.badStatusCode, "503", "bad status code from 127.0.0.1:80: 503"),
    // What lua-resty does not read has sentences of the same kind.
    (.badHeader, "no header A", "bad header from 127.0.0.1:80: no header A"),
    (.badBody, "no \"ok\"", "bad body from 127.0.0.1:80: no \"ok\""),
    (.badJson, "$.a is 1", "bad JSON from 127.0.0.1:80: $.a is 1"),
    (.badReply, "x", "unexpected reply from 127.0.0.1:80: x"),
    (.patternGaveUp, "x", "cannot decide about the answer from 127.0.0.1:80: x"),
    (.noHttp2, "the peer agrees on x", "failed to ssl handshake to 127.0.0.1:80: the peer agrees on x"),
    (.badHttp2, "GOAWAY x", "bad HTTP/2 from 127.0.0.1:80: GOAWAY x"),
    (
      .requestRefused, "RST_STREAM REFUSED_STREAM",
      "request refused by 127.0.0.1:80: RST_STREAM REFUSED_STREAM"
    ),
    (.noGrpc, "HTTP status 502", "no answer of gRPC from 127.0.0.1:80: HTTP status 502"),
    (.badGrpcStatus, "UNAVAILABLE", "bad gRPC status from 127.0.0.1:80: UNAVAILABLE"),
    (.notServing, "NOT_SERVING", "bad health status from 127.0.0.1:80: NOT_SERVING"),
    (
      .receiveTimedOut, "timeout; status 200 came",
      "failed to receive the answer from 127.0.0.1:80: timeout; status 200 came"
    ),
    (.closedEarly, "closed; more", "failed to receive the answer from 127.0.0.1:80: closed; more"),
  ])
  func saysWhatLuaRestySays(failure: Failure, detail: String, sentence: String) {
    #expect(failure.sentence(peer: peer, detail: detail) == sentence)
  }

  @Test func hasAShortCodeOfItsOwnForEach() {
    let codes = Failure.allCases.map(\.code) + LocalError.allCases.map(\.code) + ["OK"]
    #expect(Set(codes).count == codes.count)
    for code in codes {
      #expect((2...7).contains(code.count) && code.allSatisfy { $0.isUppercase || $0.isNumber })
    }
  }

  @Test(arguments: Failure.allCases)
  func isFoundByItsCode(failure: Failure) {
    #expect(Failure(code: failure.code) == failure)
  }

  /// docs/probes.md has a row for each, with what to do about it.
  @Test func everyCodeIsExplained() throws {
    let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    let text = try String(contentsOfFile: "\(root)/docs/probes.md", encoding: .utf8)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
    for code in Failure.allCases.map(\.code) + LocalError.allCases.map(\.code) {
      #expect(rows.contains { $0.split(separator: "|").first?.contains("`\(code)`") == true }, "\(code)")
    }
  }

  @Test func knowsNoOtherCode() {
    #expect(Failure(code: "L9XXX") == nil)
  }

  @Test func theUsualDetailIsWhatTheSystemSays() {
    let own: Set<Failure> = [
      .badStatusLine, .badStatusCode, .badHeader, .badBody, .badJson, .badReply, .patternGaveUp,
      .handshakeFailed, .certificateRejected, .noHttp2, .badHttp2, .requestRefused, .noGrpc, .badGrpcStatus,
      .notServing,
    ]
    for failure in Failure.allCases where !own.contains(failure) {
      #expect(!failure.usualDetail.isEmpty)
    }
  }

  @Test(arguments: [
    (Outcome(.success, status: 200), "OK"), (Outcome(.failure(.reset)), "L7RST"),
    (Outcome(.local(.noPort)), "LOCPORT"),
  ])
  func anOutcomeHasACode(outcome: Outcome, code: String) {
    #expect(outcome.code == code)
  }
}
