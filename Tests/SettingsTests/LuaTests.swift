import Health
import Settings
import Testing

/// The Lua that is read, in the small. What is refused is in the corpus.
struct LuaTests {
  /// The checker that a Lua text starts for the upstream `a`.
  private func check(_ lua: String) throws -> Checker? {
    try load(nginx: "upstream a { server 127.0.0.1:1; }\ninit_worker_by_lua_block {\(lua)}").get().upstream(
      "a"
    ).checker
  }

  private func request(_ expression: String, _ before: String = "") throws -> [UInt8]? {
    try check("\(before)\nhc.spawn_checker{ upstream = 'a', type = 'http', http_req = \(expression) }")?
      .request
  }

  @Test(
    arguments: [
      (#""\a\b\f\n\r\t\v\\\"\'""#, "\u{7}\u{8}\u{C}\n\r\t\u{B}\\\"'"), (#""\65\066\x43\0671""#, "ABCC1"),
      (#""a\z   b""#, "ab"), ("\"a\\\nb\"", "a\nb"), ("\"a\\\r\nb\"", "a\nb"), (#""\u{48}\u{20AC}""#, "H€"),
      ("'it''s'", nil), ("[[\nline\r\n]]", "line\n"), ("[==[a]]b]=]c]==]", "a]]b]=]c"), ("[[\n\nx]]", "\nx"),
      ("('a')", "a"), ("'a' .. 'b' .. 'c'", "abc"), ("'n' .. 80 .. 1.0", "n801"), ("'n' .. 1.5", "n1.5"),
      ("[[a]] .. 'b'", "ab"), ("'\\", nil), ("'\\300'", nil), ("'\\xg'", nil), ("'\\u{110000}'", nil),
      ("'\\u{}'", nil), ("'\\u20'", nil), ("\"a\nb\"", nil), ("[[", nil), ("[=[ ]]", nil), ("--[[", nil),
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
    ("1000", 1000), ("0x10", 16), ("0X1p4", 16), ("2e3", 2000), ("2.5E+2", 250), (".5e4", 5000), ("5.", 5),
    ("300LL", 300), ("0xffULL", 255), ("'2s'", 2000), ("'750'", 750), ("nil", 1000), ("false", 1000),
    ("(7)", 7),
    ("30 -- comment\n", 30),
  ]) func numbers(_ lua: String, _ interval: Int) throws {
    let checker = try check("hc.spawn_checker{ upstream = 'a', type = 'tcp', interval = \(lua) }")
    #expect(checker?.intervalMs == interval)
  }

  @Test(arguments: [
    "0x", "1e", "1..2", "3x", "1.2.3", "0xg", "1e400", "-0x1p", "- -1", "-1", "not 1", "~1", "1p4",
  ])
  func badNumbers(_ lua: String) throws {
    #expect(throws: Problems.self) {
      try check("hc.spawn_checker{ upstream = 'a', type = 'tcp', interval = \(lua) }")
    }
  }

  @Test(arguments: [
    "hc.spawn_checker{ upstream = n, type = 'tcp' }",
    "local u = n hc.spawn_checker{ upstream = u, type = 'tcp' }",
    "do local n = 'b' end hc.spawn_checker{ upstream = n, type = 'tcp' }",
    "local x, y = 'b', n; hc.spawn_checker{ upstream = y, type = 'tcp' }",
    "local n = n hc.spawn_checker{ upstream = n, type = 'tcp' }",
    "do hc.spawn_checker{ upstream = n, type = 'tcp' } end",
    "return hc.spawn_checker{ upstream = n, type = 'tcp' }",
    "local r = { hc.spawn_checker{ upstream = n, type = 'tcp' } }",
    "print((hc.spawn_checker{ upstream = n, type = 'tcp' }))",
    "for i = 1, hc.spawn_checker{ upstream = n, type = 'tcp' } do end",
    "t[hc.spawn_checker{ upstream = n, type = 'tcp' }] = 1", "spawn_checker{ upstream = n, type = 'tcp' }",
    "hc['spawn_checker']{ upstream = n, type = 'tcp' }",
    "_G.hc.x[1]:y().spawn_checker{ upstream = n, type = 'tcp' }",
    "goto done hc.spawn_checker{ upstream = n, type = 'tcp' } ::done::",
    "local ok = hc.spawn_checker{ upstream = n, type = 'tcp' } and 1 or 2",
  ]) func callsThatAreRead(_ lua: String) throws {
    #expect(
      try check("local n <const> = 'a'".replacing(" <const>", with: "") + "\n" + lua) == Checker(kind: .tcp))
  }

