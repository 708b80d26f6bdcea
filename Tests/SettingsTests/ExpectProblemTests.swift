import Health
import Settings
import Testing

/// What is asked and expected: what is wrong with it, and what to do.
struct ExpectProblemTests {
  private static func indented(_ options: String) -> String {
    options.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
  }

  static let wrong: [(options: String, problem: String)] = [
    (
      "type: http",
      "\"http_req\" option required; add http_req: \"GET / HTTP/1.0\\r\\nHost: NAME\\r\\n\\r\\n\", or path: / to have one composed"
    ),
    ("type: http\npath: a", "path \"a\" is not the path of a request; begin with /"),
    ("type: http\npath: \"/a b\"", "path \"/a b\" is not the path of a request"),
    ("type: http\npath: \"/a\\r\\nX: y\"", "is not the path of a request"),
    ("type: http\npath: /\nmethod: get", "method \"get\" cannot be used; write method: GET"),
    ("type: http\npath: /\nmethod: CONNECT", "method \"CONNECT\" cannot be used; use one of GET, HEAD"),
    ("type: http\npath: /\nhost_header: a b", "host_header \"a b\" is not the name of a host"),
    ("type: http\npath: /\nheaders: [a]", "\"headers\" is a list; in YAML, write a mapping"),
    ("type: http\npath: /\nheaders: {Host: a}", "the header Host cannot be given: host_header says it"),
    ("type: http\npath: /\nheaders: {accept-encoding: gzip}", "the header accept-encoding cannot be given"),
    ("type: http\npath: /\nheaders: {\"A B\": a}", "\"A B\" is not the name of a header"),
    (
      "type: http\npath: /\nheaders: {A: \"secret-1\\r\\nB: c\"}",
      "the value of the header A has characters that no header can have"
    ),
    ("type: http\npath: /\nheaders: {A: b, a: c}", "the header a is given already; keep one"),
    ("type: http\npath: /\nbody: [a]", "\"body\" is a list; write a text"),
    (
      "type: http\nhttp_req: \"GET /\\r\\n\\r\\n\"\npath: /",
      "\"path\" stands beside \"http_req\", which is sent as it is; remove http_req to have a request composed, or path"
    ),
    (
      "type: http\npath: /\nexpect: ok",
      "\"expect\" of an answer of HTTP is a mapping; write expect: {body_contains: \"ok\"}"
    ),
    ("type: http\npath: /\nexpect: [ok]", "\"expect\" is a list"),
    (
      "type: http\npath: /\nexpect: {body_contain: ok}",
      "\"body_contain\" is no option of expect; did you mean \"body_contains\"?"
    ),
    ("type: http\npath: /\nexpect: {body_contains: []}", "\"body_contains\" has 0 entries; give 1 to 32"),
    (
      "type: http\npath: /\nexpect: {body_contains: \"\"}", "\"body_contains\" is empty, too long or no UTF-8"
    ),
    (
      "type: http\npath: /\nexpect: {body_matches: 'a(b'}",
      "body_matches \"a(b\" is not a regular expression: missing closing parenthesis (at character 4); correct it there"
    ),
    (
      "type: http\npath: /\nexpect: {header: {A: {matches: '['}}}",
      "matches \"[\" is not a regular expression: missing terminating ] for character class (at character 2)"
    ),
    (
      "type: http\npath: /\nexpect: {header: {A: {like: b}}}",
      "\"like\" is nothing to expect of a header; write the value"
    ),
    (
      "type: http\npath: /\nexpect: {header: {A: {present: false}}}",
      "a header cannot be expected to be missing"
    ),
    ("type: http\npath: /\nexpect: {header: {A: [b]}}", "the header A is a list"),
    ("type: http\npath: /\nexpect: {header: X}", "\"header\" is \"X\"; write a mapping"),
    (
      "type: http\npath: /\nexpect: {json: {status: ok}}",
      "\"status\" is not a place in JSON: it begins with $ (at character 1); write it like"
    ),
    (
      "type: http\npath: /\nexpect: {json: {\"$.a[b]\": ok}}",
      "is not a place in JSON: in brackets stands a number from 0 on, or a name in quotes (at character 5)"
    ),
    ("type: http\npath: /\nexpect: {json: {\"$.a\": [ok]}}", "a list cannot be compared"),
    (
      "type: http\npath: /\nexpect: {body_contains: ok, read_limit: 2MiB}",
      "read_limit is \"2MiB\"; write how much of the body"
    ),
    (
      "type: http\npath: /\nmethod: HEAD\nexpect: {body_contains: ok}",
      "no body comes after HEAD; use GET, or expect headers alone"
    ),
    (
      "type: http\npath: /\ntimeout: 500ms\ndegraded_above: 500ms",
      "degraded_above 500ms is never reached: the timeout is 500ms; give less than 500ms"
    ),
    (
      "type: tcp\nexpect: {body_contains: ok}",
      "over plain TCP \"expect\" is a text, bytes or a regular expression"
    ),
    ("type: tcp\nsend: a", "\"send\" stands without \"expect\"; add expect"),
    (
      "type: tcp\nsend: 'PING\\r\\n'\nexpect: a",
      "\"send\" has a backslash and letters where a line should end; put it in double quotes"
    ),
    ("type: tcp\nexpect: {hex: \"0\"}", "\"0\" is not bytes in hexadecimal; write two digits"),
    ("type: tcp\nexpect: {hex: xy}", "\"xy\" is not bytes in hexadecimal"),
    (
      "type: tcp\nexpect: {matches: 'a**'}",
      "matches \"a**\" is not a regular expression: quantifier does not follow a repeatable item (at character 3)"
    ),
    ("type: tcp\nsteps: []", "\"steps\" has 0 entries; give 1 to 32"),
    ("type: tcp\nsteps: [{send: a}]", "no step expects anything"),
    ("type: tcp\nsteps: [{expects: a}]", "\"expects\" is no option of a step; did you mean \"expect\"?"),
    ("type: tcp\nsteps: [{expect: a}]\nsend: b", "\"send\" stands beside \"steps\"; make it the first step"),
  ]

