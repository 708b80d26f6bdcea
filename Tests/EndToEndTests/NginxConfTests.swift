import Backends
import TestServers
import Testing

extension EndToEndTests {
  /// An OpenResty user points the checker at the nginx.conf they have.
  @Suite(.serialized) struct NginxConfTests {
    /// Servers a, b and c of two upstreams; the second nginx serves b and e, so that those can be stopped.
    struct Ports {
      var a: UInt16, b: UInt16, c: UInt16, d: UInt16, e: UInt16
    }

    static func configuration(_ ports: Ports) -> String {
      #"""
      # As OpenResty users have it.
      worker_processes  2;
      events { worker_connections  1024; }

      http {
          upstream foo.com {
              server 127.0.0.1:\#(ports.a) weight=5;
              server 127.0.0.1:\#(ports.b) max_fails=3 fail_timeout=30s;   # the second
              server 127.0.0.1:\#(ports.c) backup;
          }

          upstream bar.com {
              server 127.0.0.1:1;
          }

          upstream "baz" {
              server 127.0.0.1:\#(ports.d);
              server 127.0.0.1:\#(ports.e) backup;
              keepalive 16;
          }

          # the size depends on the number of servers in upstream {}:
          lua_shared_dict healthcheck 1m;
          lua_socket_log_errors off;

          init_worker_by_lua_block {
              local hc = require "resty.upstream.healthcheck"

              local ok, err = hc.spawn_checker{
                  shm = "healthcheck",  -- defined by "lua_shared_dict"
                  upstream = "foo.com", -- defined by "upstream"
                  type = "http",

                  http_req = "GET /status HTTP/1.0\r\nHost: foo.com\r\n\r\n",
                          -- raw HTTP request for checking

                  interval = 100,  -- run the check cycle every 100 ms
                  timeout = 1000,   -- 1 sec is the timeout for network operations
                  fall = 3,  -- # of successive failures before turning a peer down
                  rise = 2,  -- # of successive successes before turning a peer up
                  valid_statuses = {200, 302,},  -- a list valid HTTP status code
                  concurrency = 10,  -- concurrency level for test requests
              }
              if not ok then
                  ngx.log(ngx.ERR, "failed to spawn health checker: ", err)
                  return
              end

              --[[ bar.com has no checker:
              hc.spawn_checker{ upstream = "bar.com" } ]]

              local host = "baz"
              ok, err = hc.spawn_checker{
                  shm = "healthcheck", upstream = host, type = "http",
                  http_req = "GET /status HTTP/1.0\r\nHost: " .. host .. "\r\n\r\n",
                  interval = 100, fall = 2, rise = 3,
              }
          }

          server {
              listen 80;
              location = /status {
                  access_log off;
                  allow 127.0.0.1;
                  deny all;
                  default_type text/plain;
                  content_by_lua_block {
                      local hc = require "resty.upstream.healthcheck"
                      ngx.print(hc.status_page())
                  }
              }
          }
      }

      """#
    }

    @Test func followsRealBackendsDownAndUp() async throws {
      let steady = try await Nginx(servers: 3)
      let stopped = try await Nginx(servers: 2)
      let ports = Ports(
        a: steady.ports[0], b: stopped.ports[0], c: steady.ports[1], d: steady.ports[2], e: stopped.ports[1])
      let folder = try TestFolder()
      let file = try folder.write("nginx.conf", Self.configuration(ports))
      let port = try ReservedPort()
      let checker = try await QuorateServer(["--nginx", file, "--listen", "127.0.0.1:\(port.port)"])
      #expect(checker.port == port.port)

      try await expectPages(checker, ports, b: "UP", e: "UP")
      #expect(!checker.log.contains("turned"))

      // DOWN at the third failure, not before, and the sentences are lua-resty's.
      try await stopped.stop()
      let start = checker.logEnd
      let b = "127.0.0.1:\(ports.b)"
      let e = "127.0.0.1:\(ports.e)"
      try await checker.logged("healthcheck: peer \(b) is turned down after 3 failure(s)")
      try await checker.logged("upstream foo.com: peer \(b) is DOWN by consensus (1 of 1)")
      try await checker.logged("healthcheck: peer \(e) is turned down after 2 failure(s)")
      try await checker.logged("upstream baz: peer \(e) is DOWN by consensus (1 of 1)")
      try await expectPages(checker, ports, b: "DOWN", e: "DOWN")
      // A peer that is down fails silently. While nginx ends, a probe may fail later than at its connection.
      let failures = checker.process.state.value.error.whole.filter {
        $0.contains("healthcheck: failed to ") && $0.contains(b)
      }
      #expect(failures.count == 3, "\(failures)")
      let sentences = [
        "failed to connect to \(b): connection refused", "failed to send request to \(b): ",
        "failed to receive status line from \(b): ",
      ]
      for line in failures { #expect(sentences.contains { line.contains($0) }, "\(line)") }

      // UP after rise.
      try await stopped.start()
      try await checker.logged("healthcheck: peer \(b) is turned up after 2 success(es)", from: start)
      try await checker.logged("healthcheck: peer \(e) is turned up after 3 success(es)", from: start)
      try await checker.logged("upstream foo.com: peer \(b) is UP by consensus (1 of 1)", from: start)
      try await checker.logged("upstream baz: peer \(e) is UP by consensus (1 of 1)", from: start)
      try await expectPages(checker, ports, b: "UP", e: "UP")
      await checker.end()
      try await stopped.stop()
      try await steady.stop()
    }

    private func expectPages(_ checker: QuorateServer, _ ports: Ports, b: String, e: String) async throws {
      let text = """
        Upstream foo.com
            Primary Peers
                127.0.0.1:\(ports.a) UP
                127.0.0.1:\(ports.b) \(b)
            Backup Peers
                127.0.0.1:\(ports.c) UP

        Upstream bar.com (NO checkers)
            Primary Peers
                127.0.0.1:1 UP
            Backup Peers

        Upstream baz
            Primary Peers
                127.0.0.1:\(ports.d) UP
            Backup Peers
                127.0.0.1:\(ports.e) \(e)

        """
      #expect(try await checker.page(becomes: text) == text)
      let metrics =
        """
        # HELP nginx_upstream_status_info The running status of nginx upstream
        # TYPE nginx_upstream_status_info gauge

        """ + peer("foo.com", ports.a, "UP", "PRIMARY") + peer("foo.com", ports.b, b, "PRIMARY")
        + peer("foo.com", ports.c, "UP", "BACKUP") + upstream("foo.com", "UP")
        + upstream("bar.com", "UNKNOWN")
        + peer("baz", ports.d, "UP", "PRIMARY") + peer("baz", ports.e, e, "BACKUP") + upstream("baz", "UP")
      let path = "/status?format=prometheus"
      #expect(try await checker.page(path, becomes: metrics) == metrics)
      let api = try await checker.get("/api/v1/upstreams/foo.com/peers/127.0.0.1:\(ports.b)")
      #expect(api.status == (b == "UP" ? 200 : 503))
    }

    private func peer(_ name: String, _ port: UInt16, _ status: String, _ role: String) -> String {
      ["UP", "DOWN"].map { label in
        "nginx_upstream_status_info{name=\"\(name)\",endpoint=\"127.0.0.1:\(port)\",status=\"\(label)\","
          + "role=\"\(role)\"} \(label == status ? 1 : 0)\n"
      }.joined()
    }

    private func upstream(_ name: String, _ status: String) -> String {
      ["UP", "DOWN", "UNKNOWN"].map { label in
        "nginx_upstream_status_info{name=\"\(name)\",status=\"\(label)\"} \(label == status ? 1 : 0)\n"
      }.joined()
    }

    /// What is imported from it is YAML that says the same.
    @Test func isImportedAsYaml() async throws {
      let ports = Ports(a: 10001, b: 10002, c: 10003, d: 10004, e: 10005)
      let folder = try TestFolder()
      let file = try folder.write("nginx.conf", Self.configuration(ports))
      let imported = try await QuorateServer.run(["config", "import", file])
      #expect(imported.end == .exit(0), "\(imported.error)")
      let yaml = try folder.write("quorate.yaml", imported.output)
      let checked = try await QuorateServer.run(["config", "check", yaml])
      #expect(checked.end == .exit(0), "\(checked.output)\(checked.error)")
      #expect(checked.output.contains("3 upstream(s), 6 peer(s)"))
    }
  }
}
