import Health
import Ledger
import NIOCore
import Reading
import Testing

@testable import Web

@Suite("Hostile HTTP clients", .timeLimit(.minutes(5)))
struct HostileClientTests {
  static func limits(_ change: (inout WebLimits) -> Void) -> WebLimits {
    var limits = WebLimits()
    limits.lingerTime = .milliseconds(200)
    change(&limits)
    return limits
  }

  static let get = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"

  @Test(
    "Requests that are too large, or none at all",
    arguments: [
      ("one large header", "GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 9000))\r\n\r\n", 431),
      ("a large address", "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\n\r\n", 431),
      (
        "many headers", "GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 101) + "\r\n", 431
      ),
      (
        "large together",
        "GET / HTTP/1.1\r\n" + String(repeating: "a: \(String(repeating: "b", count: 900))\r\n", count: 10)
          + "\r\n", 431
      ),
      ("another protocol", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400),
      ("garbage", "hello\r\n\r\n", 400),
      ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
      ("a line without end", String(repeating: "a", count: 9000), 400),
      ("two lengths", "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    ])
  func refused(_ what: String, _ bytes: String, _ status: Int) async throws {
    try await withServer(TestSite().site, limits: Self.limits { _ in }) { port in
      let answer = try await ask(port, bytes)
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(what): \(answer.prefix(100))")
      #expect(answer.ranges(of: "HTTP/1.1").count == 1)
      #expect(answer.lowercased().contains("connection: close"))
      let next = try await ask(port, HttpTests.get("/livez"))
      #expect(next.hasSuffix("ok\n"))
    }
  }

  @Test("Garbage after a request: the request is answered first")
  func garbageBehind() async throws {
    try await withServer(TestSite().site, limits: Self.limits { _ in }) { port in
      let answer = try await ask(port, Self.get + Self.get + "\u{0}\u{1}\r\n\r\n")
      #expect(answer.ranges(of: "HTTP/1.1 200 OK").count == 2)
      #expect(answer.ranges(of: "HTTP/1.1 400 Bad Request").count == 1)
    }
  }

  @Test("8 KiB of headers are served")
  func nearlyTooLarge() async throws {
    try await withServer(TestSite().site) { port in
      let answer = try await ask(
        port, HttpTests.get("/livez", "X: \(String(repeating: "a", count: 8000))\r\n"))
      #expect(answer.hasSuffix("ok\n"))
    }
  }

  // No upper bounds of time here: a busy machine may be late. What is not limited at all runs into the suite's.

  @Test("Headers that take too long: 408, on a new connection and on a kept one", arguments: [false, true])
  func slowHeaders(_ isKept: Bool) async throws {
    let limits = Self.limits { $0.headerTime = .seconds(1) }
    try await withServer(TestSite().site, limits: limits) { port in
      let answer = try await withConnection(to: port) { connection in
        if isKept {
          try await connection.send(Self.get)
          _ = try await connection.read(until: "ok\n")
        }
        for byte in "GET /status HTTP/1.1\r\nX: a" {
          do { try await connection.send(String(byte)) } catch { break }
          try await doNothing(for: .milliseconds(15))
        }
        return try await connection.rest()
      }
      #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
    }
  }

  @Test("Silence on a new connection: 408 after the time for headers")
  func silence() async throws {
    let limits = Self.limits { $0.headerTime = .milliseconds(200) }
    try await withServer(TestSite().site, limits: limits) { port in
      let took = try await ContinuousClock().measure {
        let answer = try await ask(port, "")
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
      }
      #expect(took > .milliseconds(150))
    }
  }

  @Test("Silence after an answer: closed after the time for that")
  func idle() async throws {
    let limits = Self.limits { $0.idleTime = .milliseconds(400) }
    try await withServer(TestSite().site, limits: limits) { port in
      let took = try await ContinuousClock().measure {
        let answer = try await ask(port, Self.get)
        #expect(answer.hasSuffix("ok\n"))
      }
      #expect(took > .milliseconds(350))
    }
  }

  @Test("A body is not read: answered, then closed when it is slow or long")
  func bodies() async throws {
    let limits = Self.limits { $0.bodyTime = .milliseconds(300) }
    try await withServer(TestSite().site, limits: limits) { port in
      let slow = try await ask(port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nab")
      #expect(slow.hasPrefix("HTTP/1.1 405 "))
      let endless = try await withConnection(to: port) { connection in
        try? await connection.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        // As long as a busy machine may take.
        for _ in 0..<6000 {
          do { try await connection.send("400\r\n\(String(repeating: "x", count: 1024))\r\n") } catch {
            return true
          }
          try await doNothing(for: .milliseconds(5))
        }
        return false
      }
      #expect(endless)
      let next = try await ask(port, HttpTests.get("/livez"))
      #expect(next.hasSuffix("ok\n"))
    }
  }

  @Test("An answer that nobody takes is cut off")
  func slowReader() async throws {
    let site = TestSite([Samples.large("big", 80_000)])
    let limits = Self.limits { $0.answerTime = .milliseconds(500) }
    try await withServer(site.site, limits: limits) { port in
      let received = try await withConnection(to: port) { connection in
        try await connection.send("GET /status?format=json HTTP/1.1\r\nHost: x\r\n\r\n")
        try await doNothing(for: .seconds(2))
        return try await connection.rest().utf8.count
      }
      #expect(received < StatusJson.render(site.board.current.upstreams, stale: false).count)
    }
  }
}
