import Health
import Ledger
import NIOCore
import Reading
import ServiceLifecycle
import Testing

@testable import Web

@Suite("Over HTTP")
struct HttpTests {
  static func get(_ path: String, _ headers: String = "", method: String = "GET") -> String {
    "\(method) \(path) HTTP/1.1\r\nHost: x\r\n\(headers)Connection: close\r\n\r\n"
  }

  static func body(_ answer: String) -> String {
    answer.firstRange(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? ""
  }

  @Test("The page, its headers, and the date of the node's clock")
  func page() async throws {
    let site = TestSite()
    try await withServer(site.site) { port in
      let answer = try await ask(port, Self.get("/status"))
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      for header in [
        "Content-Type: text/plain; charset=utf-8", "Cache-Control: no-cache",
        "X-Content-Type-Options: nosniff",
        "Date: Wed, 18 Nov 2026 11:07:40 GMT", "Connection: close", "ETag: \"",
      ] {
        #expect(answer.lowercased().contains("\r\n" + header.lowercased()), "\(header)")
      }
      #expect(
        Self.body(answer) == String(decoding: StatusText.render([Samples.foo, Samples.bar]), as: UTF8.self))
      let html = try await ask(port, Self.get("/"))
      #expect(html.lowercased().contains("content-security-policy: default-src 'none'"))
    }
  }

  @Test("HEAD has the same headers and no body", arguments: ["/", "/status", "/nothing", "/readyz"])
  func head(_ path: String) async throws {
    try await withServer(TestSite().site) { port in
      let get = try await ask(port, Self.get(path))
      let head = try await ask(port, Self.get(path, method: "HEAD"))
      #expect(Self.body(head).isEmpty)
      #expect(head == String(get.dropLast(Self.body(get).count)))
    }
  }

