import Backends
import TestServers
import Testing

extension EndToEndTests {
  /// The Lua of an nginx.conf is run by the program that reads it.
  @Suite(.serialized) struct NginxLuaTests {
    private static func configuration(_ lua: String) -> String {
      """
      upstream one { server 127.0.0.1:1; }
      upstream two { server 127.0.0.1:2; }
      upstream three { server 127.0.0.1:3; }
      lua_shared_dict healthcheck 1m;
      init_worker_by_lua_block {
        local hc = require "resty.upstream.healthcheck"
        local function check(name)
          local ok, err = hc.spawn_checker{ upstream = name, type = "tcp", interval = 60 * 1000 }
          if not ok then ngx.log(ngx.ERR, err) end
        end
      \(lua)
      }

      """
    }

    private static let page = """
      Upstream one
          Primary Peers
              127.0.0.1:1 UP
          Backup Peers

      Upstream two
          Primary Peers
              127.0.0.1:2 UP
          Backup Peers

      Upstream three (NO checkers)
          Primary Peers
              127.0.0.1:3 UP
          Backup Peers

      """

    /// As there: the good ones run. A reload starts a process of its own, too, and bad Lua changes nothing.
    @Test func whatIsRefusedIsLoggedAndTheOthersRun() async throws {
      let folder = try TestFolder()
      let lua = #"for _, name in ipairs{ "one", "gone", "two" } do check(name) end"#
      let file = try folder.write("nginx.conf", Self.configuration(lua))
      let node = try await QuorateServer(["--nginx", file, "--listen", "127.0.0.1:0"])
      try await node.logged("\(file):8:")
      #expect(node.log.contains("upstream \"gone\" not found; "))
      #expect(try await node.page(becomes: Self.page) == Self.page)

      let second = node.logEnd
      _ = try folder.write("nginx.conf", Self.configuration(lua.replacing("gone", with: "lost")))
      node.readSettingsAgain()
      try await node.logged("upstream \"lost\" not found", from: second)
      try await node.logged("the settings were read again: 3 upstream(s)", from: second)

      let third = node.logEnd
      _ = try folder.write("nginx.conf", Self.configuration("check(\"one\") while true do end"))
      node.readSettingsAgain()
      try await node.logged(
        "the Lua was stopped here: it takes more than 100000000 instructions", from: third)
      try await node.logged("the settings were not taken; the old ones stay in force", from: third)
      #expect(try await node.page(becomes: Self.page) == Self.page)
      await node.end()
    }

    @Test func whatIsRefusedIsAProblemOfConfigCheck() async throws {
      let folder = try TestFolder()
      let file = try folder.write("nginx.conf", Self.configuration(#"check("one") check("gone")"#))
      let checked = try await QuorateServer.run(["config", "check", file])
      #expect(checked.end == .exit(2))
      #expect(checked.error.hasPrefix("\(file):8:"))
      #expect(checked.error.contains("upstream \"gone\" not found; "))
    }

    /// The remedy that is told is the remedy that works.
    @Test func importWritesWhatCouldBeReadAndSaysWhatCouldNot() async throws {
      let folder = try TestFolder()
      let file = try folder.write("nginx.conf", Self.configuration("check(\"one\") nothing.here()"))
      let imported = try await QuorateServer.run(["config", "import", file])
      #expect(imported.end == .exit(2))
      #expect(imported.error.contains("\(file):11:1: the Lua fails: attempt to index global 'nothing'"))
      #expect(imported.output.hasPrefix("# not read: \(file):11:1: the Lua fails: "))
      let yaml = try folder.write("imported.yaml", imported.output)
      let checked = try await QuorateServer.run(["config", "check", yaml])
      #expect(checked.output == "\(yaml): good: 3 upstream(s), 3 peer(s)\n", "\(checked.error)")
      #expect(imported.output.contains("  - upstream: one\n    type: tcp\n    interval: 1m\n"))

      let beside = try folder.write(
        "quorate.yaml",
        "nginx: nginx.conf\nupstreams: [{upstream: two, type: tcp}, {upstream: three, type: none}]\n")
      let remedied = try await QuorateServer.run(["config", "check", beside])
      #expect(remedied.end == .exit(0), "\(remedied.error)")
      #expect(remedied.output.contains("the Lua fails: attempt to index global 'nothing'"))
    }
  }
}
