import Backends
import FoundationEssentials
import RedisTestServer
import TestServers
import Testing

extension EndToEndTests {
  /// docs/probes.md: each example as it stands there, but for its ports, against real servers.
  @Suite(.serialized) struct ProbeExampleTests {
    /// The examples; at least so many, so that none is passed over in silence.
    static let examples: [String] = {
      let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
      let text = (try? String(contentsOfFile: "\(root)/docs/probes.md", encoding: .utf8)) ?? ""
      return text.components(after: "```yaml\n", before: "```")
    }()

    /// Ports of the examples, and those that stand in for them.
    private func probe(_ example: String, _ ports: [Int: UInt16]) async throws -> (
      code: Backends.Child.End?, output: String
    ) {
      var yaml = example
      for (old, new) in ports {
        yaml = yaml.replacing("127.0.0.1:\(old)\"", with: "127.0.0.1:\(new)\"")
          .replacing("port: \(old),", with: "port: \(new),")
      }
      let folder = try TestFolder()
      let result = try await QuorateServer.run(["probe", "--config", try folder.write("quorate.yaml", yaml)])
      return (result.end, result.output + result.error)
    }

    @Test func thereAreExamples() {
      #expect(Self.examples.count == 13)
    }

    @Test func everyExampleOfTheDocsIsUp() async throws {
      let web = try await ProbedNginx()
      let reserved = try ReservedPort()
      let redis = try await RedisServer(["--port", "\(reserved.port)", "--bind", "127.0.0.1"])
      let smtp = try Backend(ProbedServers.smtp)
      let mysql = try Backend(ProbedServers.mysql)
      let postgresql = try Backend(ProbedServers.postgresql)
      let grpc = try await GrpcServer()
      let ports = [
        8081: web.port, 8082: web.streamed, 50051: grpc.port, 6379: reserved.port, 25: smtp.port,
        3306: mysql.port, 5432: postgresql.port,
      ]
      for example in Self.examples {
        let result = try await probe(example, ports)
        #expect(result.code == .exit(0), "\(example)\n\(result.output)")
        #expect(result.output.contains("  UP  "), "\(result.output)")
      }
      await web.end()
      redis.stop()
      await grpc.stop()
      for backend in [smtp, mysql, postgresql] { backend.stop() }
    }

    /// What accepts and answers something else is down by every example that expects something.
    @Test func everyExampleOfTheDocsTellsABadServer() async throws {
      let bad = try Backend(.atOnce("HTTP/1.1 500 Broken\r\nContent-Type: text/plain\r\n\r\nno\r\n"))
      defer { bad.stop() }
      let ports = Dictionary(
        uniqueKeysWithValues: [8081, 8082, 50051, 6379, 25, 3306, 5432].map { ($0, bad.port) })
      for example in Self.examples {
        let result = try await probe(example, ports)
        let expects = ["expect", "valid_statuses", "steps", "grpc"].contains { example.contains($0) }
        #expect(result.code == .exit(expects ? 1 : 0), "\(example)\n\(result.output)")
        // Of several checks one is that the port is open.
        let isOpen = !expects || example.contains("checks:")
        #expect(result.output.contains("  UP  ") == isOpen, "\(example)\n\(result.output)")
      }
    }

    /// The peer's own words, cut short, stand beside the code.
    @Test(arguments: [
      ("header=X-Ready: no", "L7HDR", "header X-Ready is \"yes\", not \"no\""),
      ("header~X-Ready: ^n", "L7HDR", "header X-Ready is \"yes\", which does not match \"^n\""),
      ("header=X-None", "L7HDR", "no header X-None"),
      ("body=nothing", "L7BODY", "no \"nothing\" in the body"),
      ("body~^x", "L7BODY", "nothing matches \"^x\" in the body"),
      ("json=$.status=no", "L7JSON", "$.status is \"ok\", not \"no\""), ("status=404", "L7STS", "200"),
    ])
    func theProbeShowsWhatDidNotMatch(expected: String, code: String, detail: String) async throws {
      let web = try await ProbedNginx()
      let words = ["probe", "--path", "/healthz", "127.0.0.1:\(web.port)", "--expect"]
      let bad = try await QuorateServer.run(words + [expected])
      #expect(bad.end == .exit(1) && bad.output.contains(code) && bad.output.contains(detail), "\(bad)")
      let good = try await QuorateServer.run(words + ["json=$.status=ok", "--expect", "status=200-204"])
      #expect(good.end == .exit(0), "\(good)")
      await web.end()
    }

