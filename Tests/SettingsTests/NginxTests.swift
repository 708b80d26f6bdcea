import Addresses
import Health
import Settings
import Testing

import struct Foundation.URL

/// nginx configurations as people have them, and what they mean.
struct NginxTests {
  static let samples = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Samples").path

  static func sample(_ name: String) throws -> LoadedSettings {
    var loaded = try loader.load(nginx: "\(samples)/\(name)").get()
    loaded.notices = loaded.notices.map { Notice($0.location, $0.text).stripped(samples + "/") }
    loaded.sources = loaded.sources.map { $0.replacing(samples + "/", with: "") }
    return loaded
  }

  @Test func anOpenRestyConfiguration() throws {
    let loaded = try Self.sample("openresty.conf")
    #expect(loaded.settings.upstreams.map(\.name.text) == ["foo.com", "bar.com", "plain"])
    #expect(
      try loaded.peers("foo.com") == [
        "127.0.0.1:12354 primary", "127.0.0.1:12355 primary", "127.0.0.1:12357 primary down",
        "127.0.0.1:12356 backup",
      ])
    #expect(
      try loaded.peers("bar.com") == [
        "[::1]:8080 primary", "10.0.0.7:80 primary", "10.0.0.8:81 primary", "unix:/run/bar.sock backup",
        "10.0.0.9:81 backup",
      ])
    #expect(try loaded.peers("plain") == ["backend.example.com:8080 primary"])
    #expect(loaded.settings.allow.map(\.description) == ["127.0.0.1/32", "10.0.0.0/8"])
    #expect(
      loaded.sources == ["openresty.conf", "upstreams/bar-1.servers", "upstreams/bar-2.servers"])
    #expect(
      loaded.notices.map(\.description) == [
        "openresty.conf:9:19: \"mime.types\" is not there; it is passed over, for such files have no upstreams",
        "openresty.conf:61:19: \"shm\" is ignored: the shared memory is Redis, or this process where none is set",
      ])
  }

  @Test func itsCheckers() throws {
    let loaded = try Self.sample("openresty.conf")
    var foo = Checker(kind: .http, request: Array("GET /status HTTP/1.0\r\nHost: foo.com\r\n\r\n".utf8))
    foo.intervalMs = 2000
    foo.thresholds = Thresholds(fall: 3, rise: 2)
    foo.validStatuses = [200, 302]
    foo.concurrency = 10
    #expect(try loaded.upstream("foo.com").checker == foo)
    var bar = Checker(kind: .tcp)
    bar.intervalMs = 500
    bar.port = 8081
    bar.quorum = .any
    bar.probers = 5
    #expect(try loaded.upstream("bar.com").checker == bar)
    #expect(try loaded.upstream("plain").check == .none)
  }

  @Test func theCloseOfAChecker() throws {
    let loaded = try load(
      nginx: #"""
        http {
          upstream a { server 127.0.0.1:1; }
          init_worker_by_lua_block {
            local hc = require "resty.upstream.healthcheck"
            hc.spawn_checker{ upstream = "a", type = "http", http_req = "GET / HTTP/1.0\r\n\r\n", close = "reset" }
          }
        }
        """#
    ).get()
    #expect(try loaded.upstream("a").checker?.close == .reset)
  }

  @Test func checkersInALuaFile() throws {
    let loaded = try Self.sample("lua-file.conf")
    let app = try #require(try loaded.upstream("app").checker)
    #expect(app.request == Array("GET / HTTP/1.0\n\n".utf8))
    #expect(app.intervalMs == 3000)
    #expect(app.thresholds == Thresholds(fall: 3, rise: 1))
    let api = try #require(try loaded.upstream("api").checker)
    #expect(api.tls == TLSOptions(host: "api.example", verify: .none))
    #expect(loaded.settings.allow.map(\.description) == ["192.168.0.0/16"])
    #expect(loaded.sources == ["lua-file.conf", "lua/checks.lua", "lua/status.lua"])
    #expect(
      loaded.notices.map(\.description)
        == [
          "lua/checks.lua:6:11: \"shm\" is ignored: the shared memory is Redis, or this process where none is set"
        ])
  }

  @Test func luaFilesAreFoundInThePrefixToo() throws {
    let folder = try Folder()
    try folder.write(
      "lua/c.lua", #"require("resty.upstream.healthcheck").spawn_checker{ upstream = "a", type = "tcp" }"#)
    let path = try folder.write(
      "conf/nginx.conf", "upstream a { server 127.0.0.1:1; }\ninit_worker_by_lua_file lua/c.lua;")
    #expect(try loader.load(nginx: path).get().upstream("a").checker == Checker(kind: .tcp))
  }

  @Test func luaInQuotesHasItsEscapesReadTwice() throws {
    let loaded = try load(
      nginx: """
        upstream a { server 127.0.0.1:1; }
        init_worker_by_lua 'local hc = require "resty.upstream.healthcheck"
          hc.spawn_checker{ upstream = "a", type = "http", http_req = \\'GET /\\\\r\\\\n\\\\r\\\\n\\' }';
        """
    ).get()
    #expect(try loaded.upstream("a").checker?.request == Array("GET /\r\n\r\n".utf8))
  }

  @Test func wordsAreReadAsNginxReadsThem() throws {
    let loaded = try load(
      nginx: """
        \u{FEFF}# "quotes' in comments
        set $a a"b'c#d{x;
        set ${b}x "it's; {";
        upstream "quoted" { server '127.0.0.1:1'; }
        upstream unquoted{server 127.0.0.1:2;}# no space
        upstream x\\y-z { server 127.0.0.1:3; }
        set $path C:\\dir\\;x end;
        """.replacing("x\\y-z", with: "x.y-z").replacing("#d{x;", with: "#d;")
    ).get()
    #expect(loaded.settings.upstreams.map(\.name.text) == ["quoted", "unquoted", "x.y-z"])
  }

  @Test func upstreamsOfStreamsAreOthers() throws {
    let loaded = try load(nginx: "stream { upstream a { server 127.0.0.1:1; } } mail { upstream b { } }")
      .get()
    #expect(loaded.settings.upstreams.isEmpty)
    #expect(loaded.notices.isEmpty)
  }

  @Test(arguments: [
    ("", "nginx.conf:1:1: there is no init_worker_by_lua: the upstreams have no checkers from here"),
    (
      "init_worker_by_lua_block { local x = 1 }",
      "nginx.conf:1:1: no spawn_checker call is made in init_worker_by_lua: the upstreams have no checkers from here"
    ),
    (
      "init_worker_by_lua_block { ngx.timer.at(5, function() hc.spawn_checker{} end) }",
      "nginx.conf:2:28: what this timer does later is not known here: the upstreams have no checkers from here"
    ),
  ]) func withoutCheckersThereIsANotice(_ more: String, _ notice: String) throws {
    let loaded = try load(nginx: "upstream a { server 127.0.0.1:1; }\n\(more)").get()
    #expect(loaded.notices.map(\.description) == [notice])
  }

  @Test func manyFilesAreTooMany() throws {
    let folder = try Folder()
    for index in 0..<10 { try folder.write("d/\(index).conf", "") }
    let path = try folder.write("nginx.conf", String(repeating: "include d/*;\n", count: 250))
    let lines = loader.load(nginx: path).without(folder).lines
    #expect(lines.first?.contains("too many files") == true)
  }

  @Test(arguments: [
    "content_by_lua_file nothing.lua;", "content_by_lua_file $root/x.lua;", "content_by_lua_file;",
    "set_by_lua $x 'return 1';", "set_by_lua_block $x { return '}' }", "content_by_lua_block { broken '",
    "access_by_lua_block { local x = 0x } # '\n",
  ]) func otherLuaIsNotRead(_ directive: String) throws {
    let isBroken = directive.hasSuffix("'")
    let result = try load(nginx: "location / { \(directive) }")
    #expect(result.lines.isEmpty == !isBroken)
  }

  @Test(
    arguments: [
      ("allow 127.0.0.1; deny all;", ["127.0.0.1/32"], nil),
      (
        "allow 127.0.0.1; allow 127.0.0.1; allow ::1; deny all; allow 1.2.3.4;", ["127.0.0.1/32", "::1/128"],
        nil
      ),
      ("deny all;", [], nil), ("allow all;", ["all"], nil),
      ("allow unix:; allow 10.0.0.1; deny all;", ["10.0.0.1/32"], nil),
      ("deny 10.0.0.5; allow 192.168.0.0/16; deny all;", ["192.168.0.0/16"], nil),
      (
        "deny 10.0.0.5; allow 10.0.0.0/8; allow 1.1.1.1; deny all;", ["1.1.1.1/32"],
        "allow 10.0.0.0/8 after deny 10.0.0.5/32 cannot be expressed: it is left out"
      ),
      (
        "allow 1.1.1.1; deny 10.0.0.5; allow all;", ["1.1.1.1/32"],
        "allow all after deny 10.0.0.5/32 cannot be expressed: it is left out"
      ),
      (
        "allow 127.0.0.1;", ["127.0.0.1/32"],
        "nginx lets everybody else read this status page, for there is no \"deny all\"; here only these may: 127.0.0.1/32"
      ),
      (
        "deny 10.0.0.0/8;", [],
        "nginx lets everybody else read this status page, for there is no \"deny all\"; here only these may: nobody"
      ),
      (
        "", ["127.0.0.1/32", "::1/128"],
        "nginx lets everybody read this status page; here only this machine may, unless \"allow\" says more"
      ),
    ] as [(String, [String], String?)]) func accessRules(
      _ rules: String, _ allow: [String], _ notice: String?
    ) throws
  {
    let loaded = try load(
      nginx: "server { location /s { \(rules) content_by_lua_block { ngx.print(hc.status_page()) } } }"
    ).get()
    #expect(loaded.settings.allow.map(\.description) == allow)
    #expect(loaded.notices.map(\.description) == (notice.map { ["nginx.conf:1:10: \($0)"] } ?? []))
  }

  @Test func accessRulesAreInheritedUntilALevelHasItsOwn() throws {
    let page = "content_by_lua 'ngx.print(hc.status_page())';"
    func allow(_ text: String) throws -> [String] {
      try load(nginx: text).get().settings.allow.map(\.description)
    }
    #expect(
      try allow("http { allow 1.1.1.1; deny all; server { location / { \(page) } } }") == ["1.1.1.1/32"])
    #expect(
      try allow(
        "http { allow 1.1.1.1; deny all; server { allow 2.2.2.2; deny all; location / { \(page) } } }")
        == ["2.2.2.2/32"])
    // A location that shows no status says nothing about it.
    #expect(
      try allow(
        "location /a { allow 1.1.1.1; deny all; } location /b { deny all; content_by_lua 'ngx.say(1)'; }")
        == ["127.0.0.1/32", "::1/128"])
    // A word in a comment is no page.
    #expect(
      try allow("location /a { allow all; content_by_lua_block { -- status_page\n } }") == [
        "127.0.0.1/32", "::1/128",
      ])
  }

  @Test func severalStatusLocationsAreReadTogether() throws {
    let loaded = try load(
      nginx: """
        location /a { allow 1.1.1.1; deny all; content_by_lua_block { ngx.print(hc.status_page()) } }
        location /b { allow 1.1.1.1; deny all; content_by_lua_block { ngx.print(hc.status_page()) } }
        location /c { allow 2.2.2.2; deny all; content_by_lua_block { ngx.print(hc.prometheus_status_page()) } }
        location /d { deny all; content_by_lua_block { ngx.print(hc.status_page()) } }
        location /e { content_by_lua_block { ngx.print(hc.status_page()) } }
        """
    ).get()
    #expect(loaded.settings.allow.map(\.description) == ["1.1.1.1/32", "2.2.2.2/32"])
    #expect(
      loaded.notices.map(\.description) == [
        "nginx.conf:3:1: status locations have different readers; all of them may read here: 1.1.1.1/32, 2.2.2.2/32"
      ])
  }
}
