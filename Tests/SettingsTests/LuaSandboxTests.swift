import Settings
import Testing

/// What Lua of a configuration cannot do, and what becomes of it when it takes too much.
struct LuaSandboxTests {
  /// Each is Lua that fails when it reaches something.
  @Test(arguments: [
    "for _, name in ipairs{'open', 'popen', 'lines', 'read', 'write', 'stdout', 'tmpfile'} do "
      + "assert(not pcall(function() return io[name]('/etc/passwd') end), name) end",
    "for _, name in ipairs{'execute', 'exit', 'remove', 'rename', 'tmpname', 'setlocale'} do "
      + "assert(not pcall(function() return os[name]('/tmp/x') end), name) end",
    "for _, name in ipairs{'getregistry', 'sethook', 'setupvalue', 'getupvalue', 'getlocal', 'setmetatable', 'getmetatable'} do "
      + "assert(not pcall(function() return debug[name](1, 1) end), name) end",
    "for _, name in ipairs{'loadlib', 'searchpath'} do assert(not pcall(function() return package[name]('x', '*') end)) end",
    "assert(os.getenv('HOME') == nil and os.getenv('PATH') == nil)",
    "assert(string.dump == nil and ('x').dump == nil and newproxy == nil)",
    "assert(not pcall(dofile, '/etc/passwd')) assert(not pcall(loadfile, '/etc/passwd'))",
    "assert(not load('\\27LJ\\2\\10\\0')) assert(not load('\\27LJ\\2\\10\\0', 'x', 'b')) assert(not loadstring('\\27Lua'))",
    "local n = 0 assert(not load(function() n = n + 1 return n == 1 and '\\27LJ\\2\\10' or nil end, 'x', 'bt'))",
    "for _, o in ipairs{ io, os, debug, package, ngx, ngx.shared.healthcheck, ngx.var, hc } do "
      + "assert(getmetatable(o) == false) assert(not pcall(setmetatable, o, {})) end",
    "assert(getmetatable('').__index == string) string.format = nil table.concat = nil ipairs = nil pairs = nil "
      + "assert(hc.spawn_checker{ upstream = 'c', type = 'tcp' })",
    "setfenv(hc.spawn_checker, {}) assert(hc.spawn_checker{ upstream = 'c', type = 'tcp' })",
    "for k in pairs(getfenv(hc.spawn_checker)) do assert(k ~= 'host' and k ~= 'send') end",
    "for level = 1, 50 do local ok, env = pcall(getfenv, level) if ok then assert(env.host == nil) end end",
    "local ffi = require 'ffi' assert(type(ffi.C.system('id')) == 'table' and type(ffi.string(0)) == 'table')",
    "assert(type(require 'jit.util'.funcinfo) == 'table')",
    "local c = 300LL assert(getmetatable(c) == 'ffi') assert(not pcall(function() return c.x end))",
    "package.path = '/etc/?;/etc/?.conf;/proc/self/?' for _, m in ipairs{'passwd', 'nginx.nginx', 'environ'} do "
      + "assert(type(require(m).x) == 'table') end",
    "package.path = '/?.lua' assert(type(require('...etc.x').x) == 'table') assert(type(require('/etc/x').x) == 'table')",
    "package.loaded.os = nil package.loaded.io = nil assert(not pcall(require('os').execute, 'id')) "
      + "assert(not pcall(require('io').open, '/etc/passwd'))",
    "local f = coroutine.wrap(function() return io.open('/etc/passwd') end) assert(not pcall(f))",
    "assert(_G._G == _G and rawget(_G, 'host') == nil and arg == nil)",
  ]) func nothingOfTheMachineIsWithinReach(_ lua: String) throws {
    #expect(try load(lua: "do \(lua) end\nhc.spawn_checker{ upstream = 'a', type = 'tcp' }").lines.isEmpty)
  }

  /// So that the test above can fail: what it asserts is told when it is not so.
  @Test func anAssertionThatFailsIsTold() throws {
    #expect(try load(lua: "assert(io == nil, 'io is there')").lines.first?.contains("io is there") == true)
  }

