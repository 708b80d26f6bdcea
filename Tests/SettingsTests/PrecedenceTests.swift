import Health
import Settings
import Testing

/// A checker in YAML goes before that of the nginx.conf which the YAML names.
struct PrecedenceTests {
  private func load(_ lua: String, _ upstreams: String) throws -> Result<LoadedSettings, Problems> {
    let folder = try Folder()
    try folder.write(
      "nginx.conf",
      """
      upstream a { server 127.0.0.1:1; }
      upstream b { server 127.0.0.1:2; }
      init_worker_by_lua_block { local hc = require "resty.upstream.healthcheck"
      \(lua)
      }
      """)
    let path = try folder.write("q.yaml", "nginx: nginx.conf\nupstreams: [\(upstreams)]\n")
    return loader.load(config: path).without(folder)
  }

  private static let yamlA = "{upstream: a, type: tcp, interval: 7s}"
  private static let noneB = "{upstream: b, type: none}"

  @Test func theYamlsIsTaken() throws {
    let lua = "hc.spawn_checker{ upstream = 'a', type = 'tcp', interval = 5000 }"
    let loaded = try load(lua, Self.yamlA).get()
    #expect(loaded.checks == ["a tcp 7000"])
    #expect(
      loaded.notices.map(\.description) == [
        "nginx.conf:4:1: the checker of \"a\" is that of the YAML file, which goes before this one"
      ])
  }

  /// What is wrong with a checker that is not taken keeps nothing from running, and is told.
  @Test(arguments: [
    ("hc.spawn_checker{ upstream = 'a', type = 'tcp', fall = 0 }", "fall 0 is out of range"),
    ("hc.spawn_checker{ upstream = 'a', type = 'udp' }", "only \"http\""),
    ("hc.spawn_checker{ upstream = 'a', type = 'tcp', fal = 1 }", "\"fal\" is no option"),
    ("hc.spawn_checker{ upstream = 'a', type = 'tcp', port = ngx.var.p }", "\"port\" cannot be read"),
  ]) func itsProblemIsANotice(_ lua: String, _ text: String) throws {
    let without = try load(lua, "")
    #expect(without.lines.contains { $0.contains(text) }, "\(without.lines)")
    let loaded = try load(lua, Self.yamlA).get()
    #expect(loaded.refusals.isEmpty)
    #expect(loaded.notices.contains { $0.text.contains(text) }, "\(loaded.notices)")
    #expect(loaded.checks == ["a tcp 7000"])
  }

  /// Lua that fails may have been about any upstream that has no checker: each is to be named.
  @Test func luaThatFailsIsANoticeOnceEveryUpstreamHasAChecker() throws {
    let lua = "hc.spawn_checker{ upstream = 'b', type = 'tcp' }\nlocal x = y.z"
    #expect(try load(lua, "").lines.first?.contains("give a a checker or type: none") == true)
    let loaded = try load(lua, Self.yamlA).get()
    #expect(loaded.checks == ["a tcp 7000", "b tcp 1000"])
    #expect(loaded.notices.contains { $0.text.hasPrefix("the Lua fails: ") })
    let early = "local x = y.z\nhc.spawn_checker{ upstream = 'a', type = 'tcp' }"
    #expect(try load(early, Self.yamlA).lines.first?.contains("give b a checker") == true)
    #expect(try load(early, "\(Self.yamlA), \(Self.noneB)").get().checks == ["a tcp 7000"])
  }

  @Test func refusalsLeaveTheOthersRunning() throws {
    let result = try load(
      "hc.spawn_checker{ upstream = 'zz', type = 'tcp' }\nhc.spawn_checker{ upstream = 'b', type = 'tcp' }",
      "")
    #expect(try result.get().checks == ["b tcp 1000"])
    #expect(
      result.lines == [
        "nginx.conf:4:1: upstream \"zz\" not found; add upstream zz { server …; } or remove the call"
      ])
  }

  /// `defaults:` of the YAML file hold for calls, too, so that lua-resty's own rule is not broken by what they leave out.
  @Test func defaultsCompleteACall() throws {
    let folder = try Folder()
    try folder.write(
      "nginx.conf",
      "upstream a { server 127.0.0.1:1; }\ninit_worker_by_lua_block { assert(require('resty.upstream.healthcheck').spawn_checker{ upstream = 'a' }) }"
    )
    let path = try folder.write(
      "q.yaml", "nginx: nginx.conf\ndefaults: {type: http, http_req: \"GET /\\r\\n\\r\\n\"}\n")
    #expect(try loader.load(config: path).get().checks == ["a http 1000"])
  }

  @Test func whatCouldBeReadIsKept() throws {
    let folder = try Folder()
    let path = try folder.write(
      "nginx.conf",
      """
      upstream a { server 127.0.0.1:1; }
      upstream b { server 127.0.0.1:2; }
      init_worker_by_lua_block {
        local hc = require "resty.upstream.healthcheck"
        hc.spawn_checker{ upstream = "a", type = "tcp" }
        hc.spawn_checker{ upstream = "zz", type = "tcp" }
        local x = y.z
      }
      """)
    let read = loader.read(nginx: path)
    #expect(read.loaded.checks == ["a tcp 1000"])
    #expect(read.loaded.settings.upstreams.map(\.name.text) == ["a", "b"])
    #expect(read.problems.list.map(\.location.line) == [6, 7])
  }
}
