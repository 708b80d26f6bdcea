import Health
import Settings
import Testing

/// What an nginx.conf with the upstreams `a`, `b` and `c` says whose workers start with `lua`.
func load(
  lua: String, before: String = "", _ others: [String: String] = [:]
) throws -> Result<LoadedSettings, Problems> {
  let upstreams = """
    lua_shared_dict healthcheck 1m; \(before)
    upstream a { server 127.0.0.1:1 weight=5 max_fails=3 fail_timeout=30s; server 127.0.0.1:2 backup; }
    upstream b { server 10.0.0.1:80 down; } upstream c { server c.example:80; }
    """
  return try load(
    nginx:
      "\(upstreams)\ninit_worker_by_lua_block { local hc = require 'resty.upstream.healthcheck'\n\(lua)\n}",
    others)
}

extension LoadedSettings {
  /// `name type interval` of each upstream that is checked.
  var checks: [String] {
    settings.upstreams.compactMap { upstream in
      upstream.checker.map { "\(upstream.name.text) \($0.kind.rawValue) \($0.intervalMs)" }
    }
  }
}

/// The values of options.
struct LuaTests {
  /// The checker that a Lua text starts for the upstream `a`.
  private func check(_ lua: String) throws -> Checker? { try load(lua: lua).get().upstream("a").checker }

  private func request(_ expression: String) throws -> [UInt8]? {
    try check("hc.spawn_checker{ upstream = 'a', type = 'http', http_req = \(expression) }")?.request
  }

  @Test(
    arguments: [
      (#""\a\b\f\n\r\t\v\\\"\'""#, "\u{7}\u{8}\u{C}\n\r\t\u{B}\\\"'"), (#""\65\066\x43\0671""#, "ABCC1"),
      (#""a\z   b""#, "ab"), ("\"a\\\nb\"", "a\nb"), ("'it''s'", nil), ("[[\nline\r\n]]", "line\n"),
      ("[==[a]]b]=]c]==]", "a]]b]=]c"), ("('a')", "a"), ("'a' .. 'b' .. 80 .. 1.5", "ab801.5"),
      ("string.format('%s-%d', 'n', 5)", "n-5"), ("('x'):rep(3):upper()", "XXX"),
      ("table.concat({'a', 'b'}, ' ')", "a b"), ("(('a.b'):gsub('%.', '-'))", "a-b"),
      ("ngx.encode_base64('user:secret word')", "dXNlcjpzZWNyZXQgd29yZA=="),
      ("ngx.decode_base64('dXNlcg==')", "user"), ("ngx.escape_uri('a b/ü')", "a%20b%2F%C3%BC"),
      ("ngx.unescape_uri('a%20b+c')", "a b c"), ("os.getenv('HOME') or 'unset'", "unset"),
      ("tostring(os.time() > 0 and os.clock() >= 0 and #os.date() > 0)", "true"),
      ("require('cjson').decode('{\"r\": [1, \"G\\\\u00fc\\\\n\", null, true]}').r[2]", "Gü\n"),
      ("require('cjson').encode({1, 'x'})", "[1,\"x\"]"), ("type(require('cjson.safe').decode('{'))", "nil"),
      ("type(coroutine.wrap(function() coroutine.yield('y') end)())", "string"), ("bit.tohex(255, 2)", "ff"),
      ("'\\", nil), ("'\\300'", nil), ("[[", nil),
    ] as [(String, String?)]) func texts(_ lua: String, _ text: String?) throws
  {
    let expected = text.map { Array($0.utf8) }
    if let expected {
      #expect(try request(lua) == expected)
    } else {
      #expect(throws: Problems.self) { try request(lua) }
    }
  }

  @Test func bytesNeedNotBeText() throws {
    #expect(try request(#""\255\000\xfe""#) == [255, 0, 254])
  }

  @Test(arguments: [
    ("1000", 1000), ("0x10", 16), ("2e3", 2000), ("5.", 5), ("300LL", 300), ("'2s'", 2000), ("'750'", 750),
    ("nil", 1000), ("false", 1000), ("5 * 1000", 5000), ("2 ^ 10", 1024), ("tonumber('7') * 10", 70),
    ("math.floor(99.9)", 99), ("#'12345'", 5),
  ]) func numbers(_ lua: String, _ interval: Int) throws {
    let checker = try check("hc.spawn_checker{ upstream = 'a', type = 'tcp', interval = \(lua) }")
    #expect(checker?.intervalMs == interval)
  }

  @Test(arguments: ["0x", "1e", "3x", "1e400", "-1", "1.5", "0/0", "1/0", "{}", "{1000}", "print", "true"])
  func badNumbers(_ lua: String) throws {
    #expect(throws: Problems.self) {
      try check("hc.spawn_checker{ upstream = 'a', type = 'tcp', interval = \(lua) }")
    }
  }

  /// Whatever is no Lua is one problem with its line, and does not hide the rest.
  @Test(arguments: [
    "local", "local 1", "x", "f(", "x =", "if x", "for", "for i do end", "while x end", "repeat",
    "function", "function f(1) end", "::a", "goto nowhere", "x:y", "x[", "return return", "end", "= 1",
    "1 = x", "and", "x = {1 2}", "@", "'", "local x <const> = 1",
  ]) func badLua(_ lua: String) throws {
    let lines = try load(lua: "hc.spawn_checker{ upstream = 'a', type = 'tcp' }\n\(lua)").lines
    #expect(lines.count == 1)
    #expect(lines.first?.contains("the Lua fails: ") == true, "\(lines)")
    #expect(lines.first?.hasPrefix("nginx.conf:") == true)
  }
}
