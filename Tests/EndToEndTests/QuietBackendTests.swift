import Backends
import TestServers
import Testing

extension EndToEndTests {
  /// Servers that people have, and what they log about being probed: nothing.
  @Suite(.serialized) struct QuietBackendTests {
    /// Python's http.server, one connection at a time, says nothing of its own on standard error: what is there is a
    /// traceback.
    private static let python = """
      import http.server, sys
      class Handler(http.server.BaseHTTPRequestHandler):
          protocol_version = sys.argv[1]
          def do_GET(self):
              self.send_response(200)
              body = b"x" * int(sys.argv[2])
              self.send_header("Content-Length", str(len(body)))
              self.end_headers()
              # In two goes, as a server does that makes its answer bit by bit.
              self.wfile.write(body[:1])
              self.wfile.write(body[1:])
              print("served", flush=True)
          def log_message(self, *args): pass
      server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
      print(server.server_port, flush=True)
      server.serve_forever()
      """

    @Test(arguments: [("HTTP/1.0", 2), ("HTTP/1.1", 2), ("HTTP/1.0", 40_000), ("HTTP/1.1", 40_000)])
    func pythonHasNoTraceback(version: String, size: Int) async throws {
      let (server, port) = try await start(version, size)
      let checker = try await QuorateServer(["--config", try settings(port, "fin", http: "1.1")])
      // The first line is the port.
      let isServed = await server.state.first(within: .seconds(60)) {
        $0.output.whole.count > 30 ? true : nil
      }
      #expect(isServed == true)
      #expect(server.state.value.error.text == "")
      // A probe that is under way has a moment to end, and no more: what the server says of that is not looked at.
      #expect(await checker.process.stop() == .exit(0))
      #expect(try await HttpClient.get("/", port: port).status == 200)
      let before = server.state.value.error.text
      for _ in 0..<5 {
        let once = try await QuorateServer.run(["probe", "--path", "/", "127.0.0.1:\(port)"])
        #expect(once.end == .exit(0), "\(once.error)")
      }
      // It serves one connection after the other: this is the last.
      #expect(try await HttpClient.get("/", port: port).status == 200)
      await server.stop()
      #expect(server.state.value.error.text == before)
    }

    /// Without the option there would be one for each probe.
    @Test func withResetPythonHasTracebacks() async throws {
      let (server, port) = try await start("HTTP/1.1", 2)
      let checker = try await QuorateServer(["--config", try settings(port, "reset", http: "1.1")])
      #expect(await server.line(with: "ConnectionResetError") != nil)
      await checker.end()
      await server.stop()
    }

    @Test(arguments: ["1.0", "1.1"])
    func nginxHasNoFailedReceive(version: String) async throws {
      let nginx = try await Nginx(servers: 1, logLevel: "info")
      let checker = try await QuorateServer(["--config", try settings(nginx.ports[0], "fin", http: version)])
      let served = try await HttpClient.get("/count", port: nginx.ports[0], within: .seconds(60)) {
        Self.requests(in: $0.body) > 100
      }
      #expect(Self.requests(in: served.body) > 100)
      #expect(await checker.process.stop() == .exit(0))
      #expect(try await HttpClient.get("/status", port: nginx.ports[0]).status == 200)
      let log = nginx.log
      try await nginx.stop()
      #expect(log.contains("using the \"epoll\" event method") && !log.contains("failed (104"), "\(log)")
    }

    private func start(_ version: String, _ size: Int) async throws -> (Child, UInt16) {
      let server = try Child("python3", ["-c", Self.python, version, "\(size)"])
      let line = try #require(await server.line(with: "", on: .output), "\(server.state.value.error.text)")
      return (server, try #require(UInt16(line.text)))
    }

    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// One upstream that is asked and one that is only connected to, on the same server.
    private func settings(_ port: UInt16, _ close: String, http: String) throws -> String {
      try folder.write(
        "quorate.yaml",
        """
        listen: 127.0.0.1:0
        defaults: {interval: 5ms, timeout: 10s}
        upstreams:
          - upstream: asked
            type: http
            http_req: "GET /status HTTP/\(http)\\r\\nHost: a\\r\\n\\r\\n"
            valid_statuses: [200]
            close: \(close)
            peers: ["127.0.0.1:\(port)"]
          - {upstream: connected, type: tcp, peers: ["127.0.0.1:\(port)"]}

        """)
    }

    /// The third of the numbers of `stub_status` is that of requests.
    private static func requests(in text: String) -> Int {
      let line = text.split(separator: "\n").first { $0.hasPrefix(" ") } ?? ""
      return line.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }
  }
}
