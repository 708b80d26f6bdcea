import Backends
import Dispatch
import Glibc
import TestServers
import Testing

extension EndToEndTests {
  /// Signals that come while the settings are read.
  @Suite(.serialized) struct SignalTests {
    private let folder: TestFolder
    private let file: String

    /// Settings that take a while: the signal is sent when they are opened.
    init() throws {
      folder = try TestFolder()
      let upstreams = (0..<3000).map { "  - {upstream: u\($0), type: none, peers: [\"127.0.0.1:1\"]}\n" }
        .joined()
      file = try folder.write("quorate.yaml", "listen: 127.0.0.1:0\nupstreams:\n\(upstreams)")
    }

    private func startAndSignal(_ signal: Int32) async throws -> Child {
      let reading = try OpenWatch(file)
      let checker = try Child(Programs.quorate, ["serve", "--config", file])
      try await reading.wait()
      checker.signal(signal)
      return checker
    }

    @Test func aHangupDuringTheStartReadsTheSettingsAgain() async throws {
      let checker = try await startAndSignal(SIGHUP)
      let start = await checker.line(with: "serving on", within: .seconds(60))
      let again = await checker.line(
        with: "the settings were read again: 3000 upstream(s)", within: .seconds(60))
      #expect(start != nil && again != nil, "\(checker.state.value.error.text)")
      // And the next one is heard as ever.
      checker.signal(SIGHUP)
      #expect(
        await checker.line(with: "the settings were read again", from: again?.next ?? 0, within: .seconds(60))
          != nil)
      #expect(await checker.stop() == .exit(0))
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func anEndDuringTheStartIsAnEnd(signal: Int32) async throws {
      let checker = try await startAndSignal(signal)
      #expect(await checker.end() == .exit(0), "\(checker.state.value.error.text)")
      #expect(!checker.state.value.error.text.contains("serving on"))
    }

    @Test func aBrokenPipeIsNoEnd() async throws {
      let checker = try await startAndSignal(SIGPIPE)
      #expect(await checker.line(with: "serving on", within: .seconds(60)) != nil)
      #expect(await checker.stop() == .exit(0))
    }
  }
}

/// Tells when somebody opens a file.
private final class OpenWatch: Sendable {
  private let descriptor: Int32

  init(_ path: String) throws {
    descriptor = inotify_init1(Int32(IN_CLOEXEC))
    guard descriptor >= 0, inotify_add_watch(descriptor, path, UInt32(IN_OPEN)) >= 0 else {
      throw TestServerError("no inotify: \(errno)")
    }
  }

  deinit { close(descriptor) }

  func wait() async throws {
    let isOpened = await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [descriptor] in
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        continuation.resume(returning: poll(&entry, 1, 60_000) > 0)
      }
    }
    if !isOpened { throw TestServerError("the file was not opened") }
  }
}
