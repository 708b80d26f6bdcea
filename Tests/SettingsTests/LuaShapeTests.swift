import Settings
import Testing

/// The shapes that configurations have, each with the checkers it starts.
struct LuaShapeTests {
  private static let tcp = "type = 'tcp'"

  @Test(
    arguments: [
      (
        "for _, n in ipairs{'a', 'b'} do hc.spawn_checker{ upstream = n, \(tcp) } end",
        ["a tcp 1000", "b tcp 1000"]
      ),
      (
        "local function f(n, i) return hc.spawn_checker{ upstream = n, \(tcp), interval = i } end f('a', 2) f('b', 3)",
        ["a tcp 2", "b tcp 3"]
      ),
      ("local o = { upstream = 'a' } o.type = 'tcp' hc.spawn_checker(o)", ["a tcp 1000"]),
      (
        "local o = { \(tcp) } for n, i in pairs{ a = 5, b = 6 } do o.upstream, o.interval = n, i hc.spawn_checker(o) end",
        ["a tcp 5", "b tcp 6"]
      ),
      (
        "local ok, e = pcall(hc.spawn_checker, { upstream = 'a', \(tcp) }) assert(ok and e == true)",
        ["a tcp 1000"]
      ),
      ("if ngx.worker.id() == 0 then hc.spawn_checker{ upstream = 'a', \(tcp) } end", ["a tcp 1000"]),
      ("if ngx.worker.id() ~= 0 then hc.spawn_checker{ upstream = 'a', \(tcp) } end", []),
      (
        "ngx.timer.at(0, function(premature, n) if not premature then hc.spawn_checker{ upstream = n, \(tcp) } end end, 'a')",
        ["a tcp 1000"]
      ),
      (
        "local function again(_, n) hc.spawn_checker{ upstream = n, \(tcp) } if n == 'a' then ngx.timer.at(0, again, 'b') end end "
          + "ngx.timer.at(0, again, 'a')", ["a tcp 1000", "b tcp 1000"]
      ),
      ("ngx.timer.at(5, function() hc.spawn_checker{ upstream = 'a', \(tcp) } end)", []),
      ("ngx.timer.every(1, function() hc.spawn_checker{ upstream = 'a', \(tcp) } end)", []),
      (
        "for _, n in ipairs(require('ngx.upstream').get_upstreams()) do hc.spawn_checker{ upstream = n, \(tcp) } end",
        ["a tcp 1000", "b tcp 1000", "c tcp 1000"]
      ),
      (
        "ngx.thread.wait(ngx.thread.spawn(function(n) ngx.sleep(0.1) hc.spawn_checker{ upstream = n, \(tcp) } end, 'a'))",
        ["a tcp 1000"]
      ),
      (
        "local co = coroutine.wrap(function() for _, n in ipairs{'a', 'b'} do coroutine.yield(n) end end) "
          + "for n in co do hc.spawn_checker{ upstream = n, \(tcp) } end", ["a tcp 1000", "b tcp 1000"]
      ),
      (
        "local C = {} C.__index = C function C.new(n) return setmetatable({ n = n }, C) end "
          + "function C:start() return hc.spawn_checker(setmetatable({ upstream = self.n }, { __index = { \(tcp), interval = 9 } })) end "
          + "C.new('a'):start()", ["a tcp 9"]
      ),
      (
        "local spawn = hc.spawn_checker local t = { [1] = spawn } t[1]({ upstream = 'a', \(tcp) })",
        ["a tcp 1000"]
      ),
      (
        "for _, o in ipairs(require('cjson').decode([=[[{\"upstream\": \"a\", \"type\": \"tcp\", \"interval\": 20}]]=])) do "
          + "hc.spawn_checker(o) end", ["a tcp 20"]
      ),
      (
        "local ok, err = ngx.shared.healthcheck:add('lock', 1) if ok then hc.spawn_checker{ upstream = 'a', \(tcp) } end "
          + "if ngx.shared.healthcheck:add('lock', 1) then hc.spawn_checker{ upstream = 'b', \(tcp) } end",
        ["a tcp 1000"]
      ),
      (
        "local ok, err = hc.spawn_checker{ upstream = 'a', \(tcp) } if not ok then ngx.log(ngx.ERR, 'no: ', err) return end "
          + "hc.spawn_checker{ upstream = 'b', \(tcp) }", ["a tcp 1000", "b tcp 1000"]
      ),
      ("return hc.spawn_checker{ upstream = 'a', \(tcp) }", ["a tcp 1000"]),
      ("goto done hc.spawn_checker{ upstream = 'a', \(tcp) } ::done::", []),
      ("load(\"local hc = ... hc.spawn_checker{ upstream = 'a', \(tcp) }\")(hc)", ["a tcp 1000"]),
      (
        "local lock = require('resty.lock'):new('healthcheck') local t, e = lock:lock('x') "
          + "if t then hc.spawn_checker{ upstream = 'a', \(tcp) } end lock:unlock()", ["a tcp 1000"]
      ),
      ("hc.spawn_checker{ upstream = 'a', type = 'http', http_req = 'GET /\\r\\n\\r\\n' }", ["a http 1000"]),
    ] as [(String, [String])]) func shapes(_ lua: String, _ checks: [String]) throws
  {
    #expect(try load(lua: lua).get().checks == checks)
  }

