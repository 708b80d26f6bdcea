import Health
import Naming
import Settings
import Testing

/// What is asked and expected: options that are good, and what is said of those that are not.
struct ExpectTests {
  private func checker(_ options: String) throws -> Checker {
    let loaded = try load(
      yaml: "upstreams:\n  - upstream: a\n    peers: []\n\(Self.indented(options))\n")
    return try #require(try loaded.get().upstream("a").checker, "\(loaded.lines)")
  }

  private static func indented(_ options: String) -> String {
    options.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
  }

  @Test func aRequestIsComposed() throws {
    let plain = try checker("type: http\npath: /healthz")
    #expect(plain.parts == RequestParts(path: "/healthz", hostHeader: "a"))
    #expect(
      String(decoding: plain.request, as: UTF8.self)
        == "GET /healthz HTTP/1.1\r\nHost: a\r\nUser-Agent: quorate\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    )
    let whole = try checker(
      """
      type: http
      method: PUT
      path: "/x?y=z"
      host_header: shop.example:81
      headers: {Authorization: "Basic ${NAME}", X-A: 1}
      body: '{"a": 1}'
      """)
    #expect(
      whole.parts
        == RequestParts(
          method: "PUT", path: "/x?y=z", hostHeader: "shop.example:81",
          headers: [.init(name: "Authorization", value: "Basic eu-1"), .init(name: "X-A", value: "1")],
          body: Array(#"{"a": 1}"#.utf8)))
    #expect(try checker("type: http\nbody: a").parts?.method == "POST")
    #expect(try checker("type: http\nmethod: HEAD").parts?.path == "/")
  }

  @Test func whatIsWrittenOutIsSentAsItIs() throws {
    let checker = try checker(#"type: http"# + "\n" + #"http_req: "GET /\r\n\r\n""#)
    #expect(checker.parts == nil)
    #expect(checker.request == Array("GET /\r\n\r\n".utf8))
  }

  /// An upstream says one of the two; what the defaults say of the other one is left aside.
  @Test func anUpstreamChoosesHowItAsks() throws {
    let loaded = try load(
      yaml: #"""
        defaults: {type: http, path: /default, headers: {X-A: b}}
        upstreams:
          - {upstream: a, peers: []}
          - {upstream: b, peers: [], http_req: "GET /\r\n\r\n"}
          - {upstream: c, peers: [], path: /c}
        """#
    ).get()
    #expect(try loaded.upstream("a").checker?.parts?.path == "/default")
    #expect(try loaded.upstream("b").checker?.parts == nil)
    #expect(try loaded.upstream("b").checker?.request == Array("GET /\r\n\r\n".utf8))
    let c = try loaded.upstream("c").checker?.parts
    #expect(c?.path == "/c" && c?.headers == [.init(name: "X-A", value: "b")])
    let other = try load(
      yaml: #"""
        defaults: {type: http, http_req: "GET /\r\n\r\n"}
        upstreams: [{upstream: c, peers: [], path: /c}]
        """#
    ).get()
    #expect(try other.upstream("c").checker?.parts?.path == "/c")
  }

  @Test func everyExpectation() throws {
    let found = try checker(
      #"""
      type: http
      path: /
      valid_statuses: [200-299, 304]
      degraded_above: 300ms
      expect:
        header:
          X-Ready: "yes"
          Content-Type: {matches: '^application/json\b'}
          X-Node: {present: true}
          X-Even: {equals: " 1 "}
        body_contains: [ok, "ready"]
        body_matches: '^\{'
        json: {"$.status": ok, "$.n": 1, "$.up": true, "$.error": null, "$.s": "1", "$.t": "true", '$["a b"]': -1.5e3}
        read_limit: 128KiB
      """#)
    #expect(found.degradedAboveMs == 300)
    #expect(found.validStatuses == Array(200...299) + [304])
    let expected = try #require(found.expectations)
    #expect(
      expected.headers == [
        HeaderExpectation(name: "X-Ready", test: .equals("yes")),
        HeaderExpectation(name: "Content-Type", test: .matches(#"^application/json\b"#)),
        HeaderExpectation(name: "X-Node", test: .present),
        HeaderExpectation(name: "X-Even", test: .equals("1")),
      ])
    #expect(expected.bodyContains == ["ok", "ready"])
    #expect(expected.bodyMatches == [#"^\{"#])
    #expect(
      expected.json == [
        JsonExpectation(path: "$.status", value: .string("ok")),
        JsonExpectation(path: "$.n", value: .number("1")),
        JsonExpectation(path: "$.up", value: .bool(true)), JsonExpectation(path: "$.error", value: .null),
        JsonExpectation(path: "$.s", value: .string("1")),
        JsonExpectation(path: "$.t", value: .string("true")),
        JsonExpectation(path: #"$["a b"]"#, value: .number("-1.5e3")),
      ])
    #expect(expected.readLimit == 128 * 1024)
    #expect(try checker("type: http\npath: /\nexpect: {body_contains: ok}").expectations?.readLimit == 65536)
  }

  @Test(arguments: [
    (
      #"send: "PING\r\n""# + "\n" + #"expect: "+PONG""#,
      [DialogStep(send: Array("PING\r\n".utf8), expect: .contains(Array("+PONG".utf8)))]
    ),
    ("expect: {matches: '^220 '}", [DialogStep(expect: .matches("^220 "))]),
    (
      "send: {hex: \"00 00 00 08 04 D2 16 2f\"}\nexpect: {matches: '^[SN]'}",
      [DialogStep(send: [0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f], expect: .matches("^[SN]"))]
    ),
    ("expect: {hex: 0a}", [DialogStep(expect: .contains([10]))]),
    (
      "steps:\n  - expect: \"220\"\n  - {send: a}\n  - {send: b, expect: {hex: \"00\"}}",
      [
        DialogStep(expect: .contains(Array("220".utf8))), DialogStep(send: [97]),
        DialogStep(send: [98], expect: .contains([0])),
      ]
    ),
  ])
  func conversationsOverTcp(options: String, steps: [DialogStep]) throws {
    #expect(try checker("type: tcp\n" + options).steps == steps)
  }

  @Test func peersHaveSomethingOfTheirOwn() throws {
    let loaded = try load(
      yaml: """
        upstreams:
          - upstream: a
            type: http
            path: /all
            peers:
              - 127.0.0.1:1
              - {server: 127.0.0.1:2, port: 81, host_header: b.example, path: /b}
              - {server: 127.0.0.1:3, down: true, path: /c}
            backup: [{server: 127.0.0.1:4, port: 82}]
        """
    ).get()
    let definitions = try loaded.settings.definitions { _ in .success(.addresses([])) }.get().definitions
    #expect(
      definitions.first?.peers.map(\.overrides) == [
        nil, PeerOverrides(port: 81, hostHeader: "b.example", path: "/b"), PeerOverrides(path: "/c"),
        PeerOverrides(port: 82),
      ])
    #expect(loaded.notices.isEmpty, "\(loaded.notices)")
  }

  @Test(arguments: [
    ("type: tcp", "path: /a", "q.yaml:5:8: \"path\" of a peer has no effect with type tcp"),
    (
      "type: http\n    path: /", "host: a.example",
      "q.yaml:6:8: \"host\" of a peer has no effect with type http"
    ),
    ("type: none", "port: 1", "q.yaml:5:8: \"port\": nobody checks the upstream"),
  ])
  func whatHasNoEffectOnAPeerIsSaid(options: String, own: String, notice: String) throws {
    let loaded = try load(
      yaml:
        "upstreams:\n  - upstream: a\n    \(options)\n    peers:\n      - {server: \"127.0.0.1:1\", \(own)}\n"
    ).get()
    #expect(
      loaded.notices.map { "\($0.location.file):\($0.location.line): \($0.text)" } == [
        Self.withoutColumn(notice)
      ])
  }

  private static func withoutColumn(_ notice: String) -> String {
    let parts = notice.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
    return "\(parts[0]):\(parts[1]):\(parts[3])"
  }

  // MARK: Written again

  @Test func everythingComesBack() throws {
    let settings = try load(
      yaml: #"""
        upstreams:
          - upstream: a
            type: http
            method: POST
            path: "/x?y=${NAME}"
            host_header: "h:1"
            headers: {X-A: "b \"c\"", X-B: ""}
            body: "a\r\nb"
            degraded_above: 250ms
            expect:
              header: {A: "1", B: {matches: '^\d+"$'}, C: {present: true}}
              body_contains: ["a\"b", "ü"]
              body_matches: ['\x41']
              json: {"$.a": "1", "$.b": 1, "$.c": true, "$.d": null, '$["e f"]': x}
              read_limit: 1MiB
            peers:
              - {server: 127.0.0.1:1, down: true, port: 81, host: n.example, host_header: "x:1", path: "/p\"q"}
              - 127.0.0.1:2
          - {upstream: b, type: tcp, send: "PING\r\n", expect: "+PONG", peers: []}
          - upstream: c
            type: tcp
            steps: [{expect: {matches: '^220 "'}}, {send: {hex: "00 ff"}}, {send: "a", expect: {hex: "00"}}]
            peers: []
          - {upstream: d, type: https, path: /, method: HEAD, expect: {header: {A: b}}, peers: []}
        """#
    ).get().settings
    let again = try load(yaml: settings.yaml(hostName: "host.example")).get().settings
    #expect(again == settings, "\(settings.yaml(hostName: "host.example"))")
  }

  // MARK: On the command line

  @Test func flagsOfTheProbe() throws {
    let flags = try ExpectationFlags([
      "status=200-202", "status=304", "header=X-A", "header=X-B: c: d", "header~X-E: ^f", "body=a=b",
      "body~^g",
      "json=$.a=ok", "json=$.n=1", "json=$.s=\"1\"", "json=$[\"a=b\"]=null",
    ])
    #expect(flags.statuses == [200, 201, 202, 304])
    #expect(
      flags.expectations.headers == [
        HeaderExpectation(name: "X-A", test: .present), HeaderExpectation(name: "X-B", test: .equals("c: d")),
        HeaderExpectation(name: "X-E", test: .matches("^f")),
      ])
    #expect(flags.expectations.bodyContains == ["a=b"])
    #expect(flags.expectations.bodyMatches == ["^g"])
    #expect(
      flags.expectations.json == [
        JsonExpectation(path: "$.a", value: .string("ok")), JsonExpectation(path: "$.n", value: .number("1")),
        JsonExpectation(path: "$.s", value: .string("1")), JsonExpectation(path: "$[\"a=b\"]", value: .null),
      ])
  }

  @Test(arguments: [
    "", "ok", "status=", "status=abc", "header=a b", "header~A", "body=", "body~(", "json=$.a", "json=a=b",
    "bdy=a",
    "status~2",
  ])
  func wrongFlagsAreRefused(text: String) {
    #expect(throws: ExpectationFlags.Fault.self) { try ExpectationFlags([text]) }
  }
}
