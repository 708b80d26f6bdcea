import Backends
import FoundationEssentials
import Health
import Probing
import Testing

/// How the connections of probes end, as backends see it: `close: fin` and `close: reset`.
@Suite struct CloseTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var behavior: Behavior
    var code = "OK"
    var testDescription: String { name }

    init(_ name: String, _ steps: [Behavior.Step], code: String = "OK") {
      self.name = name
      behavior = Behavior(steps)
      self.code = code
    }
  }

  private static func text(_ text: String) -> Behavior.Step { .send(Array(text.utf8)) }
  private static let ok = text("HTTP/1.0 200 OK\r\n\r\n")
  private static let body = String(repeating: "b", count: 30_000)

  /// Backends that would log a reset: they read to an end after they have said all, or write in several goes.
  static let inOrder = [
    Case("answers and closes", [.request, ok, .end]),
    Case(
      "status line, headers and body apart",
      [.request, text("HTTP/1.0 200 OK\r\n"), .pause(5), text("A: b\r\n\r\n"), .pause(5), text("body"), .end]),
    Case("a body of 30,000 bytes", [.request, ok, text(body), .end]),
    Case("keeps the connection", [.request, text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .hold]),
    Case(
      "keeps the connection, body apart",
      [.request, text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), .pause(5), text("ok"), .hold]),
    Case(
      "keeps the connection, in chunks",
      [
        .request, text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), .pause(5),
        text("1\r\na\r\n0\r\n\r\n"), .hold,
      ]),
    Case("keeps the connection, 204", [.request, text("HTTP/1.1 204 No\r\n\r\n"), .hold]),
    Case("waits for our end, and tells no length", [.request, text("HTTP/1.1 200 OK\r\n\r\nbody"), .hold]),
    Case(
      "a bad status with a body", [.request, text("HTTP/1.0 503 No\r\n\r\n"), .pause(5), text("body"), .end],
      code: "L7STS"),
    Case("a bad line", [.request, text("what\r\n"), .pause(5), text("ever"), .end], code: "L7RSP"),
    Case(
      "100 first",
      [
        .request, text("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"), .pause(5),
        text("ok"), .hold,
      ]),
    Case("closes without a word", [.request, .end], code: "L7EOF"),
    Case("says nothing", [.request, .hold], code: "L7TOUT"),
  ]

  @Test(arguments: inOrder)
  func everyBackendReadsAnEnd(test: Case) async throws {
    try await expect(test, .fin, at: .ipv4()) { $0.closed == 4 }
  }

  @Test(arguments: inOrder.prefix(4))
  func alsoOverIPv6(test: Case) async throws {
    try await expect(test, .fin, at: .ipv6()) { $0.closed == 4 }
  }

  @Test(arguments: inOrder.prefix(4))
  func alsoOnAUnixSocket(test: Case) async throws {
    let path = "/tmp/quorate-test-\(UInt32.random(in: 0...UInt32.max)).sock"
    try await expect(test, .fin, at: .unix(path)) { $0.closed == 4 }
  }

  /// And so does the last probe of an engine that is stopped at once.
  private func expect(
    _ test: Case, _ close: Checker.Close, at address: LoopbackAddress,
    _ end: @escaping @Sendable (Counts) -> Bool
  ) async throws {
    let backend = try Backend(test.behavior, at: address)
    defer { backend.stop() }
    var checker = Checker(kind: .http, request: Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    checker.validStatuses = [200, 204]
    checker.timeoutMs = test.code == "L7TOUT" ? 50 : 10_000
    checker.close = close
    // More than one, and more than one of an engine: sockets are used again.
    for _ in 0..<2 {
      let peer = PeerName(backend.peer)
      let outcomes = try await ProbeOnce.run([(checker, [peer]), (checker, [peer])])
      #expect(outcomes.flatMap { $0 }.map(\.code) == [test.code, test.code])
    }
    let counts = await backend.counts { $0.closed + $0.reset == 4 }
    #expect(counts.map(end) == true, "\(backend.counts)")
  }

  @Test func withResetTheyReadAReset() async throws {
    let keeping = Case(
      "keeps", [.request, Self.text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .hold])
    try await expect(keeping, .reset, at: .ipv4()) { $0.reset == 4 }
  }

  /// Nobody reads megabytes, and nobody is kept by a backend that never ends.
  @Test func anAnswerWithoutEndIsLeft() async throws {
    try await expect(Case("endless", Behavior.endlessHeaders.steps), .fin, at: .ipv4()) { $0.reset == 4 }
  }

  /// A connection is all that `tcp` asks for; the system of the backend takes it back before anybody accepts it.
  @Test(arguments: [LoopbackAddress.ipv4(), .ipv6()])
  func nobodyAcceptsAProbeOfTcp(address: LoopbackAddress) async throws {
    let backend = try Backend(.silent, at: address)
    let other = try Backend(.ok)
    let rig = try EngineRig()
    var checker = Checker(kind: .tcp)
    checker.intervalMs = 2
    rig.engine.apply([
      .openGroup(0, checker), .openGroup(1, EngineRig.checker(everyMs: 3)),
      .watch(EngineRig.target(0, backend.peer)), .watch(EngineRig.target(1, other.peer, group: 1)),
    ])
    let results = await rig.results(200)
    rig.engine.stop()
    #expect(results.allSatisfy { $0.outcome.code == "OK" })
    #expect(results.contains { $0.id.index == 0 } && backend.counts.accepted == 0)
  }

  /// Whoever closes first keeps the port for a minute: were it us, many peers would use them up.
  @Test func noPortIsKeptHere() async throws {
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    let keeping = try Backend(Behavior([.request, .send(Array(text.utf8)), .hold]))
    let rig = try EngineRig()
    rig.engine.apply([
      .openGroup(0, EngineRig.checker(everyMs: 2, timeoutMs: 10_000)),
      .watch(EngineRig.target(0, keeping.peer)),
    ])
    _ = await rig.results(400)
    rig.engine.stop()
    #expect(await keeping.counts { $0.closed >= 400 } != nil, "\(keeping.counts)")
    // The two calls that end a connection may be apart now and then.
    #expect(Self.waitingPorts(to: keeping.port) < 40, "\(Self.waitingPorts(to: keeping.port))")
  }

  /// Connections of this machine to that port which are in TIME_WAIT.
  private static func waitingPorts(to port: UInt16) -> Int {
    let text = (try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)) ?? ""
    let digits = String(port, radix: 16, uppercase: true)
    let remote = ":" + String(repeating: "0", count: 4 - digits.count) + digits
    return text.split(separator: "\n").count { line in
      let words = line.split(separator: " ")
      return words.count > 3 && words[2].hasSuffix(remote) && words[3] == "06"
    }
  }

  /// Sockets are used again after every kind of end, and a connection that is left for good costs its socket no longer
  /// than a second.
  @Test func socketsAreUsedAgainAfterEveryEnd() async throws {
    let ends = try Self.inOrder.filter { $0.code == "OK" }.map { try Backend($0.behavior) }
    let rig = try EngineRig()
    var checker = EngineRig.checker(everyMs: 5, timeoutMs: 10_000)
    checker.request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    rig.engine.apply([.openGroup(0, checker)])
    rig.engine.apply(ends.enumerated().map { .watch(EngineRig.target($0, $1.peer, phaseMs: $0 % 5)) })
    let results = await rig.results(1000)
    let statistics = await rig.engine.statistics()
    rig.engine.stop()
    #expect(results.allSatisfy { $0.outcome.code == "OK" })
    // One of the backends tells no length and does not close: each of its connections is held for a second.
    #expect(statistics.socketsMade <= 300, "\(statistics.socketsMade)")
    for backend in ends {
      #expect(await backend.counts { $0.open == 0 } != nil)
      #expect(backend.counts.reset == 0, "\(backend.counts)")
    }
  }
}