  @Test(arguments: [
    "local function f(a, b, ...) local x = ... return a, b end",
    "function M.x:y() end function f(...) end", "local t = { 1, 2; 3, x = 4, [5] = 6, f(), }",
    "local f = function() end", "repeat break until true", "while not x do x = #y - -z ^ 2 % 3 end",
    "for i = 1, 10, 2 do end for k, v in pairs(t) do end", "if a then elseif b then else end",
    "a.b['c'].d = f 'x' { y } (z):w()", "local x; ; ; x, y.z = 1, 2", "local s = [=[ ]] ]=] --[==[ ]] ]==]",
    "local a = x == y, x ~= y, x <= y, x >= y, x < y, x > y, x and y or not z", "return", "return;",
    "local goto_ = 1", "local a, b = f()", "t[function() x = 1 end] = function() end",
  ]) func whatStandsAroundIsTolerated(_ lua: String) throws {
    let call = "hc.spawn_checker{ upstream = 'a', type = 'tcp' }"
    #expect(try check("\(call)\n\(lua)") == Checker(kind: .tcp))
  }

  @Test(arguments: [
    "local", "local 1", "x", "x.y", "f(", "f(1,", "{", "x =", "x, = 1", "if x", "if x then", "for",
    "for i do end",
    "for i = 1 end", "while x end", "repeat", "function", "function f", "function f(", "function f(1) end",
    "function f(a,) end", "local function", "::a", "::", "goto", "x:y", "x.1", "x[", "x[1", "return return",
    "end",
    "until x", "= 1", "1 = x", "(x) 1", "a.b:c = 1", "and", "x = = 1", "f() = 1", "x = {1 2}",
    "x = {[1] 2}",
    "x = é", "@",
  ]) func badLua(_ lua: String) throws {
    let result = try load(
      nginx: "upstream a { server 127.0.0.1:1; }\ninit_worker_by_lua_block {\n"
        + "hc.spawn_checker{ upstream = 'a', type = 'tcp' }\n\(lua)\n}")
    #expect(result.lines.count == 1)
    #expect(!result.lines.joined().contains("swift"))
  }

  @Test(arguments: [
    "local n = f() ", "local n ", "local n = 'a' n = 'b' ", "local n = 'a' local function g() n = 'b' end ",
    "local n = 'a' function n() end ", "local x, n = f() ", "local x, n = 'a' ", "local function n() end ",
    "local n = 'a' f(function() n = 1 end) ", "local n = 'a' t = { function() n, x = 1 end } ",
    "local n = 'a' for i = 1, 2 do n = i end ", "local n = 'a' while f(function() n = 1 end) do n = 1 end ",
    "local n = 'a' if x then n = 'b' elseif y then else n = 'c' end ", "local n = true .. nil ", "n = 'a' ",
    "local n = 'a' do n = 'b' end ", "local n = 'a' return (function() n = 1 end)() ",
  ]) func namesWithoutOneValueAreRefused(_ lua: String) throws {
    let result = try load(
      nginx: "upstream a { server 127.0.0.1:1; }\ninit_worker_by_lua_block { \(lua)\n"
        + "hc.spawn_checker{ upstream = n, type = 'tcp' } }")
    #expect(result.lines.count == 1)
    #expect(result.lines.first?.contains("upstream") == true)
  }

  @Test func namesInsideFunctionsAreOthers() throws {
    let lua = """
      local n = "a"
      hc.spawn_checker{ upstream = n, type = "tcp" }
      local function f(n) return hc.spawn_checker{ upstream = n, type = "tcp" } end
      for n = 1, 2 do f(function(n) hc.spawn_checker{ upstream = n, type = "tcp" } end) end
      """
    let result = try load(
      nginx: "upstream a { server 127.0.0.1:1; }\ninit_worker_by_lua_block {\n\(lua)\n}")
    #expect(result.lines.count == 2)
    #expect(result.lines.allSatisfy { $0.contains("called in a function") && $0.contains("upstream: NAME") })
  }
}
