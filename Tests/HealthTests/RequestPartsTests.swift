import Health
import Testing

/// Requests that are composed.
@Suite struct RequestPartsTests {
  private static let end = "User-Agent: quorate\r\nAccept: */*\r\nConnection: close\r\n\r\n"

  @Test(arguments: [
    (RequestParts(hostHeader: "a"), "GET / HTTP/1.1\r\nHost: a\r\n" + end),
    (
      RequestParts(method: "HEAD", path: "/x?y=z", hostHeader: "a:80"),
      "HEAD /x?y=z HTTP/1.1\r\nHost: a:80\r\n" + end
    ),
    (
      RequestParts(
        method: "POST", path: "/", hostHeader: "a",
        headers: [.init(name: "user-agent", value: "me"), .init(name: "ACCEPT", value: "text/plain")],
        body: Array("{}".utf8)),
      "POST / HTTP/1.1\r\nHost: a\r\nuser-agent: me\r\nACCEPT: text/plain\r\nContent-Length: 2\r\n"
        + "Connection: close\r\n\r\n{}"
    ),
    (
      RequestParts(method: "PUT", hostHeader: "a"),
      "PUT / HTTP/1.1\r\nHost: a\r\nUser-Agent: quorate\r\nAccept: */*\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    ),
  ])
  func areComposed(parts: RequestParts, text: String) {
    #expect(String(decoding: parts.bytes(), as: UTF8.self) == text)
  }

  @Test func aPeerHasItsOwn() {
    let parts = RequestParts(path: "/a", hostHeader: "a")
    #expect(
      String(decoding: parts.bytes(PeerOverrides(path: "/b")), as: UTF8.self)
        == "GET /b HTTP/1.1\r\nHost: a\r\n" + Self.end)
    #expect(
      String(decoding: parts.bytes(PeerOverrides(hostHeader: "b")), as: UTF8.self)
        == "GET /a HTTP/1.1\r\nHost: b\r\n" + Self.end)
  }

  @Test func theHostIsTheUpstreamWhereNobodySaysOne() {
    var checker = Checker(kind: .http)
    checker.parts = RequestParts()
    #expect(
      String(decoding: checker.composed(for: "foo.com").request, as: UTF8.self).contains("Host: foo.com\r\n"))
    checker.parts?.hostHeader = "bar"
    #expect(
      String(decoding: checker.composed(for: "foo.com").request, as: UTF8.self).contains("Host: bar\r\n"))
    #expect(Checker(kind: .http, request: [1]).composed(for: "foo.com").request == [1])
  }

  @Test func overridesThatSayNothingAreNone() {
    #expect(PeerOverrides() == nil)
    #expect(PeerOverrides(port: 1) == PeerOverrides(port: 1))
    #expect(PeerOverrides(port: 1) != PeerOverrides(port: 2))
  }

  @Test(arguments: [
    (UInt32(300_001), "OK", PeerState.up, Int?.some(300), true), (300_000, "OK", .up, 300, false),
    (400_000, "L7TOUT", .up, 300, false), (400_000, "OK", .down, 300, false),
    (400_000, "OK", .up, nil, false),
  ])
  func aSlowSuccessIsDegraded(micros: UInt32, code: String, state: PeerState, aboveMs: Int?, isDegraded: Bool)
  {
    let report = Report(state: state, code: code, micros: micros)
    #expect(report.isDegraded(aboveMs: aboveMs) == isDegraded)
  }

  /// In HTTP/2 the line and `Host` are fields, and nothing is said of connections.
  @Test func theSameInHTTP2() {
    func fields(
      _ parts: RequestParts, isSecured: Bool = false, isGrpc: Bool = false, _ overrides: PeerOverrides? = nil
    ) -> [String] {
      parts.fields(isSecured: isSecured, isGrpc: isGrpc, overrides).map { "\($0.name) \($0.value)" }
    }
    let plain = RequestParts(path: "/a", hostHeader: "shop")
    #expect(
      fields(plain) == [
        ":method GET", ":scheme http", ":authority shop", ":path /a", "user-agent quorate", "accept */*",
      ])
    let post = RequestParts(
      method: "POST", hostHeader: "shop",
      headers: [.init(name: "Accept", value: "a/b"), .init(name: "X-A", value: "b")],
      body: [1, 2])
    #expect(
      fields(post, isSecured: true, PeerOverrides(hostHeader: "other", path: "/own")) == [
        ":method POST", ":scheme https", ":authority other", ":path /own", "user-agent quorate", "accept a/b",
        "x-a b", "content-length 2",
      ])
    let health = RequestParts.grpcHealth(
      hostHeader: "shop", headers: [.init(name: "User-Agent", value: "me")])
    #expect(
      fields(health, isGrpc: true, PeerOverrides(path: "/own")) == [
        ":method POST", ":scheme http", ":authority shop", ":path /grpc.health.v1.Health/Check",
        "content-type application/grpc", "te trailers", "user-agent me",
      ])
  }
}