  /// What stands around the calls, and is used without being known.
  @Test(arguments: [
    "print('x') ngx.say('y') ngx.print('z') ngx.log(ngx.ERR, 'C\\1\\0\\0\\0', {}, nil)",
    "require 'resty.core' local r = require('resty.dns.resolver'):new{ nameservers = { '8.8.8.8' } }",
    "local c = require('resty.lrucache').new(100) c:set('k', 5) assert(c:get('k') == 5 and c:get('x') == nil)",
    "local x = ngx.var.a .. 'b' local y = ngx.ctx local z = -ndk.set_var.x + 1 * ndk.y() assert(#tostring(x) > 0)",
    "for k, v in pairs(ngx.req.get_headers()) do error(k) end for i in ngx.some.iterator() do error(i) end",
    "assert(not (ngx.location.capture('/x') < ngx.location.capture('/y')))",
    "local ffi = require 'ffi' ffi.cdef[[ int getpid(void); ]] local pid = ffi.C.getpid()",
    "local new_tab = require 'table.new' local t = new_tab(4, 0) require('table.clear')(t) assert(#t == 0)",
    "assert(ngx.config.subsystem == 'http' and ngx.worker.count() == 1 and ngx.get_phase() == 'init_worker')",
    "jit.off() assert(jit.version_num > 20000) collectgarbage('collect') math.randomseed(ngx.now())",
    "assert(select('#', ngx.timer.at(1, print)) == 1) assert(ngx.timer.running_count() == 0)",
    "local s = ngx.shared.healthcheck s:set('n', 1) assert(s:incr('n', 2) == 3 and s:get('n') == 3 and #s:get_keys() == 1)",
    "assert(ngx.shared.other == nil)", "xpcall(function() error('x') end, debug.traceback)",
    "assert(not pcall(error)) local ok, e = pcall(error, { code = 1 }) assert(e.code == 1)",
    "module('old', package.seeall) function f() end assert(_NAME == 'old' and print)",
    "assert(package.loaded['resty.upstream.healthcheck'] and type(package.path) == 'string')",
    "package.preload['x.y'] = function(name) return { name = name } end assert(require('x.y').name == 'x.y')",
    "assert(#hc.status_page() == 0) assert(hc._VERSION)",
  ]) func whatStandsAroundIsTolerated(_ lua: String) throws {
    let result = try load(
      lua:
        "do \(lua) end package.loaded['resty.upstream.healthcheck'].spawn_checker{ upstream = 'a', type = 'tcp' }"
    )
    #expect(result.lines.isEmpty)
    #expect(try result.get().checks == ["a tcp 1000"])
  }

