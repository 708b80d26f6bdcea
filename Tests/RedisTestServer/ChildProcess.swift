import Glibc
import NIOConcurrencyHelpers

/// A program started by a test, and what it says. It is ended by its id only, and also when the test's own process
/// dies: a shell in between waits for the end of a pipe that the kernel closes then.
package final class ChildProcess: Sendable {
  private let shell: pid_t
  private let output: OutputReader
  /// Open as long as the child may live.
  private let life: NIOLockedValueBox<Int32?>

  /// Starts with no signal blocked or ignored: a child inherits that from a thread that Swift or Dispatch made.
  package init(_ arguments: [String]) throws(TestServerError) {
    let started = try Self.startOneAtATime(arguments)
    shell = started.shell
    life = NIOLockedValueBox(started.life)
    output = OutputReader(started.output)
    output.start()
  }

  deinit {
    end()
  }

  private static let script = """
    "$@" </dev/null &
    child=$!
    echo "child $child."
    # The child alone holds the output: its end is the end of what it says.
    exec >/dev/null 2>&1
    read -r forever
    kill -KILL $child
    wait
    """

  /// A child that starts meanwhile would inherit the pipes, and hold them open.
  private static let starting = NIOLock()

  private static func startOneAtATime(
    _ arguments: [String]
  ) throws(TestServerError) -> (shell: pid_t, output: Int32, life: Int32) {
    starting.lock()
    defer { starting.unlock() }
    let output = try Pipe()
    let life = try Pipe()
    defer {
      close(output.end)
      close(life.start)
    }
    do throws(TestServerError) {
      let words = ["sh", "-c", script, "sh"] + arguments
      return (try spawn(words, input: life.start, output: output.end), output.start, life.end)
    } catch {
      close(output.start)
      close(life.end)
      throw error
    }
  }

  private static func spawn(
    _ words: [String], input: Int32, output: Int32
  ) throws(TestServerError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, output, 2)
    // NIO's sockets are not closed on exec: a child that holds one keeps the other side from seeing its end.
    // Numbers that are not open are passed over.
    for descriptor in Int32(3)..<1_024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let copies = words.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    var id: pid_t = 0
    let failed = posix_spawnp(&id, words[0], &actions, &attributes, copies + [nil], environ)
    guard failed == 0 else { throw TestServerError("\(words[0]) does not start: \(failed)") }
    return id
  }

  /// Returns when it has said `text`.
  package func says(_ text: String) async throws {
    try await output.wait(for: text)
  }

  /// Nil: it has said nothing yet.
  package var id: Int32? { output.childID }

  /// Only after it has said something.
  package func signal(_ number: Int32) {
    if life.withLockedValue({ $0 != nil }), let child = output.childID { kill(child, number) }
  }

  /// Stops it, and returns when it stands: the signal alone lets it run on for a moment.
  package func stop() {
    signal(SIGSTOP)
    while let state = output.childID.flatMap(Self.state), state != "T", state != "Z" { sched_yield() }
  }

  /// It has ended, whoever ended it.
  package var isGone: Bool { output.childID.flatMap(Self.state).map { $0 == "Z" } ?? true }

  /// The letter after the name in /proc/PID/stat; nil: there is no such process.
  private static func state(of process: pid_t) -> Character? {
    let file = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(file, &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    return text.split(separator: ") ").dropFirst().first?.first
  }

  /// Kills it, and returns when it is gone.
  package func end() {
    let last = life.withLockedValue { life in
      defer { life = nil }
      return life
    }
    guard let last else { return }
    close(last)
    var status: Int32 = 0
    while waitpid(shell, &status, 0) == -1, errno == EINTR {}
  }
}

private struct Pipe {
  let start: Int32
  let end: Int32

  init() throws(TestServerError) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw TestServerError("no pipe: \(errno)") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (start, end) = (ends[0], ends[1])
  }
}
