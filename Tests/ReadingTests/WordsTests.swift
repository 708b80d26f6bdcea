import Health
import Reading
import Testing

/// Moments, numbers and durations.
@Suite struct WordsTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
      (1_795_402_801_123, "2026-11-23T03:00:01.123Z", "Mon, 23 Nov 2026 03:00:01 GMT"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
      (-1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
      (4_107_542_399_999, "2100-02-28T23:59:59.999Z", "Sun, 28 Feb 2100 23:59:59 GMT"),
    ] as [(Int64, String, String)])
  func aMomentIsWrittenInThreeWays(_ ms: Int64, _ rfc3339: String, _ http: String) {
    #expect(Instant(ms: ms).rfc3339 == rfc3339)
    #expect(Instant(ms: ms).httpDate == http)
    #expect(Instant(ms: ms).plain == "\(rfc3339.prefix(10)) \(rfc3339.dropFirst(11).prefix(8)) UTC")
  }

  /// What lies in the ledger may be anything.
  @Test(arguments: [Int64.min, Int64.min + 1, -62_167_219_200_001, Int64.max])
  func noMomentIsTooFarAway(ms: Int64) {
    #expect(Instant(ms: ms).rfc3339.hasSuffix("Z") && Instant(ms: ms).plain.hasSuffix(" UTC"))
    #expect(Instant(ms: ms).httpDate.hasSuffix(" GMT"))
  }

  /// What is asked and expected, as the page and `explain` have it beside the other settings.
  @Test func whatIsExpectedIsTold() {
    var checker = Checker(kind: .http)
    checker.parts = RequestParts(path: "/healthz")
    checker.expectations = Expectations(
      headers: [HeaderExpectation(name: "X-Ready", test: .present)], bodyContains: ["a"], bodyMatches: ["b"],
      json: [JsonExpectation(path: "$.status", value: .null)])
    checker.degradedAboveMs = 300
    #expect(
      Words.settings(of: checker).suffix(3) == [
        "GET /healthz", "expects header X-Ready, a body and $.status", "degraded above 300 ms",
      ])
    checker.usesHTTP2 = true
    #expect(Words.settings(of: checker).contains("GET /healthz in HTTP/2"))
    var grpc = Checker(kind: .grpc)
    grpc.parts = .grpcHealth()
    #expect(
      Words.settings(of: grpc) == [
        "grpc every 1 s", "timeout 1 s", "fall 5", "rise 2", "health of the whole server",
      ])
    grpc.grpcService = "shop.Cart"
    grpc.tls = TLSOptions()
    #expect(Words.settings(of: grpc).last == "health of shop.Cart in TLS")
    var tcp = Checker(kind: .tcp)
    tcp.steps = [DialogStep(send: [1]), DialogStep(expect: .contains([1]))]
    #expect(Words.settings(of: tcp).last == "expects a reply")
    tcp.steps.append(DialogStep(expect: .contains([1])))
    #expect(Words.settings(of: tcp).last == "expects 2 replies")
    #expect(Words.settings(of: Checker(kind: .tcp)).count == 4)
    // What lies in the ledger may be anything.
    checker.parts?.path = "/\u{1B}[2J"
    checker.expectations?.headers[0].name = "\u{1B}]0;"
    #expect(!Words.settings(of: checker).joined().contains("\u{1B}"))
  }

  @Test func numbersAndDurationsAreShort() {
    #expect([0, 999, 1000, 1_234_567].map(Words.number) == ["0", "999", "1,000", "1,234,567"])
    #expect([2, 500, 1000, 1500, 60_000].map(Words.setting) == ["2 ms", "500 ms", "1 s", "1.5 s", "60 s"])
    #expect(
      [90, 400, 12_000, 1_250_000].map { Words.measured(micros: $0) } == [
        "90 µs", "0.4 ms", "12 ms", "1.2 s",
      ])
  }
}
