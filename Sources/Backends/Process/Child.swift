import Glibc

/// A program that runs as a child of this process: its lines can be awaited, and so can its end.
///
/// It starts with no signal blocked or ignored, whatever this process does with its own: a server that inherits a
/// blocked SIGTERM cannot be told to end. It is killed when this object goes.
package final class Child: Sendable {
  /// How a process ended.
  package enum End: Hashable, Sendable {
    case exit(Int32)
    case signal(Int32)
  }

  package enum Stream: Hashable, Sendable { case output, error }

  /// What is known of the process.
  package struct State: Sendable {
    package var output = Lines()
    package var error = Lines()
    package var end: End?
  }

  package let pid: Int32
  package let state = Watched(State())
  private let input: Int32

  /// - Parameters:
  ///   - program: a path, or a name that is looked for in PATH.
  ///   - environment: added to this process's own.
  /// - Throws: `BackendError` when it cannot be started.
  package init(_ program: String, _ arguments: [String] = [], environment: [String: String] = [:])
    throws(BackendError)
  {
    let spawned = try Spawn.start(program, arguments, environment)
    pid = spawned.pid
    input = spawned.input
    let state = state
    let reader = ChildReader(spawned, state)
    Threads.detach { reader.run() }
  }

  deinit {
    close(input)
    // A number that is still ours: it is given back only when the reader has fetched the end.
    if state.value.end == nil { kill(pid, SIGKILL) }
  }

  /// Writes to its standard input.
  package func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = send(input, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  package func signal(_ number: Int32) {
    if state.value.end == nil { kill(pid, number) }
  }

  /// How it ended; nil: it has not within the time.
  package func end(within limit: Duration = .seconds(10)) async -> End? {
    await state.first(within: limit) { $0.end }
  }

  /// Tells it to end, and kills it if it does not within the time. Returns how it ended.
  @discardableResult
  package func stop(with number: Int32 = SIGTERM, within limit: Duration = .seconds(5)) async -> End? {
    signal(number)
    if let end = await end(within: limit) { return end }
    signal(SIGKILL)
    return await end(within: limit)
  }

  /// The first line that holds `text`, from the line of number `start` on, with the number of the line after it.
  /// Nil: none came within the time, or the process ended before.
  package func line(
    with text: String, on stream: Stream = .error, from start: Int = 0, within limit: Duration = .seconds(10)
  ) async -> (text: String, next: Int)? {
    let found = await state.first(within: limit) { state -> Found? in
      let lines = stream == .output ? state.output : state.error
      if let index = lines.whole.indices.dropFirst(start).first(where: { lines.whole[$0].contains(text) }) {
        return Found(text: lines.whole[index], next: index + 1)
      }
      return state.end == nil ? nil : Found(text: nil, next: 0)
    }
    guard let found, let text = found.text else { return nil }
    return (text, found.next)
  }

  private struct Found: Sendable {
    var text: String?
    var next: Int
  }

  /// Processor time so far, user and system, in nanoseconds; nil when it has ended.
  package var cpuNs: UInt64? {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return nil }
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// Text that arrives in pieces, as lines.
package struct Lines: Sendable {
  /// Lines kept; the program says so much only when something is wrong.
  private static let most = 200_000

  package private(set) var whole: [String] = []
  private var rest: [UInt8] = []

  /// Everything, with a newline after each whole line.
  package var text: String { whole.map { $0 + "\n" }.joined() + String(decoding: rest, as: UTF8.self) }

  mutating func add(_ bytes: some Collection<UInt8>) {
    guard whole.count < Self.most else { return }
    rest += bytes
    var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let last = parts.removeLast()
    whole += parts.map { String(decoding: $0, as: UTF8.self) }
    rest = Array(last)
  }
}
