import Foundation
import Health
import Ledger
import Testing

@testable import Web

/// Debian's browser, where there is one.
enum Browser {
  static let path = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// The page's elements after its script has run for `milliseconds` of the page's own time.
  static func dump(_ address: String, after milliseconds: Int) async throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "quorate-browser-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await run([
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--user-data-dir=\(folder.path())",
      "--virtual-time-budget=\(milliseconds)", "--dump-dom", address,
    ])
  }

  private static func run(_ arguments: [String]) async throws -> String {
    guard let path else { throw CocoaError(.fileNoSuchFile) }
    let process = Process()
    // Foundation's child would inherit a blocked SIGTERM.
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["--default-signal", "timeout", "60", path] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    // Read on a thread of its own: the server under test needs the others.
    return await withCheckedContinuation { done in
      Thread.detachNewThread {
        let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        done.resume(returning: String(decoding: data, as: UTF8.self))
      }
    }
  }
}

@Suite("In a browser", .enabled(if: Browser.path != nil, "chromium is not installed"))
struct BrowserTests {
  @Test("The rows are there, the script has run under the policy, and hostile names are text")
  func rows() async throws {
    let report = Report(state: .down, nok: 5, code: "L4CON", detail: Samples.hostile, micros: 900)
    let evil = Samples.upstream(
      "evil", [Samples.record(Samples.hostile, .primary, .down, reason: "L4CON")], reports: [report])
    let site = TestSite([Samples.foo, Samples.bar, evil])
    try await withServer(site.site) { port in
      let dom = try await Browser.dump("http://127.0.0.1:\(port)/", after: 3000)
      for peer in ["127.0.0.1:12354", "127.0.0.1:12355", "127.0.0.1:12356", "127.0.0.1:1"] {
        #expect(dom.contains(">\(peer)</a>"), "\(peer)")
      }
      #expect(dom.contains("data-polled=\"yes\""))
      #expect(dom.contains("data-on=\"yes\">Live</span>"))
      #expect(dom.contains(" ago</time>"))
      #expect(!dom.contains("<script>"))
      #expect(dom.contains("&lt;script&gt;alert("))
      #expect(dom.contains("<title>evil has no peer left · a · Quorate</title>"))
    }
  }

  @Test("A change reaches an open page without a reload")
  func change() async throws {
    let (answers, answered) = AsyncStream<Void>.makeStream()
    let site = TestSite(answered: { answered.yield() })
    try await withServer(site.site) { port in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          // The first page is served as it is; what the script fetches later shows the change.
          var changed = Samples.foo
          for index in changed.peers.indices { changed.peers[index].record.status = .down }
          for await _ in answers {
            site.board.apply(.upstream(changed))
            return
          }
        }
        let dom = try await Browser.dump("http://127.0.0.1:\(port)/", after: 8000)
        #expect(dom.contains("<h1>foo.com has no peer left</h1>"))
        #expect(dom.ranges(of: "data-s=\"down\"").count == 6)
        #expect(dom.contains("<title>foo.com has no peer left · a · Quorate</title>"))
        group.cancelAll()
      }
    }
  }
}
