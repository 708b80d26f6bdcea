import Health
import Settings
import Testing

/// `checks:` of an upstream.
struct ChecksTests {
  private static let yaml = #"""
    defaults: {interval: 5s, timeout: 700ms}
    upstreams:
      - upstream: shop
        type: http
        path: /status
        fall: 2
        probers: 5
        degraded_above: 100ms
        checks:
          - {name: port, type: tcp, interval: 1s}
          - {port: 8081}
          - {name: admin, type: https, port: 8443, path: /admin, host: admin.internal, timeout: 2s}
        peers: ["10.0.0.1:80"]
    """#

  @Test func eachCheckHasTheOptionsOfTheUpstreamWhereItSaysNothing() throws {
    let checker = try #require(try load(yaml: Self.yaml).get().upstream("shop").checker)
    let checks = checker.checks
    #expect(checks.map(\.name) == ["port", "http", "admin"])
    #expect(checks.map(\.kind) == [.tcp, .http, .https])
    #expect(checks.map(\.intervalMs) == [1000, 5000, 5000] && checks.map(\.timeoutMs) == [700, 700, 2000])
    #expect(checks.map(\.port) == [nil, 8081, 8443])
    #expect(checks.map { $0.parts?.path } == [nil, "/status", "/admin"])
    #expect(checks[1].parts?.hostHeader == "shop" && checks[2].tls?.host == "admin.internal")
    #expect(checks.map(\.thresholds.fall) == [2, 2, 2])
    #expect(checker.probers == 5 && checker.degradedAboveMs == 100)
    #expect(checks[1...].allSatisfy { $0.degradedAboveMs == nil && $0.others.isEmpty })
  }

  /// lua-resty's form is the list of one.
  @Test func aListOfOneIsTheSameAsNoList() throws {
    let list = try load(
      yaml: "upstreams: [{upstream: a, checks: [{name: x, type: tcp, port: 81}], peers: ['10.0.0.1:80']}]")
    let plain = try load(yaml: "upstreams: [{upstream: a, type: tcp, port: 81, peers: ['10.0.0.1:80']}]")
    #expect(try list.get().upstream("a").checker == plain.get().upstream("a").checker)
  }

  @Test func theyAreWrittenAndReadAgain() throws {
    let settings = try load(yaml: Self.yaml).get().settings
    let again = try load(yaml: settings.yaml(hostName: "host.example")).get().settings
    #expect(again == settings)
  }

  /// A value that is wrong in the options of the upstream is told once, however many checks take it.
  @Test func whatIsWrongForAllIsToldOnce() throws {
    let loaded = try load(
      yaml: "upstreams:\n  - {upstream: a, fall: x, checks: [{type: tcp}, {name: b, type: tcp}], peers: []}\n"
    )
    #expect(loaded.lines.count { $0.contains("fall") } == 1)
  }

  @Test func namesOfPeersAreThoseOfCertificatesInAllChecks() throws {
    let loaded = try load(
      yaml: """
        upstreams:
          - upstream: a
            checks: [{type: tcp}, {type: https, path: /}]
            peers: [{server: "10.0.0.1:80", host: one.internal}]
        """)
    #expect(loaded.lines == [])
    let definition = try #require(try loaded.get().settings.upstreams.first)
    #expect(definition.peers.first?.overrides?.host == "one.internal")
  }
}
