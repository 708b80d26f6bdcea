import Addresses
import Health
import Settings
import Testing

/// Good YAML, and what it means.
struct YamlTests {
  @Test func everyOptionOfTheNode() throws {
    let loaded = try load(
      yaml: """
        namespace: prod
        node: ${NAME}
        redis: redis://user:pass@redis.example:6380/3
        listen: "[::1]:${PORT}"
        allow: [127.0.0.1, 10.1.2.3/8, ::1/128, all, ::/0]
        heartbeat: 500ms
        lease: 10s
        member_expiry: 1m
        max_connections: 1000
        max_event_streams: 20
        upstreams: []
        """
    ).get()
    let settings = loaded.settings
    #expect(settings.namespace == "prod")
    #expect(settings.node == "eu-1")
    #expect(settings.redis?.secretText == "redis://user:pass@redis.example:6380/3")
    #expect(settings.listen == ListenAddress(host: "::1", port: 8080))
    #expect("\(settings.listen)" == "[::1]:8080")
    #expect(settings.allow.map(\.description) == ["127.0.0.1/32", "10.0.0.0/8", "::1/128", "all", "::/0"])
    #expect(settings.heartbeatMs == 500)
    #expect(settings.leaseMs == 10_000)
    #expect(settings.memberExpiryMs == 60_000)
    #expect(settings.web.connections == 1000 && settings.web.eventStreams == 20)
    #expect(loaded.sources == ["q.yaml"])
    #expect(
      loaded.notices.map(\.description) == [
        "q.yaml:5:20: the low bits of \"10.1.2.3/8\" mean nothing: it is read as 10.0.0.0/8"
      ])
  }

  @Test(arguments: [
    "", "# nothing\n", "upstreams:\n", "defaults:\nallow:\nredis: ${EMPTY}\nnode: ~\n", "--- {}\n",
  ])
  func whatIsNotSaidIsAsBuiltIn(_ yaml: String) throws {
    let settings = try load(yaml: yaml).get().settings
    #expect(settings == NodeSettings(node: "host.example"))
    #expect(settings.namespace == "default")
    #expect(settings.redis == nil)
    #expect("\(settings.listen)" == "127.0.0.1:8080")
    #expect(settings.allow.map(\.description) == ["127.0.0.1/32", "::1/128"])
    #expect(settings.heartbeatMs == 1000)
    #expect(settings.leaseMs == 5000)
    #expect(settings.memberExpiryMs == 5000)
    #expect(settings.web.connections == 256 && settings.web.eventStreams == 128)
  }

  @Test func halfOfTheConnectionsMayBeStreams() throws {
    let web = try load(yaml: "max_connections: 40\n").get().settings.web
    #expect(web.connections == 40 && web.eventStreams == 20)
    #expect(try load(yaml: "max_event_streams: 256\n").get().settings.web.eventStreams == 256)
  }

  @Test func theExampleOfTheDesign() throws {
    let loaded = try load(
      yaml: #"""
        defaults: {interval: 2s, timeout: 1s, fall: 3, rise: 2}
        upstreams:
          - upstream: foo.com
            type: http
            http_req: "GET /status HTTP/1.0\r\nHost: foo.com\r\n\r\n"
            valid_statuses: [302, 200, 200]
            concurrency: 10
            probers: 3
            quorum: majority
            peers: [127.0.0.1:12354, 127.0.0.1:12355]
            backup: [127.0.0.1:12356]
        """#
    ).get()
    let upstream = try loaded.upstream("foo.com")
    var checker = Checker(kind: .http, request: Array("GET /status HTTP/1.0\r\nHost: foo.com\r\n\r\n".utf8))
    checker.intervalMs = 2000
    checker.thresholds = Thresholds(fall: 3, rise: 2)
    checker.validStatuses = [200, 302]
    checker.concurrency = 10
    #expect(upstream.checker == checker)
    #expect(upstream.whyUnchecked == nil)
    #expect(upstream.origin.location.description.hasSuffix("/q.yaml:3:5"))
    #expect(
      try loaded.peers("foo.com") == [
        "127.0.0.1:12354 primary", "127.0.0.1:12355 primary", "127.0.0.1:12356 backup",
      ])
    #expect(loaded.notices.isEmpty)
  }

  @Test func builtInValuesAreLuaRestys() throws {
    let loaded = try load(yaml: "upstreams: [{upstream: a, type: tcp, peers: [127.0.0.1]}]").get()
    let checker = try #require(try loaded.upstream("a").checker)
    #expect(checker == Checker(kind: .tcp))
    #expect(checker.intervalMs == 1000)
    #expect(checker.timeoutMs == 1000)
    #expect(checker.thresholds == Thresholds(fall: 5, rise: 2))
    #expect(checker.concurrency == nil)
    #expect(checker.close == .fin)
    #expect(checker.quorum == .majority)
    #expect(checker.probers == 3)
    #expect(try loaded.peers("a") == ["127.0.0.1:80 primary"])
  }

  @Test func theUpstreamsOwnOptionGoesBeforeTheDefault() throws {
    let loaded = try load(
      yaml: #"""
        defaults:
          type: http
          http_req: "GET / HTTP/1.0\r\n\r\n"
          interval: 10000
          timeout: 2s
          fall: 7
          rise: 8
          fast_interval: 100
          valid_statuses: [200]
          concurrency: 4
          port: 81
          close: reset
          probers: 5
          quorum: all
          respect_down: true
          shm: hc
        upstreams:
          - {upstream: all, peers: []}
          - upstream: own
            type: tcp
            interval: 20s
            timeout: 500ms
            fall: 1
            rise: 1
            fast_interval: 2s
            concurrency: 1
            port: 82
            probers: 2
            quorum: 2
            respect_down: false
            shm: hc
            peers: []
        """#
    ).get()
    let all = try #require(try loaded.upstream("all").checker)
    #expect(all.intervalMs == 10_000)
    #expect(all.timeoutMs == 2000)
    #expect(all.thresholds == Thresholds(fall: 7, rise: 8))
    #expect(all.fastIntervalMs == 100)
    #expect(all.validStatuses == [200])
    #expect(all.concurrency == 4)
    #expect(all.port == 81)
    #expect(all.close == .reset)
    #expect(all.probers == 5)
    #expect(all.quorum == .all)
    #expect(all.respectDown)
    let own = try #require(try loaded.upstream("own").checker)
    #expect(own.kind == .tcp)
    #expect(own.request.isEmpty)
    #expect(own.validStatuses.isEmpty)
    #expect(own.intervalMs == 20_000)
    #expect(own.timeoutMs == 500)
    #expect(own.thresholds == Thresholds(fall: 1, rise: 1))
    #expect(own.fastIntervalMs == 2000)
    #expect(own.concurrency == 1)
    #expect(own.port == 82)
    // It means nothing for tcp, so that it is no difference either.
    #expect(own.close == .fin)
    #expect(own.quorum == .count(2))
    #expect(!own.respectDown)
    #expect(
      loaded.notices.map(\.description) == [
        "q.yaml:16:8: \"shm\" is ignored: the shared memory is Redis, or this process where none is set"
      ])
  }

  @Test func peersInEveryForm() throws {
    let loaded = try load(
      yaml: """
        upstreams:
          - upstream: a:b
            type: none
            peers:
              - 127.0.0.1
              - "[2001:DB8::1]:81"
              - "::1"
              - "[::2]"
              - backend_1.example.com
              - backend.example.com:8080
              - unix:/run/a.sock
              - {server: 127.0.0.2, down: yes}
              - {server: 127.0.0.3:1, backup: true, down: off}
            backup:
              - {server: 127.0.0.4:1, backup: false}
              - 127.0.0.5:1
        """
    ).get()
    #expect(
      try loaded.peers("a:b") == [
        "127.0.0.1:80 primary", "[2001:db8::1]:81 primary", "[::1]:80 primary", "[::2]:80 primary",
        "backend_1.example.com:80 primary", "backend.example.com:8080 primary", "unix:/run/a.sock primary",
        "127.0.0.2:80 primary down", "127.0.0.4:1 primary", "127.0.0.3:1 backup", "127.0.0.5:1 backup",
      ])
    #expect(try loaded.upstream("a:b").checker == nil)
    #expect(try loaded.upstream("a:b").whyUnchecked == "no checker is configured")
  }

  @Test func https() throws {
    let loaded = try load(
      yaml: #"""
        defaults: {http_req: "GET / HTTP/1.0\r\n\r\n", host: foo.example}
        upstreams:
          - {upstream: a, type: https, ssl_verify: false, peers: [127.0.0.1:443]}
          - {upstream: b, type: https, host: 127.0.0.1, ssl_verify: chain, peers: [127.0.0.1:443]}
          - {upstream: c, type: https, tls_min: "1.3", cert_warning: 30d, ca: /no/ca.pem, cert: /no/c.pem, key: /no/k.pem,
             peers: [127.0.0.1:443]}
        """#
    ).get()
    let first = try #require(try loaded.upstream("a").checker)
    #expect(first.kind == .https && first.tls == TLSOptions(host: "foo.example", verify: .none))
    #expect(first.request == Array("GET / HTTP/1.0\r\n\r\n".utf8))
    #expect(try loaded.upstream("b").checker?.tls == TLSOptions(host: "127.0.0.1", verify: .chain))
    var tls = TLSOptions(host: "foo.example")
    (tls.minimum, tls.warningMs) = (.tls13, 30 * 86_400_000)
    (tls.ca, tls.certificate, tls.key) = ("/no/ca.pem", "/no/c.pem", "/no/k.pem")
    #expect(try loaded.upstream("c").checker?.tls == tls)
    #expect(
      loaded.notices.map(\.description) == [
        "q.yaml:5:71: ca: /no/ca.pem cannot be read here: No such file or directory",
        "q.yaml:5:89: cert: /no/c.pem cannot be read here: No such file or directory",
        "q.yaml:5:105: key: /no/k.pem cannot be read here: No such file or directory",
      ])
  }

  @Test(arguments: [
    ("cert: /a.pem", "\"cert\" without \"key\""), ("key: /a.pem", "\"key\" without \"cert\""),
    ("tls_min: \"1.4\"", "tls_min \"1.4\" is no version of TLS"),
    ("ca: ca.pem", "ca \"ca.pem\" is not the path of a file"),
    ("ssl_verify: name", "ssl_verify \"name\" is neither true nor false"),
    ("cert_warning: 0", "cert_warning"),
  ])
  func httpsThatCannotBe(_ option: String, _ what: String) throws {
    let result = try load(
      yaml: "upstreams: [{upstream: a, type: https, http_req: \"GET /\\r\\n\\r\\n\", \(option), peers: []}]")
    #expect(result.lines.contains { $0.contains(what) }, "\(result.lines)")
  }

  @Test(arguments: [
    (#"interval: 1"#, "q.yaml:3:14: interval 1 is raised to 2 ms; a bare number is milliseconds: 1s?"),
    (#"interval: 0ms"#, "q.yaml:3:14: interval 0ms is raised to 2 ms"),
    (#"host: a"#, "q.yaml:3:10: \"host\" has no effect with type tcp"),
    (#"ssl_verify: on"#, "q.yaml:3:16: \"ssl_verify\" has no effect with type tcp"),
    (#"http_req: "GET /\r\n\r\n""#, "q.yaml:3:14: \"http_req\" has no effect with type tcp"),
    (#"valid_statuses: [200]"#, "q.yaml:3:20: \"valid_statuses\" has no effect with type tcp"),
    (#"close: reset"#, "q.yaml:3:11: \"close\" has no effect with type tcp"),
  ]) func noticesOfOptions(_ option: String, _ notice: String) throws {
    let loaded = try load(yaml: "upstreams:\n- {upstream: a, type: tcp, peers: [],\n   \(option)}\n").get()
    #expect(loaded.notices.map(\.description) == [notice])
  }

  @Test func interimStatusesAreNoticed() throws {
    let text =
      #"upstreams: [{upstream: a, type: http, http_req: "\n\n", valid_statuses: [99, 100, 101, 199, 200], peers: []}]"#
    let loaded = try load(yaml: text).get()
    #expect(
      loaded.notices.map(\.text)
        == [100, 199].map { "status code \($0) never counts: the answer that follows it does" })
    #expect(try loaded.upstream("a").checker?.validStatuses == [99, 100, 101, 199, 200])
  }

  @Test func aRequestWithoutAnEmptyLineIsNoticed() throws {
    let loaded = try load(
      yaml: #"upstreams: [{upstream: a, type: http, http_req: "GET / HTTP/1.0\r\n", peers: []}]"#
    ).get()
    #expect(loaded.notices.count == 1)
    #expect(loaded.notices.first?.text.contains("no empty line") == true)
  }

  @Test(arguments: [
    ("|\n      GET / HTTP/1.0\n\n", "GET / HTTP/1.0\n"),
    ("\"GET / HTTP/1.0\\r\\n\\r\\n\"", "GET / HTTP/1.0\r\n\r\n"),
    ("\"a\\0b\\xffc\\n\\n\"", "a\0b\u{FF}c\n\n"),
    ("!!binary \"R0V\\n UCg== \"", "GET\n"), ("!!binary \"R0V=UCg=\"", nil), ("!!binary R0V", nil),
    ("!!binary é===", nil),
    ("!!binary R0VUIC8gSFRUUC8xLjANCg0K", "GET / HTTP/1.0\r\n\r\n"),
    ("\"$${A} $$ $a ${NAME}${EMPTY:-x}${UNSET:-}${UNSET:-a:-b}\"", "${A} $$ $a eu-1xa:-b"),
  ]) func requestsAreTakenAsTheyAre(_ yaml: String, _ request: String?) throws {
    let result = try load(
      yaml: "upstreams:\n  - upstream: a\n    type: http\n    peers: []\n    http_req: \(yaml)\n")
    guard let request else {
      #expect(
        result.lines == ["q.yaml:5:15: !!binary is not followed by base64; correct it, or write a plain text"]
      )
      return
    }
    #expect(try result.get().upstream("a").checker?.request == Array(request.utf8))
  }

  @Test func addressesMayBeginWithColonsBetweenBrackets() throws {
    let yaml = "allow: [::1, ::/0,::1/128]\nupstreams: [{upstream: a, type: tcp, peers: [::2, ::]}]\n"
    let loaded = try load(yaml: yaml).get()
    #expect(loaded.settings.allow.map(\.description) == ["::1/128", "::/0", "::1/128"])
    #expect(try loaded.peers("a") == ["[::2]:80 primary", "[::]:80 primary"])
    // Elsewhere they are what they are.
    let request = #""GET /a::b ::1 ::c HTTP/1.0\r\n\r\n""#
    let other = try load(yaml: "upstreams: [{upstream: a, type: http, peers: [], http_req: \(request)}]")
      .get()
    #expect(try other.upstream("a").checker?.request == Array("GET /a::b ::1 ::c HTTP/1.0\r\n\r\n".utf8))
    #expect(try load(yaml: "allow: [::1] # \u{E0FE}\n").lines.count == 1)
  }

  @Test func aByteOrderMarkIsPassedOver() throws {
    #expect(try load(yaml: "\u{FEFF}namespace: a\n").get().settings.namespace == "a")
  }

  @Test func anchorsWithoutAliasesAndStarsAreFine() throws {
    let loaded = try load(
      yaml:
        #"upstreams: [{upstream: &a a, type: http, http_req: "GET /?a&b *b\r\nAccept: */*\r\n\r\n", peers: []}]"#
    ).get()
    #expect(loaded.settings.upstreams.count == 1)
  }

  @Test func problemsAreSortedByPlaceAndCapped() throws {
    let yaml = (0..<1500).map { "k\($0): 1\n" }.joined()
    let lines = try load(yaml: yaml).lines
    #expect(lines.count == Limits.problems)
    #expect(lines.first?.hasPrefix("q.yaml:1:1: \"k0\" is no option of the settings; ") == true)
    #expect(lines.last?.hasPrefix("q.yaml:1000:1: ") == true)
  }

  @Test func manyDuplicatesStillEnd() throws {
    let lines = try load(yaml: String(repeating: "node: a\n", count: 200)).lines
    #expect(lines == ["q.yaml:51:1: this key is given twice; keep one"])
    #expect(
      try load(yaml: "lease: 2s\r\nnode: a\r\n\r\nnode: b\r\nlease: 0\r\n").lines.map { $0.prefix(12) } == [
        "q.yaml:4:1: ", "q.yaml:5:1: ",
      ])
    let fewer = try load(yaml: String(repeating: "node: a\n", count: 20)).lines
    #expect(fewer.count == 19)
  }

  @Test func aRequestCanBeTooLong() throws {
    let request = String(repeating: "x", count: Limits.requestBytes + 1)
    #expect(
      try load(yaml: "upstreams: [{upstream: a, type: http, peers: [], http_req: \(request)}]").lines == [
        "q.yaml:1:60: \"http_req\" has 65537 bytes; at most 65536 are sent"
      ])
  }

  @Test func whereASettingStandsIsNoPartOfIt() throws {
    let one = try load(yaml: "upstreams: [{upstream: a, type: none, peers: [h]}]").get().settings
    let other = try load(yaml: "# moved\n\nupstreams:\n- upstream: a\n  peers: [h]\n  type: none").get()
      .settings
    #expect(one == other)
    #expect(Set([one, other]).count == 1)
  }

  @Test func tooManyUpstreamsAndPeers() throws {
    let many = "upstreams:\n" + (0...10_000).map { "- {upstream: u\($0), type: tcp, peers: []}\n" }.joined()
    #expect(
      try load(yaml: many).lines == [
        "q.yaml:10002:3: there are 10001 upstreams with a checker; one node checks at most 10000"
      ])
    let peers = (0...100_000).map { "h\($0)" }.joined(separator: ", ")
    #expect(
      try load(yaml: "upstreams:\n- {upstream: a, type: tcp, peers: [\(peers)]}\n").lines == [
        "q.yaml:2:3: the upstreams with a checker have 100001 peers; one node checks at most 100000"
      ])
  }

  /// Those that are checked have the room first.
  @Test func tooManyThatAreOnlyShown() throws {
    let many = (0..<10_000).map { "- {upstream: u\($0), type: none, peers: []}\n" }.joined()
    let loaded = try load(yaml: "upstreams:\n\(many)- {upstream: a, type: tcp, peers: []}\n").get()
    #expect(loaded.settings.upstreams.count == 10_000)
    #expect(loaded.settings.upstreams.suffix(2).map(\.name.text) == ["u9998", "a"])
    #expect(
      loaded.notices.map(\.description) == [
        "q.yaml:10001:3: there are 10001 upstreams, and one node shows 10000: from here on those that nobody checks are left out"
      ])
    let peers = (0..<100_000).map { "h\($0)" }.joined(separator: ", ")
    let large = try load(
      yaml: """
        upstreams:
        - {upstream: a, type: none, peers: [\(peers)]}
        - {upstream: b, type: none, peers: [h1]}
        - {upstream: c, type: tcp, peers: [h1]}
        """
    ).get()
    #expect(large.settings.upstreams.map(\.peers.count) == [0, 1, 1])
    #expect(
      large.notices.map(\.description) == [
        "q.yaml:2:3: the upstreams have 100002 peers, and one node shows 100000: those of \"a\", which nobody checks, are left out"
      ])
  }
}