  @Test func refusalsAreAnsweredAsLuaRestyDoes() throws {
    let lua = """
      local function refused(o) local ok, err = hc.spawn_checker(o) assert(ok == nil) return err end
      assert(refused{} == '"type" option required')
      assert(refused{ type = 'udp' }:find('^only "http", "https", "grpc" and "tcp" type are supported right now'))
      assert(refused{ type = 'http' } == '"http_req" option required')
      assert(refused{ type = 'tcp' } == 'no upstream specified')
      assert(refused{ type = 'tcp', upstream = 'zz' } == 'failed to get primary peers: upstream not found')
      assert(hc.spawn_checker{ type = 'tcp', upstream = 'b' } == true)
      """
    let result = try load(lua: lua)
    #expect(try result.get().checks == ["b tcp 1000"])
    #expect(result.lines.count == 5)
    #expect(
      result.lines.contains { $0.hasPrefix("nginx.conf:5:") && $0.contains("upstream \"zz\" not found") })
  }

  @Test func upstreamsAreThoseOfTheConfiguration() throws {
    let lua = """
      local u = require "ngx.upstream"
      local a = assert(u.get_servers("a"))
      assert(#a == 2 and a[1].addr == "127.0.0.1:1" and a[1].weight == 5 and a[1].max_fails == 3)
      assert(a[1].fail_timeout == 30 and a[1].backup == nil and a[2].backup == true and a[2].weight == 1)
      local p, b = assert(u.get_primary_peers("a")), assert(u.get_backup_peers("a"))
      assert(#p == 1 and p[1].name == "127.0.0.1:1" and p[1].id == 0 and #b == 1 and b[1].name == "127.0.0.1:2")
      assert(u.get_primary_peers("b")[1].down == true)
      local none, err = u.get_primary_peers("zz")
      assert(none == nil and err == "upstream not found")
      """
    #expect(try load(lua: lua).lines.isEmpty)
  }

  @Test func checkersOfThePrivilegedAgent() throws {
    let lua = """
      if require("ngx.process").type() == "privileged agent" then
        hc.spawn_checker{ upstream = "a", type = "tcp" }
      end
      """
    #expect(try load(lua: lua).get().checks.isEmpty)
    let agent = "init_by_lua 'require(\"ngx.process\").enable_privileged_agent()';"
    #expect(try load(lua: lua, before: agent).get().checks == ["a tcp 1000"])
  }

  @Test func globalsOfTheStartAreThereInWorkers() throws {
    let start = "init_by_lua_block { checker = require 'resty.upstream.healthcheck' names = { 'a', 'c' } }"
    let lua = "for _, n in ipairs(names) do checker.spawn_checker{ upstream = n, type = 'tcp' } end"
    #expect(try load(lua: lua, before: start).get().checks == ["a tcp 1000", "c tcp 1000"])
  }

  /// nginx itself would not start after such an error.
  @Test func anErrorAtTheStartEndsIt() throws {
    let lines = try load(
      lua: "hc.spawn_checker{ upstream = 'zz', type = 'tcp' }", before: "init_by_lua_block { local x = y.z }"
    ).lines
    #expect(lines.count == 1)
    #expect(
      lines.first?.hasPrefix("nginx.conf:1:53: the Lua fails: attempt to index global 'y'") == true,
      "\(lines)")
  }

  @Test func modulesAreFoundAlongThePathAndBesideTheFile() throws {
    let module = """
      local M = {}
      function M.start(name) return require("resty.upstream.healthcheck").spawn_checker{ upstream = name, type = "tcp" } end
      return M
      """
    let lua = "require('one.checks').start('a') require('two').start('b') require('three').start('c')"
    let result = try load(
      lua: lua, before: "lua_package_path '$prefix/mods/?.lua;own/?/init.lua;;';",
      [
        "mods/one/checks.lua": module, "own/two/init.lua": module,
        "lua/three.lua": "#!/usr/bin/lua\n" + module,
      ])
    #expect(try result.get().checks == ["a tcp 1000", "b tcp 1000", "c tcp 1000"])
    #expect(
      try result.get().sources == ["nginx.conf", "mods/one/checks.lua", "own/two/init.lua", "lua/three.lua"])
  }

  @Test func thePackagePathMaySetItself() throws {
    let lua = "package.path = ngx.config.prefix() .. 'deep/?.lua;' .. package.path require 'm'"
    let module = "require('resty.upstream.healthcheck').spawn_checker{ upstream = 'a', type = 'tcp' }"
    #expect(try load(lua: lua, ["deep/m.lua": module]).get().checks == ["a tcp 1000"])
  }

  @Test func manyCallsAreKnown() throws {
    let upstreams = (0..<10_000).map { "upstream u\($0) { server 127.0.0.1:\($0 % 60_000 + 1); }" }
    let lua = """
      local hc = require "resty.upstream.healthcheck"
      for i = 0, 9999 do hc.spawn_checker{ upstream = "u" .. i, type = "tcp", interval = 2000 + i } end
      """
    let loaded = try load(
      nginx: upstreams.joined(separator: "\n") + "\ninit_worker_by_lua_block {\n\(lua)\n}"
    ).get()
    #expect(loaded.checks.count == 10_000)
    #expect(loaded.checks.last == "u9999 tcp 11999")
  }
}
