import Glibc
import NIOConcurrencyHelpers

/// Reads what a child says, on a thread of its own, so that the child never waits for a reader.
final class OutputReader: Sendable {
  private struct State {
    var said = ""
    var isOver = false
    var waiting: [(text: String, continuation: CheckedContinuation<Void, any Error>)] = []
  }

  private let state = NIOLockedValueBox(State())
  private let descriptor: Int32

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
  }

  func start() {
    var thread = pthread_t()
    let own = Unmanaged.passRetained(self)
    let failed = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<OutputReader>.fromOpaque(argument).takeRetainedValue().read()
        return nil
      }, own.toOpaque())
    if failed == 0 { pthread_detach(thread) } else { own.release() }
  }

  func wait(for text: String) async throws {
    try await withCheckedThrowingContinuation { continuation in
      let known = state.withLockedValue { state -> Result<Void, any Error>? in
        if state.said.contains(text) { return .success(()) }
        if state.isOver { return .failure(TestServerError("it ended, having said: \(state.said)")) }
        state.waiting.append((text, continuation))
        return nil
      }
      if let known { continuation.resume(with: known) }
    }
  }

  /// From the shell's first line: `child 123.`
  var childID: pid_t? {
    state.withLockedValue { state in
      pid_t(state.said.drop { !$0.isNumber }.prefix { $0.isNumber })
    }
  }

  private func read() {
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(descriptor, &bytes, bytes.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      hear(String(decoding: bytes.prefix(count), as: UTF8.self))
    }
    close(descriptor)
    let orphans = state.withLockedValue { state in
      state.isOver = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for (text, continuation) in orphans {
      continuation.resume(throwing: TestServerError("it ended without saying: \(text)"))
    }
  }

  private func hear(_ text: String) {
    let heard = state.withLockedValue { state in
      state.said += text
      let said = state.said
      let heard = state.waiting.filter { said.contains($0.text) }
      state.waiting.removeAll { said.contains($0.text) }
      return heard
    }
    for (_, continuation) in heard { continuation.resume() }
  }
}
