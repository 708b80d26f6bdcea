import Health
import Ledger
import NIOCore
import Testing

@testable import Web

/// What HTTP wants of a server, by the bytes: a client library would hide it.
@Suite("The rules of HTTP", .timeLimit(.minutes(5)))
struct HttpRulesTests {
  static func status(_ answer: String) -> Int? {
    let words = answer.prefix { $0 != "\r\n" }.split(separator: " ")
    return words.count > 1 && words[0] == "HTTP/1.1" ? Int(words[1]) : nil
  }

  @Test(
    "One Host, and HTTP/1.0 may do without",
    arguments: [
      ("HTTP/1.1", ["Host: x"], 200), ("HTTP/1.1", [], 400), ("HTTP/1.1", ["Host: x", "Host: x"], 400),
      ("HTTP/1.1", ["Host: x", "host: y"], 400), ("HTTP/1.1", ["Host:"], 200),
      ("HTTP/1.1", ["Host: a b"], 400), ("HTTP/1.1", ["Host: a/b"], 400), ("HTTP/1.1", ["Host: u@a"], 400),
      ("HTTP/1.1", ["Host: [::1]:80"], 200), ("HTTP/1.1", ["Host: a-b.example:8080"], 200),
      ("HTTP/1.1", ["Hosts: x"], 400), ("HTTP/1.0", [], 200), ("HTTP/1.0", ["Host: x"], 200),
      ("HTTP/1.0", ["Host: x", "Host: y"], 400),
    ] as [(String, [String], Int)])
  func host(_ version: String, _ hosts: [String], _ status: Int) async throws {
    try await withServer(TestSite().site) { port in
      for target in ["/livez", "http://other/livez"] {
        let headers = (hosts + ["Connection: close"]).map { $0 + "\r\n" }.joined()
        let answer = try await ask(port, "GET \(target) \(version)\r\n\(headers)\r\n")
        #expect(Self.status(answer) == status, "\(answer)")
        #expect(status == 200 || answer.contains("Host header"))
      }
    }
  }

  @Test("What is refused so is refused after the answers that are owed, and HEAD gets no body")
  func order() async throws {
    try await withServer(TestSite().site) { port in
      let good = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
      let answer = try await ask(port, good + good + "GET /livez HTTP/1.1\r\n\r\n" + good)
      #expect(answer.ranges(of: "HTTP/1.1 200 OK").count == 2)
      #expect(answer.ranges(of: "HTTP/1.1 400 Bad Request").count == 1)
      #expect(answer.hasSuffix("HTTP/1.1 needs one.\n"))
      let head = try await ask(port, "HEAD /livez HTTP/1.1\r\n\r\n")
      #expect(Self.status(head) == 400 && HttpTests.body(head).isEmpty)
    }
  }