  @Test(arguments: wrong) func whatIsWrongIsSaidWithTheRemedy(options: String, problem: String) throws {
    let lines = try load(yaml: "upstreams:\n  - upstream: a\n    peers: []\n\(Self.indented(options))\n")
      .lines
    #expect(lines.contains { $0.contains(problem) }, "\(lines)")
    #expect(lines.allSatisfy { $0.hasPrefix("q.yaml:") && !$0.contains("secret") }, "\(lines)")
  }

  @Test(arguments: [
    ("{server: \"127.0.0.1:1\", port: 0}", "port 0 is out of range"),
    ("{server: \"127.0.0.1:1\", path: b}", "path \"b\" is not the path of a request"),
    ("{server: \"127.0.0.1:1\", host: a b}", "host \"a b\" is not the name of a host"),
    ("{server: \"127.0.0.1:1\", pth: /}", "\"pth\" is no option of a peer; did you mean \"path\"?"),
  ])
  func whatIsWrongWithAPeerIsSaid(peer: String, problem: String) throws {
    let lines = try load(yaml: "upstreams: [{upstream: a, type: http, path: /, peers: [\(peer)]}]").lines
    #expect(lines.count == 1 && lines.allSatisfy { $0.contains(problem) }, "\(lines)")
  }

  @Test func aPathOfAPeerWantsARequestThatIsComposed() throws {
    let lines = try load(
      yaml: #"""
        upstreams:
          - {upstream: a, type: http, http_req: "GET /\r\n\r\n", peers: [{server: "127.0.0.1:1", path: /}]}
        """#
    ).lines
    #expect(
      lines.count == 1 && lines.allSatisfy { $0.contains("the request of its upstream is written out") },
      "\(lines)")
  }

  /// Defaults are for all upstreams: what does not fit the type of one is left aside.
  @Test func expectationsOfTheDefaultsAreForTheirType() throws {
    let loaded = try load(
      yaml: """
        defaults: {path: /, expect: {body_contains: ok}}
        upstreams: [{upstream: a, type: http, peers: []}, {upstream: b, type: tcp, peers: []}]
        """
    ).get()
    #expect(try loaded.upstream("a").checker?.expectations?.bodyContains == ["ok"])
    #expect(try loaded.upstream("b").checker == Checker(kind: .tcp))
  }

  @Test func tablesOfLuaAreRefused() throws {
    let lines = try load(
      nginx: #"""
        upstream a { server 127.0.0.1:1; }
        init_worker_by_lua_block {
          local hc = require "resty.upstream.healthcheck"
          hc.spawn_checker{ upstream = "a", type = "http", http_req = "GET /\r\n\r\n", expect = { body_contains = "ok" } }
        }
        """#
    ).lines
    #expect(
      lines.count == 1
        && lines.allSatisfy { $0.contains("\"expect\" is a mapping, which is not read from Lua") }, "\(lines)"
    )
  }
}
