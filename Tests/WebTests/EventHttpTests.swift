import Health
import Ledger
import NIOCore
import ServiceLifecycle
import Testing

@testable import Web

@Suite("Streams of events over HTTP", .timeLimit(.minutes(5)))
struct EventHttpTests {
  static func request(_ target: String, _ headers: String = "") -> String {
    "GET \(target) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
  }

  @Test("Headers, what was missed, and what happens next; Last-Event-ID before after")
  func stream() async throws {
    let site = TestSite()
    let pen = EventPen(site.ledger)
    try await pen.write(3, on: site.board)
    try await withServer(site.site) { port in
      try await withConnection(to: port) { connection in
        try await connection.send(
          Self.request("/events?upstream=foo.com&after=0", "Last-Event-ID: 1\r\n"))
        let start = try await connection.read(until: "id: 3")
        for header in [
          "Content-Type: text/event-stream", "Cache-Control: no-store", "X-Accel-Buffering: no",
          "Transfer-Encoding: chunked",
        ] {
          #expect(start.lowercased().contains("\r\n" + header.lowercased()), "\(header)")
        }
        #expect(start.contains("retry: 1000\n\n") && start.contains("id: 2") && !start.contains("id: 1\n"))
        try await pen.write(on: site.board)
        #expect(try await connection.read(until: "\"votes\"").contains("id: 4"))
      }
    }
  }

  @Test("A reader that takes what it gets may stay as long as it likes")
  func patience() async throws {
    let site = TestSite()
    let pen = EventPen(site.ledger)
    try await pen.write(on: site.board)
    var limits = WebLimits()
    // Long enough that a busy machine is not taken for a reader that takes nothing.
    limits.answerTime = .seconds(3)
    limits.idleTime = .seconds(3)
    try await withServer(site.site, limits: limits) { port in
      try await withConnection(to: port) { connection in
        try await connection.send(Self.request("/events?upstream=foo.com&after=0"))
        _ = try await connection.read(until: "id: 1\n")
        for seq in 2...3 {
          try await doNothing(for: .milliseconds(3500))
          try await pen.write(on: site.board)
          #expect(try await connection.read(until: "id: \(seq)\n").contains("id: \(seq)\n"))
        }
      }
    }
  }

  @Test("A reader that takes nothing is cut off")
  func sloth() async throws {
    let site = TestSite()
    try await EventPen(site.ledger).write(10_000, on: site.board)
    var limits = WebLimits()
    limits.answerTime = .milliseconds(500)
    try await withServer(site.site, limits: limits) { port in
      let received = try await withConnection(to: port) { connection in
        try await connection.send(Self.request("/events?upstream=foo.com&after=0"))
        // Long enough for a busy machine to fill what lies between, and to wait for nothing.
        try await doNothing(for: .seconds(12))
        return try await connection.read(until: "id: 10000\n")
      }
      #expect(!received.contains("id: 10000\n"))
    }
  }

  @Test("The server stops soon, with streams open")
  func graceful() async throws {
    let site = TestSite()
    try await EventPen(site.ledger).write(on: site.board)
    let (bound, tell) = AsyncStream.makeStream(of: WebAddress.self)
    let server = WebServer(
      site: site.site, address: .tcp(host: "127.0.0.1", port: 0), logger: silent, onBound: { tell.yield($0) })
    let services = ServiceGroup(services: [server], logger: silent)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await services.run() }
      var addresses = bound.makeAsyncIterator()
      guard case .tcp(_, let port) = await addresses.next() else { throw CancellationError() }
      let (open, isOpen) = AsyncStream.makeStream(of: Void.self)
      for target in ["/events", "/events?upstream=foo.com&after=0"] {
        group.addTask {
          try await withConnection(to: port) { connection in
            try await connection.send(Self.request(target))
            _ = try await connection.read(until: "retry")
            isOpen.yield()
            _ = try await connection.rest()
          }
        }
      }
      var waiting = open.makeAsyncIterator()
      for _ in 0..<2 { await waiting.next() }
      let took = try await ContinuousClock().measure {
        await services.triggerGracefulShutdown()
        try await group.waitForAll()
      }
      // 0.5 s on a machine that is not busy; a silent stream would be noticed after 15 at the earliest.
      #expect(took < .seconds(10))
    }
  }
}
