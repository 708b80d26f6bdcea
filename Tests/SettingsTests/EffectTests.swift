import Health
import Settings
import Testing

/// An option without effect is said to have none, whatever its value; one with an effect has to be good.
struct EffectTests {
  static let types = ["http", "https", "grpc", "tcp", "none"]

  /// Options with values that cannot be used, in YAML and in Lua.
  static let odd: [(option: String, yaml: String, lua: String)] = [
    ("http_req", #""""#, #""""#), ("http_req", "[1]", "{1}"), ("http_req", #"'a\r\n'"#, #""""#),
    ("valid_statuses", "[]", "{}"), ("valid_statuses", "[abc]", #"{"abc"}"#),
    ("valid_statuses", "200", "200"), ("valid_statuses", "[[200]]", "{{200}}"),
    ("host", #""a b""#, #""a b""#), ("host", "[a]", #"{"a"}"#), ("ssl_verify", "maybe", #""maybe""#),
    ("interval", "soon", #""soon""#), ("interval", "[1]", "{1}"), ("interval", "25h", #""25h""#),
    ("fast_interval", "1ms", #""1ms""#), ("timeout", "0", "0"), ("timeout", "x", #""x""#),
    ("fall", "0", "0"), ("rise", "many", #""many""#), ("concurrency", "0", "0"), ("port", "65536", "65536"),
    ("port", "[80]", "{80}"), ("probers", "0", "0"), ("quorum", "most", #""most""#), ("quorum", "0", "0"),
    ("respect_down", "maybe", #""maybe""#), ("close", "maybe", #""maybe""#), ("ca", "ca.pem", #""ca.pem""#),
    ("tls_min", "2", "2"), ("cert_warning", "0", "0"),
    ("degraded_above", "soon", #""soon""#), ("degraded_above", "1h", #""1h""#), ("expect", "[1]", "{1}"),
    ("http_version", "3", "3"), ("http_version", "[2]", "{2}"), ("tls", "maybe", #""maybe""#),
    ("grpc_service", #""a b""#, #""a b""#), ("grpc_service", "[a]", #"{"a"}"#),
    ("send", "[1]", "{1}"), ("send", #""""#, #""""#), ("steps", "[]", "{}"), ("steps", "a", #""a""#),
  ]

  /// What there is beside type and name; all others change nothing.
  static func hasEffect(_ option: String, _ type: String) -> Bool {
    switch option {
    case "host", "ssl_verify", "ca", "cert", "key", "tls_min", "cert_warning":
      type == "https" || type == "grpc"
    case "send", "steps": type == "tcp"
    case "http_req", "valid_statuses", "http_version": type == "http" || type == "https"
    case "close": type == "http" || type == "https" || type == "grpc"
    case "tls", "grpc_service": type == "grpc"
    case "expect": type != "none" && type != "grpc"
    default: type != "none"
    }
  }

  private func expect(
    _ result: Result<LoadedSettings, Problems>, _ option: String, _ type: String, _ at: String
  ) {
    if Self.hasEffect(option, type) {
      #expect(result.lines.count == 1, "\(type) \(option): \(result.lines)")
      #expect(result.lines.allSatisfy { $0.hasPrefix("\(at): ") }, "\(type) \(option): \(result.lines)")
    } else {
      let notices = (try? result.get().notices.map(\.description)) ?? result.lines
      #expect(notices.contains("\(at): \"\(option)\" has no effect with type \(type)"), "\(notices)")
    }
  }

  @Test(arguments: types, odd) func inYaml(_ type: String, _ odd: (option: String, yaml: String, lua: String))
    throws
  {
    var request =
      odd.option == "http_req" || !type.hasPrefix("http") ? "" : #"http_req: "GET /\r\n\r\n", "#
    if type == "grpc", odd.option != "tls" { request = "tls: true, " }
    let start = "- {upstream: a, type: \(type), peers: [], \(request)\(odd.option): "
    let result = try load(yaml: "upstreams:\n\(start)\(odd.yaml)}\n")
    // A list's element has a location of its own.
    let isElement = odd.yaml == "[abc]" || odd.yaml == "[[200]]"
    let more = isElement && Self.hasEffect(odd.option, type) ? 2 : 1
    expect(result, odd.option, type, "q.yaml:2:\(start.count + more)")
  }

  @Test(arguments: types.dropLast(), odd)
  func inLua(_ type: String, _ odd: (option: String, yaml: String, lua: String)) throws {
    var request =
      odd.option == "http_req" || !type.hasPrefix("http") ? "" : #"http_req = "GET /\r\n\r\n", "#
    if type == "grpc", odd.option != "tls" { request = "tls = true, " }
    let lua = """
      local hc = require "resty.upstream.healthcheck"
      hc.spawn_checker{ upstream = "a", type = "\(type)", \(request)\(odd.option) = \(odd.lua) }
      """
    let result = try load(
      nginx: "upstream a { server 127.0.0.1:1; }\ninit_worker_by_lua_block {\n\(lua)\n}")
    guard !Self.hasEffect(odd.option, type) else {
      #expect(result.lines.count == 1, "\(type) \(odd.option): \(result.lines)")
      return
    }
    let notices = try result.get().notices.map(\.text)
    #expect(notices.contains("\"\(odd.option)\" has no effect with type \(type)"), "\(notices)")
  }

  /// The file that was refused.
  @Test func thePublicFile() throws {
    let loaded = try load(
      nginx: """
        upstream foo.com { server 127.0.0.1:1; }
        init_worker_by_lua_block {
          local hc = require "resty.upstream.healthcheck"
          hc.spawn_checker{ upstream = "foo.com", type = "tcp", http_req = "", valid_statuses = {} }
        }
        """
    ).get()
    #expect(try loaded.upstream("foo.com").checker == Checker(kind: .tcp))
    #expect(
      loaded.notices.map(\.text) == [
        "\"http_req\" has no effect with type tcp", "\"valid_statuses\" has no effect with type tcp",
      ])
  }

  /// A type that nobody knows excuses nothing.
  @Test func withoutATypeEverythingMatters() throws {
    let lines = try load(yaml: "upstreams: [{upstream: a, peers: [], fall: 0, host: a b, http_req: ''}]")
      .lines
    #expect(lines.count == 4, "\(lines)")
    let misspelt = try load(yaml: "upstreams: [{upstream: a, type: htp, peers: [], fall: 0, host: a b}]")
      .lines
    #expect(misspelt.count == 3, "\(misspelt)")
  }

  @Test(
    arguments: [
      // Taken up by an upstream of its own type.
      (
        "{type: tcp, http_req: ''}", "http",
        [
          "q.yaml:1:33: \"http_req\" is empty; write http_req: \"GET / HTTP/1.0\\r\\nHost: NAME\\r\\n\\r\\n\""
        ], []
      ),
      // By nobody.
      (
        "{type: tcp, http_req: ''}", "tcp", [],
        ["q.yaml:1:33: \"http_req\" has no effect: the upstreams have type tcp"]
      ),
      ("{fall: 0}", "none", [], ["q.yaml:1:18: \"fall\" has no effect: the upstreams have type none"]),
      (
        "{fall: 0}", "tcp", ["q.yaml:1:18: fall 0 is out of range; give a whole number from 1 to 1000000"], []
      ),
      // Said once, however many have it.
      ("{interval: 1ms}", "tcp", [], ["q.yaml:1:22: interval 1ms is raised to 2 ms"]),
    ] as [(String, String, [String], [String])]) func defaults(
      _ defaults: String, _ type: String, _ problems: [String], _ notices: [String]
    ) throws
  {
    let result = try load(
      yaml: """
        defaults: \(defaults)
        upstreams:
          - {upstream: a, type: \(type), peers: []}
          - {upstream: b, type: \(type), peers: []}
        """)
    #expect(result.lines == problems)
    if problems.isEmpty { #expect(try result.get().notices.map(\.description) == notices) }
  }

  @Test func defaultsOfNobodyHaveToBeGood() throws {
    #expect(try load(yaml: "defaults: {fall: 0}").lines.count == 1)
    #expect(try load(yaml: "defaults: {fall: 0, type: none}").lines.isEmpty)
  }
}
