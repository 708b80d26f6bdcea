import ArgumentParser
import Backends
import Console
import Glibc

/// Backends for a demonstration: `make run` starts them beside the checker.
@main
struct QuorateBackends: ParsableCommand {
  static func main() { Program.run(Self.self) }

  static let configuration = CommandConfiguration(
    commandName: "quorate-backends",
    abstract: "Serves small HTTP backends on 127.0.0.1, well behaved and not, until told to end.",
    discussion: """
      Each flag may be repeated. Port 0 takes a free one. Nothing listens on any other address.

      Example:
        quorate-backends --port 9101 --port 9102 --flapping 9103 --slow 9104 --silent 9105
      """)

  @Option(name: .customLong("port"), help: ArgumentHelp("Answers 200.", valueName: "port"))
  var good: [UInt16] = []

  @Option(help: ArgumentHelp("Answers 200 for a while and refuses for a while, in turn.", valueName: "port"))
  var flapping: [UInt16] = []

  @Option(help: ArgumentHelp("Answers 200 after 300 ms.", valueName: "port"))
  var slow: [UInt16] = []

  @Option(help: ArgumentHelp("Answers 500.", valueName: "port"))
  var failing: [UInt16] = []

  @Option(help: ArgumentHelp("Accepts and says nothing.", valueName: "port"))
  var silent: [UInt16] = []

  @Option(help: ArgumentHelp("Nobody listens.", valueName: "port"))
  var refusing: [UInt16] = []

  @Option(
    name: .customLong("turn"), help: "How long a flapping backend stays good, and then bad, in seconds.")
  var turnSeconds = 10

  func validate() throws {
    if all.isEmpty { throw ValidationError("no backend asked for; try --port 0") }
    if !(1...3600).contains(turnSeconds) { throw ValidationError("--turn is 1 to 3600 seconds") }
  }

  func run() throws {
    // Blocked before the first thread is made, so that they arrive in sigwait and nowhere else.
    var ends = sigset_t()
    sigemptyset(&ends)
    sigaddset(&ends, SIGTERM)
    sigaddset(&ends, SIGINT)
    pthread_sigmask(SIG_BLOCK, &ends, nil)
    var backends: [Backend] = []
    for (port, turns, what) in all {
      let backend = try Backend(turns, at: .ipv4(port: port))
      try StandardOutput.write("\(backend.peer) \(what)")
      backends.append(backend)
    }
    var signal: Int32 = 0
    sigwait(&ends, &signal)
    for backend in backends { backend.stop() }
  }

  private var all: [(port: UInt16, turns: [Turn], what: String)] {
    let turn = turnSeconds * 1000
    let flaps = [Turn(.ok, ms: turn), Turn(.refusing, ms: turn)]
    return good.map { ($0, [Turn(.ok, ms: 0)], "answers 200") }
      + flapping.map { ($0, flaps, "answers 200 for \(turnSeconds) s, refuses for \(turnSeconds) s") }
      + slow.map { ($0, [Turn(.slow(300), ms: 0)], "answers 200 after 300 ms") }
      + failing.map { ($0, [Turn(.status(500), ms: 0)], "answers 500") }
      + silent.map { ($0, [Turn(.silent, ms: 0)], "accepts and says nothing") }
      + refusing.map { ($0, [Turn(.refusing, ms: 0)], "refuses") }
  }
}
