import Glibc

/// A process that was started, with our ends of its pipes. They are pairs of sockets: those can be made so that
/// no other child, started at the same moment, inherits them and keeps them open.
struct Spawn: Sendable {
  var pid: pid_t
  var input: Int32
  var output: Int32
  var error: Int32

  static func start(
    _ program: String, _ arguments: [String], _ environment: [String: String]
  ) throws(BackendError) -> Spawn {
    let pipes = [try Socket.pair(), try Socket.pair(), try Socket.pair()]
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let theirs = pipes.map(\.theirs)
    for (number, end) in theirs.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
    }
    var attributes = defaultSignals()
    defer { posix_spawnattr_destroy(&attributes) }
    var pid = pid_t()
    let failed = withTexts([program] + arguments) { arguments in
      withTexts(merged(environment)) { posix_spawnp(&pid, program, &actions, &attributes, arguments, $0) }
    }
    for end in theirs { close(end) }
    guard failed == 0 else {
      for pipe in pipes { close(pipe.ours) }
      throw BackendError(what: "cannot start \(program)", number: failed)
    }
    return Spawn(pid: pid, input: pipes[0].ours, output: pipes[1].ours, error: pipes[2].ours)
  }

  private static func defaultSignals() -> posix_spawnattr_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    return attributes
  }

  private static func merged(_ added: [String: String]) -> [String] {
    var texts: [String] = []
    var next = environ
    while let text = next.pointee {
      let line = String(cString: text)
      if added[String(line.prefix { $0 != "=" })] == nil { texts.append(line) }
      next += 1
    }
    return texts + added.map { "\($0.key)=\($0.value)" }
  }

  /// Hands over a list as C has it: pointers with a null at the end.
  private static func withTexts<Answer>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Answer
  ) -> Answer {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(&pointers)
  }
}
