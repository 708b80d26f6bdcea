import Health
import Settings
import Testing

/// What is written is read again as the same.
struct WriterTests {
  private func again(_ settings: NodeSettings) throws -> NodeSettings {
    try load(yaml: settings.yaml(hostName: "host.example")).get().settings
  }

  @Test(arguments: ["openresty.conf", "lua-file.conf"]) func samplesComeBack(_ name: String) throws {
    let settings = try NginxTests.sample(name).settings
    #expect(try again(settings) == settings)
  }

  @Test func anImportedFileReadsWell() throws {
    let settings = try NginxTests.sample("openresty.conf").settings
    #expect(
      settings.yaml(hostName: "host.example") == #"""
        allow: [127.0.0.1/32, 10.0.0.0/8]
        upstreams:
          - upstream: foo.com
            type: http
            http_req: "GET /status HTTP/1.0\r\nHost: foo.com\r\n\r\n"
            interval: 2s
            timeout: 1s
            fall: 3
            rise: 2
            valid_statuses: [200, 302]
            concurrency: 10
            peers:
              - 127.0.0.1:12354
              - 127.0.0.1:12355
              - {server: 127.0.0.1:12357, down: true}
            backup:
              - 127.0.0.1:12356

          - upstream: bar.com
            type: tcp
            interval: 500ms
            timeout: 1s
            fall: 5
            rise: 2
            port: 8081
            probers: 5
            quorum: any
            peers:
              - "[::1]:8080"
              - 10.0.0.7:80
              - 10.0.0.8:81
            backup:
              - unix:/run/bar.sock
              - 10.0.0.9:81

          - upstream: plain
            type: none
            peers:
              - backend.example.com:8080

        """#)
  }

  @Test func everyOptionComesBack() throws {
    let settings = try load(
      yaml: #"""
        namespace: "123"
        node: "true"
        redis: "redis://u:p${NAME}#@h:1/2"
        listen: "[::1]:1"
        allow: [all, ::1]
        heartbeat: 2s
        lease: 90s
        member_expiry: 1m
        max_connections: 500
        max_event_streams: 3
        upstreams:
          - upstream: "1"
            type: https
            http_req: "GET \"/\\\" $${x} $$$${y} \x01\x7f\x85\u2028\ue000\U0001F600 ü\ttab\r\n\r\n"
            host: a.b
            ssl_verify: false
            peers: []
          - upstream: "null"
            type: http
            http_req: !!binary "/wD+Cgo="
            interval: 1h
            fast_interval: 1500
            valid_statuses: [0, 999]
            concurrency: 1
            port: 1
            close: reset
            probers: 7
            quorum: 7
            respect_down: yes
            peers: [{server: "unix:/a:b,c#d", down: true}]
            backup: ["[::1]", {server: a-b.c, down: true}]
          - {upstream: "a:", type: tcp, quorum: all, peers: ["::ffff:1.2.3.4"]}
        """#
    ).get().settings
    #expect(try again(settings) == settings)
    #expect(
      try again(settings).upstreams.map(\.origin.location.line)
        != settings.upstreams.map(\.origin.location.line))
  }

  @Test func nothingComesBack() throws {
    let settings = NodeSettings(node: "host.example")
    #expect(settings.yaml(hostName: "host.example") == "upstreams: []\n")
    #expect(try again(settings) == settings)
  }

  @Test func nobodyMayReadComesBack() throws {
    var settings = NodeSettings(node: "x")
    settings.allow = []
    #expect(try again(settings) == settings)
  }

  /// Requests of random bytes.
  @Test(arguments: 0..<40 as Range<UInt64>) func anyRequestComesBack(_ seed: UInt64) throws {
    var random = Seeded(seed)
    let bytes = (0..<Int.random(in: 1...40, using: &random)).map { _ in
      let common = Array("${}\\\"'\r\n\t #:&*!|>%@`é\u{2028}\u{FEFF}\u{FFFF}\u{E000}".utf8)
      return Bool.random(using: &random)
        ? common[Int.random(in: 0..<common.count, using: &random)] : UInt8.random(in: 0...255, using: &random)
    }
    var settings = NodeSettings(node: "x")
    let name = try #require(UpstreamName("a"))
    settings.upstreams = [
      UpstreamSettings(
        name: name, check: .probed(Checker(kind: .http, request: bytes)), peers: [],
        origin: Origin(SourceLocation(file: "")))
    ]
    #expect(try again(settings) == settings)
  }
}