    /// From the peer's words to the page, the API, the metrics and the log of a node.
    @Test func aNodeTellsWhatDidNotMatch() async throws {
      let json = { (status: String) in
        Behavior.answering(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"status\":\"\(status)\"}")
      }
      let backend = try Backend(json("ok"))
      let folder = try TestFolder()
      let file = try folder.write(
        "quorate.yaml",
        """
        listen: 127.0.0.1:0
        upstreams:
          - upstream: a
            type: http
            path: /
            interval: 50ms
            fall: 2
            expect: {json: {"$.status": ok}}
            peers: ["\(backend.peer)"]
        """)
      let node = try await QuorateServer(["--config", file])
      await backend.behave(json("starting"))
      let line = try await node.logged("bad JSON from \(backend.peer)")
      #expect(
        line.text.contains("$.status is \\\"starting\\\", not \\\"ok\\\"")
          || line.text.contains("$.status is \"starting\", not \"ok\""), "\(line.text)")
      try await node.logged("is turned down")
      let path = "/api/v1/upstreams/a/peers/\(backend.peer)"
      let peer = try await HttpClient.get(path, port: node.port, within: .seconds(5)) {
        $0.body.contains("\"status\":\"down\"")
      }
      #expect(
        peer.body.contains(#""code":"L7JSON""#) && peer.body.contains(#"$.status is \"starting\""#),
        "\(peer.body)")
      let page = try await node.get("/").body
      #expect(page.contains("L7JSON") && page.contains("not &quot;ok&quot;"), "the page does not tell it")
      await node.end()
      backend.stop()
    }
  }
}

/// Servers of the examples that this machine does not have, as far as a probe sees them.
private enum ProbedServers {
  static let smtp = Behavior([
    .send(Array("220-mail.example ESMTP\r\n220 ready\r\n".utf8)), .receive(14),
    .send(Array("250-mail.example\r\n250 SIZE 1000\r\n".utf8)), .receive(20),
    .send(Array("221 bye\r\n".utf8)), .end,
  ])
  static let mysql = Behavior([
    .send([0x4a, 0, 0, 0, 0x0a] + Array("8.0.36\u{0}".utf8) + [UInt8](repeating: 7, count: 60)), .hold,
  ])
  static let postgresql = Behavior([.receive(8), .send([UInt8(ascii: "N")]), .hold])
}

/// Debian's nginx with what the examples ask for.
private final class ProbedNginx: Sendable {
  let port: UInt16
  /// Of HTTP/2.
  let streamed: UInt16
  private let reserved: [ReservedPort]
  private let folder: TestFolder
  private let child: Child

  init() async throws {
    let ports = try (0..<2).map { _ in try ReservedPort() }
    reserved = ports
    (port, streamed) = (ports[0].port, ports[1].port)
    folder = try TestFolder()
    try folder.write(
      "nginx.conf",
      #"""
      pid \#(folder.path)/nginx.pid;
      error_log stderr notice;
      events { worker_connections 64; }
      http {
        access_log off;
      \#(Nginx.folders(in: folder))  server {
          listen 127.0.0.1:\#(port); listen 127.0.0.1:\#(streamed) http2;
          location = /status { return 200 "ok\n"; }
          location = /graphql { return 200 "{}"; }
          location = /healthz {
            default_type application/json;
            add_header X-Ready yes;
            return 200 '{"status":"ok","started at":null,"checks":[{"up":true},{"up":true,"ms":12.0}]}';
          }
          location / { return 404; }
        }
      }

      """#)
    child = try Child(
      Programs.nginx,
      [
        "-p", folder.path, "-c", "\(folder.path)/nginx.conf", "-e", "stderr", "-g",
        "daemon off; master_process off;",
      ])
    guard await child.line(with: "event method") != nil else {
      throw TestServerError("nginx did not start:\n\(child.state.value.error.text)")
    }
  }

  func end() async { await child.stop() }
}

extension String {
  /// What stands between two texts, each time.
  func components(after start: String, before end: String) -> [String] {
    var found: [String] = []
    var rest = self[...]
    while let opening = rest.firstRange(of: start) {
      rest = rest[opening.upperBound...]
      guard let closing = rest.firstRange(of: end) else { break }
      found.append(String(rest[..<closing.lowerBound]))
      rest = rest[closing.upperBound...]
    }
    return found
  }
}