  @Test(
    "A method that nobody knows is 501, one that has no place here 405, and no HTTP at all 400",
    arguments: [
      ("POST /status HTTP/1.1", 405), ("DELETE / HTTP/1.1", 405), ("OPTIONS * HTTP/1.1", 405),
      ("CONNECT x:1 HTTP/1.1", 405), ("PROPFIND / HTTP/1.1", 501), ("SUBSCRIBE / HTTP/1.1", 501),
      ("FOO / HTTP/1.1", 501), ("GETX / HTTP/1.1", 501), ("get / HTTP/1.1", 501), ("G / HTTP/1.0", 501),
      ("X-Y!z /a?b HTTP/1.1", 501), ("FOO / HTTP/1.1 x", 400), ("FOO /", 400), ("FOO  HTTP/1.1", 400),
      ("FOO / SIP/2.0", 400), ("FO(O / HTTP/1.1", 400), ("GET / HTTP/3.0", 400),
    ])
  func methods(_ line: String, _ status: Int) async throws {
    try await withServer(TestSite().site) { port in
      let request = line + "\r\nHost: x\r\nConnection: close\r\n\r\n"
      let answer = try await ask(port, request)
      #expect(Self.status(answer) == status, "\(answer)")
      #expect(answer.contains("\r\nAllow: GET, HEAD\r\n") == (status == 405))
      // The same behind another request, and in pieces.
      let behind = try await ask(port, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" + request)
      #expect(behind.hasPrefix("HTTP/1.1 200 OK") && behind.contains("HTTP/1.1 \(status) "), "\(behind)")
      let slow = try await withConnection(to: port) { connection in
        for byte in request { try? await connection.send(String(byte)) }
        return try await connection.rest()
      }
      #expect(Self.status(slow) == status, "\(slow)")
    }
  }

  @Test("A strange line that never ends is waited for no longer than headers are")
  func strangeLineWithoutEnd() async throws {
    var limits = WebLimits()
    limits.headerTime = .milliseconds(200)
    try await withServer(TestSite().site, limits: limits) { port in
      let answer = try await ask(port, "FOO /")
      #expect(Self.status(answer) == 408)
    }
  }

  @Test("Events for HTTP/1.0 come without chunks, and end with the connection")
  func oldStream() async throws {
    let site = TestSite()
    let pen = EventPen(site.ledger)
    try await pen.write(2, on: site.board)
    try await withServer(site.site) { port in
      for header in ["", "Connection: keep-alive\r\n"] {
        try await withConnection(to: port) { connection in
          try await connection.send("GET /events?upstream=foo.com&after=0 HTTP/1.0\r\n\(header)\r\n")
          let start = try await connection.read(until: "id: 2")
          let body = HttpTests.body(start)
          #expect(start.hasPrefix("HTTP/1.0 200 OK\r\n"))
          #expect(!start.lowercased().contains("transfer-encoding"))
          #expect(start.lowercased().contains("\r\nconnection: close\r\n"))
          #expect(body.hasPrefix("retry: 1000\n\nid: 1\nevent: transition\n"), "\(body)")
        }
      }
    }
  }

  @Test("An upstream's stream that is asked to go on beyond its end says so at once")
  func beyond() async throws {
    let site = TestSite()
    try await EventPen(site.ledger).write(2, on: site.board)
    try await withServer(site.site) { port in
      for (target, headers) in [
        ("/events?upstream=foo.com&after=99", ""),
        ("/events?upstream=foo.com", "Last-Event-ID: 99\r\n"),
      ] {
        try await withConnection(to: port) { connection in
          try await connection.send(EventHttpTests.request(target, headers))
          let start = try await connection.read(until: "}")
          #expect(start.contains("id: 2\nevent: standing\ndata: {\"beyond\":99,\"seqs\":{\"foo.com\":2}}"))
        }
      }
      // One that the ledger has nothing of stands at 0.
      try await withConnection(to: port) { connection in
        try await connection.send(EventHttpTests.request("/events?upstream=bar.com&after=5"))
        let start = try await connection.read(until: "}}")
        #expect(start.contains("id: 0\nevent: standing\ndata: {\"beyond\":5,\"seqs\":{\"bar.com\":0}}"))
      }
    }
  }

  @Test("A peer's path with its slashes as they are, over the wire")
  func plainPeer() async throws {
    let peer = Samples.record("unix:/run/a.sock")
    let site = TestSite([Samples.upstream("u", [peer])])
    try await withServer(site.site) { port in
      for path in ["unix:/run/a.sock", "unix:%2Frun%2Fa.sock", "unix:/run%2fa.sock"] {
        let answer = try await ask(port, HttpTests.get("/api/v1/upstreams/u/peers/\(path)"))
        #expect(Self.status(answer) == 200, "\(path)")
      }
    }
  }
}

@Suite("A line that is no known method")
struct StrangeLineTests {
  @Test(
    arguments: [
      ("FOO / HTTP/1.1\r\n", StrangeLine.Verdict.request), ("FOO / HTTP/1.1\n", .request),
      ("FOO / HTTP/1.1", .undecided), ("FO", .undecided), ("", .undecided), (" / HTTP/1.1\r\n", .garbage),
      ("\u{16}\u{3}\u{1}", .garbage), ("hello\r\n", .garbage), ("FOO / HTTP/2\r\n", .garbage),
      ("GET / HTTP/1.1\r\nHost: x\r\n\r\nFOO / HTTP/1.1\r\n", .request),
      ("GET / HTTP/1.1\r\nHost: x\r\n\r\n\u{0}", .garbage), ("\r\n\r\n", .garbage),
      (String(repeating: "A", count: StrangeLine.longest + 1), .garbage),
      ("A /" + String(repeating: "A", count: StrangeLine.longest), .garbage),
    ])
  func verdict(_ text: String, _ verdict: StrangeLine.Verdict) {
    #expect(StrangeLine(Array(text.utf8), hasBegun: false).verdict == verdict)
  }

  @Test(
    "A line whose first letters came before, and were understood",
    arguments: [
      (" / HTTP/1.0\r\n", StrangeLine.Verdict.request), ("T", .undecided), ("(", .garbage),
      ("\r\n\r\n / HTTP/1.1\r\n", .garbage),
    ])
  func verdictOfTheRest(_ text: String, _ verdict: StrangeLine.Verdict) {
    #expect(StrangeLine(Array(text.utf8), hasBegun: true).verdict == verdict)
  }
}