  /// The first number is that of the line.
  @Test(arguments: [
    (1, "while true do end", "instructions"), (1, "for i = 1, 1e12 do end", "instructions"),
    (1, "local function f() return f() end f()", "instructions"),
    (1, "while true do pcall(error) end", ""),
    (2, "local i = 0\nrepeat i = i + 1 until false", "instructions"),
    (1, "for x in function() return 1 end do end", "instructions"),
    (1, "coroutine.wrap(function() while true do end end)()", "instructions"),
    (2, "ngx.timer.at(0, function()\nwhile true do end end)", "instructions"),
    (1, "local function again() ngx.timer.at(0, again) end again()", "MiB of memory"),
    (1, "local s = ('x'):rep(1e9)", "MiB of memory"),
    (1, "local s = string.rep('abc', 1e8, ',')", "MiB of memory"),
    (2, "local t = {}\nfor i = 1, 1e9 do t[i] = i end", "MiB of memory"),
    (1, "local t = {} for i = 1, 1e7 do t[i] = function() return i end end", "MiB of memory"),
    (1, "while true do pcall(string.rep, 'x', 1e9) end", "MiB of memory"),
    (1, "local s = ('a'):rep(30) s:find(('a-'):rep(30) .. 'b')", "ms of processor time"),
    (2, "local s = ('a'):rep(1e6)\nfor i = 1, 1e6 do s:find('a*a*b') end", "ms of processor time"),
    (1, "local s = ('a '):rep(1e5) for i = 1, 1e5 do s:gsub('%s', '') end", "ms of processor time"),
    (
      1, "local t = {} for i = 1, 1e5 do t[i] = i % 7 end while true do table.sort(t) end",
      "ms of processor time"
    ),
  ]) func whatTakesTooMuchIsStoppedAtItsLocation(_ line: Int, _ lua: String, _ what: String) throws {
    let lines = try load(lua: "hc.spawn_checker{ upstream = 'a', type = 'tcp' } --\n\(lua)").lines
    #expect(lines.count == 1)
    #expect(lines.first?.contains("the Lua was stopped here: it takes more than ") == true, "\(lines)")
    #expect(lines.first?.contains(what) == true, "\(lines)")
    #expect(lines.first?.hasPrefix("nginx.conf:\(line + 5):") == true, "\(lines)")
  }

  /// LuaJIT does not count what these take of C's stack.
  @Test(arguments: [
    "local function deep() coroutine.wrap(deep)() end deep()",
    "local function deep() return (('x'):gsub('x', deep)) end deep()",
  ]) func callsThatAreTooDeepAreToldWithTheirLocation(_ lua: String) throws {
    let lines = try load(lua: "hc.spawn_checker{ upstream = 'a', type = 'tcp' }\n\(lua)").lines
    #expect(lines.count == 1)
    #expect(
      lines.first?.hasPrefix("nginx.conf:6:1: the Lua was stopped here: LuaJIT crashed") == true, "\(lines)")
    #expect(lines.first?.contains("give b, c a checker") == true, "\(lines)")
  }

  @Test(arguments: [
    "local function f() return 1 + f() end f()", "local t = {} t[1] = t error(t)", "error()", "error(nil)",
    "error(setmetatable({}, { __tostring = function() error('x') end }))", "local x = nil .. 'x'",
    "string.rep()", "setmetatable(1, {})", "coroutine.wrap(function() error('in it') end)()", "assert(false)",
    "load(\"error('inside')\")()", "load('x y', '@lua#999')()", "error('lua#999:5: nowhere')",
    "string.gsub('x', '%', '')", "string.format('%d', 'x')", "error(('x'):rep(1e6))", "error('\\255\\0\\n')",
    "local t = setmetatable({}, { __index = function(t, k) return t[k .. k] end }) return t.x",
    "xpcall(error, function() error('again') end) error('last')", "require(nil, error('r'))",
  ]) func whatFailsIsOneProblemInOneLine(_ lua: String) throws {
    let lines = try load(lua: "hc.spawn_checker{ upstream = 'a', type = 'tcp' }\n\(lua)").lines
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("nginx.conf:") == true, "\(lines)")
    #expect(lines.allSatisfy { $0.contains("the Lua ") && !$0.contains("\n") && $0.utf8.count < 2000 })
  }
}