  @Test("Not modified")
  func notModified() async throws {
    try await withServer(TestSite().site) { port in
      let answer = try await ask(port, Self.get("/status"))
      let tag = try #require(
        answer.split(separator: "\r\n").first { $0.lowercased().hasPrefix("etag: ") }
      ).dropFirst("etag: ".count)
      let second = try await ask(port, Self.get("/status", "If-None-Match: \(tag)\r\n"))
      #expect(second.hasPrefix("HTTP/1.1 304 "))
      #expect(Self.body(second).isEmpty)
      #expect(!second.lowercased().contains("content-length"))
    }
  }

  @Test("Peers by their encoded name, and other methods, with bodies that nobody reads")
  func api() async throws {
    let peer = Samples.record("unix:/run/a.sock", .primary, .down)
    let site = TestSite([Samples.upstream("u", [peer])])
    try await withServer(site.site) { port in
      let answer = try await ask(port, Self.get("/api/v1/upstreams/u/peers/unix:%2Frun%2Fa.sock"))
      #expect(answer.hasPrefix("HTTP/1.1 503 "))
      #expect(try JsonText.decode(PeerRecord.self, from: Self.body(answer)) == peer)
      let post = try await ask(
        port, "POST /status HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
      #expect(post.hasPrefix("HTTP/1.1 405 "))
      #expect(post.lowercased().contains("\r\nallow: get, head\r\n"))
      let whole = try await ask(port, "GET http://x/livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      #expect(Self.body(whole) == "ok\n")
    }
  }

  @Test("Several requests on one connection, pipelined too")
  func keepAlive() async throws {
    try await withServer(TestSite().site) { port in
      let answers = try await withConnection(to: port) { connection in
        try await connection.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        let first = try await connection.read(until: "ok\n")
        #expect(!first.lowercased().contains("connection: close"))
        let last = Self.get("/livez")
        try await connection.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" + last)
        return try await connection.rest()
      }
      #expect(answers.ranges(of: "HTTP/1.1 200 OK").count == 2)
    }
  }

  @Test("HTTP/1.0 clients read until the server closes")
  func oldClients() async throws {
    var limits = WebLimits()
    limits.lingerTime = .seconds(20)
    try await withServer(TestSite().site, limits: limits) { port in
      let clock = ContinuousClock()
      let took = try await clock.measure {
        let answer = try await ask(port, "GET /livez HTTP/1.0\r\n\r\n")
        #expect(Self.body(answer) == "ok\n")
      }
      #expect(took < .seconds(10))
      let kept = try await withConnection(to: port) { connection in
        try await connection.send("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let first = try await connection.read(until: "ok\n")
        #expect(first.lowercased().contains("connection: keep-alive"))
        try await connection.send("GET /livez HTTP/1.0\r\n\r\n")
        return try await connection.rest()
      }
      #expect(Self.body(kept) == "ok\n")
    }
  }

  @Test("403 for readers that are not allowed, from the next request on")
  func forbidden() async throws {
    let site = TestSite()
    try await withServer(site.site) { port in
      let answers = try await withConnection(to: port) { connection in
        try await connection.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try await connection.read(until: "ok\n")
        site.access.replace(allow: [])
        try await connection.send(Self.get("/nothing"))
        return try await connection.rest()
      }
      #expect(answers.hasPrefix("HTTP/1.1 403 "))
    }
  }

  @Test("The page of 10,000 peers goes out whole")
  func large() async throws {
    let site = TestSite([Samples.large("big", 10_000)])
    try await withServer(site.site) { port in
      let answer = try await ask(port, Self.get("/status?format=json"))
      #expect(Array(Self.body(answer).utf8) == StatusJson.render(site.board.current.upstreams, stale: false))
    }
  }
}

@Suite("Starting and stopping")
struct ServerLifeTests {
  @Test("A port in use is named, with the remedy")
  func inUse() async throws {
    try await withServer(TestSite().site) { port in
      let second = WebServer(
        site: TestSite().site, address: .tcp(host: "127.0.0.1", port: port), logger: silent)
      let error = await #expect(throws: WebServerError.self) { try await second.run() }
      #expect(error == .inUse(.tcp(host: "127.0.0.1", port: port)))
      #expect(error?.description.contains("http://127.0.0.1:\(port): the port is in use") == true)
    }
  }

  @Test("Stops soon, whatever connections are open")
  func graceful() async throws {
    // An answer that nobody takes, a request half sent, and one that waits for the next.
    let site = TestSite([Samples.large("big", 30_000)])
    let (bound, tell) = AsyncStream.makeStream(of: WebAddress.self)
    let server = WebServer(
      site: site.site, address: .tcp(host: "127.0.0.1", port: 0), logger: silent, onBound: { tell.yield($0) })
    let services = ServiceGroup(services: [server], logger: silent)
    let took = try await withThrowingTaskGroup(of: Void.self, returning: Duration.self) { group in
      group.addTask { try await services.run() }
      var addresses = bound.makeAsyncIterator()
      guard case .tcp(_, let port) = await addresses.next() else { throw CancellationError() }
      for request in [
        "GET /status?format=json HTTP/1.1\r\nHost: x\r\n\r\n", "GET /sta",
        "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
      ] {
        group.addTask {
          // On a busy machine it may come when the server has gone. The server's end is what is waited for.
          _ = try? await withConnection(to: port) { connection in
            try await connection.send(request)
            try? await doNothing(for: .seconds(30))
          }
          try? await doNothing(for: .seconds(30))
        }
      }
      try await doNothing(for: .milliseconds(500))
      let clock = ContinuousClock()
      let start = clock.now
      await services.triggerGracefulShutdown()
      try await group.next()
      let took = clock.now - start
      group.cancelAll()
      return took
    }
    // 0.5 s on a machine that is not busy with other tests; the answer alone could have taken 60.
    #expect(took < .seconds(10))
  }

  @Test("A Unix socket lets everyone in who can open it")
  func unixSocket() async throws {
    let path = "/tmp/quorate-web-\(UInt32.random(in: 0...UInt32.max)).sock"
    let (bound, tell) = AsyncStream.makeStream(of: WebAddress.self)
    let server = WebServer(
      site: TestSite(allow: []).site, address: .unix(path: path), logger: silent, onBound: { tell.yield($0) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      var addresses = bound.makeAsyncIterator()
      #expect(await addresses.next() == .unix(path: path))
      let answer = try await withUnixConnection(to: path) { connection in
        try await connection.send(HttpTests.get("/livez"))
        return try await connection.rest()
      }
      #expect(answer.hasPrefix("HTTP/1.1 200 "))
      group.cancelAll()
    }
  }
}
