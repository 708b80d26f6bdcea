import Backends
import TestServers
import Testing

import struct Foundation.Data
import struct Foundation.URL

extension EndToEndTests {
  /// Odd files as people have them, with the built program.
  @Suite(.serialized) struct OddSettingsTests {
    /// No resolver is asked for it: a label has at most 63 characters.
    static let unknown = String(repeating: "x", count: 64) + ".invalid"

    static let checker = """
      init_worker_by_lua_block {
        local hc = require "resty.upstream.healthcheck"
        hc.spawn_checker{ upstream = "app", type = "tcp", interval = 200 }
      }
      """

    @Test func oneByteOfAnotherEncodingRefusesNothing() async throws {
      let folder = try TestFolder()
      let file = try folder.write(
        "nginx.conf", "http { include s.conf; upstream app { server 127.0.0.1:1; } \(Self.checker) }\n")
      let bytes = Array("# f".utf8) + [0xFC] + Array("r\nserver { listen 127.0.0.1:8099; }\n".utf8)
      try Data(bytes).write(to: URL(filePath: "\(folder.path)/s.conf"))
      let result = try await QuorateServer.run(["config", "check", file])
      #expect(result.end == .exit(0), "\(result.error)")
      #expect(result.output == "\(file): good: 1 upstream(s), 1 peer(s)\n")
    }

    /// The page, as lua-resty has it: implicit upstreams in nginx's order, odd ones as far as they go.
    @Test func whatNobodyChecksIsShown() async throws {
      let good = try Backend(.ok)
      defer { good.stop() }
      let folder = try TestFolder()
      let file = try folder.write(
        "nginx.conf",
        """
        http {
          server {
            location / { proxy_pass http://127.0.0.1:8081/uri; }
            location /a { proxy_pass http://app; }
            location /b { fastcgi_pass unix:/run/php.sock; }
            location /c { proxy_pass http://127.0.0.1:8081; proxy_pass http://$host; }
          }
          upstream app { server \(good.peer); }
          upstream a/name/that-is-longer-than-sixty-four-characters-which-nginx-takes-gladly { server 127.0.0.1:1; }
          upstream odd { server 127.0.0.1:1; server 127.0.0.1:1; server \(Self.unknown):80; server 127.0.0.1:0; }
          \(Self.checker)
        }
        """)
      let server = try await QuorateServer(["--nginx", file, "--listen", "127.0.0.1:0"])
      let wanted = """
        Upstream 127.0.0.1:8081 (NO checkers)
            Primary Peers
                127.0.0.1:8081 UP
            Backup Peers

        Upstream app
            Primary Peers
                \(good.peer) UP
            Backup Peers

        Upstream /run/php.sock (NO checkers)
            Primary Peers
                unix:/run/php.sock UP
            Backup Peers

        Upstream a/name/that-is-longer-than-sixty-four-characters-which-nginx-takes-gladly (NO checkers)
            Primary Peers
                127.0.0.1:1 UP
            Backup Peers

        Upstream odd (NO checkers)
            Primary Peers
                127.0.0.1:1 UP
            Backup Peers

        """
      #expect(try await server.page(becomes: wanted) == wanted)
      let metrics = try await server.get("/status?format=prometheus").body
      for name in ["127.0.0.1:8081", "/run/php.sock"] {
        #expect(metrics.contains("nginx_upstream_status_info{name=\"\(name)\",status=\"UNKNOWN\"} 1\n"))
      }
      #expect(try await server.get("/api/v1/upstreams/%2Frun%2Fphp.sock").status == 200)
      for text in [
        "is in upstream \"odd\" already", "host not found", "\"0\" in \"127.0.0.1:0\" is not a port",
      ] {
        #expect(server.log.contains(text), "\(text)")
      }
      // What is imported says the same.
      let imported = try await QuorateServer.run(["config", "import", file])
      let yaml = try folder.write("q.yaml", imported.output)
      let checked = try await QuorateServer.run(["config", "check", yaml])
      #expect(checked.end == .exit(0), "\(checked.error)")
      #expect(checked.output.hasSuffix("good: 5 upstream(s), 5 peer(s)\n"), "\(checked.output)")
      await server.end()
    }

    /// `config check` says what `serve` would say.
    @Test func namesAreLookedUp() async throws {
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml",
        "upstreams: [{upstream: a, type: tcp, peers: [\"127.0.0.1:1\", \"\(Self.unknown):1\"]}]\n")
      let check = try await QuorateServer.run(["config", "check", file])
      #expect(check.end == .exit(2))
      #expect(check.error.contains("\(file):1:61: host not found: "), "\(check.error)")
      let serve = try await QuorateServer.run(["serve", "--config", file])
      #expect(serve.end == .exit(2))
      #expect(serve.error == check.error)
      let offline = try await QuorateServer.run(["config", "check", "--offline", file])
      #expect(offline.end == .exit(0), "\(offline.error)")
      #expect(
        offline.output.contains("1 host(s) were not looked up, \(Self.unknown) is the first: --offline"))
    }

    @Test func whatServeCannotUseIsNotGood() async throws {
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml", "redis: redis://:secret@127.0.0.1:1/0?nonsense=1\nupstreams: []\n")
      let check = try await QuorateServer.run(["config", "check", file])
      #expect(check.end == .exit(2), "\(check.output)")
      #expect(!check.error.contains("secret"))
    }

    @Test func nginxIsKnownByWhatIsInIt() async throws {
      let folder = try TestFolder()
      let file = try folder.write("shop", "server { location / { proxy_pass http://127.0.0.1:3000; } }\n")
      let check = try await QuorateServer.run(["config", "check", file])
      #expect(check.end == .exit(0), "\(check.error)")
      #expect(check.output.hasSuffix("good: 1 upstream(s), 1 peer(s)\n"), "\(check.output)")
      for command in ["serve", "probe"] {
        let result = try await QuorateServer.run([command, "--config", file])
        #expect(result.end == .exit(2))
        #expect(
          result.error
            == "\(file):1:1: this is an nginx configuration and no YAML; give it with --nginx, or name it in YAML: nginx: FILE\n"
        )
      }
    }

    /// A file that was emptied by accident takes nothing away.
    @Test func allUpstreamsAtOnceAreNotTakenAway() async throws {
      let good = try Backend(.ok)
      defer { good.stop() }
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml", "upstreams: [{upstream: a, type: tcp, interval: 200ms, peers: [\"\(good.peer)\"]}]\n")
      let server = try await QuorateServer(["--config", file, "--listen", "127.0.0.1:0"])
      let page = "Upstream a\n    Primary Peers\n        \(good.peer) UP\n    Backup Peers\n"
      #expect(try await server.page(becomes: page) == page)
      for text in ["", "# nothing\n", "upstreams:\n"] {
        try folder.write("quorate.yaml", text)
        let start = server.logEnd
        server.readSettingsAgain()
        try await server.logged("the settings have no upstream any more; ", from: start)
        try await server.logged("the settings were not taken; the old ones stay in force", from: start)
        #expect(try await server.get("/status").body == page)
      }
      try folder.write("quorate.yaml", "upstreams: []\n")
      server.readSettingsAgain()
      try await server.logged("the settings were read again: 0 upstream(s)")
      #expect(try await server.page(becomes: "") == "")
      await server.end()
      // Started with nothing, it runs, and says so.
      try folder.write("quorate.yaml", "# nothing\n")
      let empty = try await QuorateServer(["--config", file, "--listen", "127.0.0.1:0"])
      try await empty.logged("\(file):1:1: there is no upstream: nothing is checked or shown")
      await empty.end()
    }
  }
}
