import Addresses
import ArgumentParser
import Console
import Redis
import RedisTestServer

/// `make bench-redis`: CPU of the Redis client and of the ledger's scripts, beside hiredis' own blocking calls.
@main
struct BenchRedis: AsyncParsableCommand {
  static func main() async { await Program.run(Self.self) }

  static let configuration = CommandConfiguration(
    commandName: "quorate-bench-redis",
    abstract: "Measures what the client and the scripts cost, here and in redis-server.",
    discussion: """
      redis-server is started and ended here; the traffic is on a unix socket. CPU is user and system time of all
      threads of this process, and of redis-server's. Contestants take turns, and the best turn counts, because
      other work on the machine only adds. Limits grow with what hiredis takes at the moment, because a shared
      machine is not always as fast. Ends with 1 when a limit is exceeded.
      """)

  @Option(help: "Turns of each contestant.")
  var turns = 15

  @Option(help: ArgumentHelp("Seconds of each turn.", valueName: "seconds"))
  var window = 0.25

  @Option(help: "Measure only what has this in its name.")
  var only: String?

  func validate() throws {
    guard (1...100).contains(turns), (0.01...10).contains(window) else {
      throw ValidationError("--turns is 1 to 100, --window 0.01 to 10")
    }
  }

  func run() async throws {
    let server = try await RedisServer()
    var settings = RedisSettings(.unix(path: server.socket))
    settings.limits.commandDeadline = .seconds(30)
    let client = RedisClient(settings)
    let stage = Stage(
      commands: try await CommandLoad(client), ledger: try await LedgerLoad(client),
      blocking: try BlockingLoad(server.socket))
    let meter = Meter(turns: turns, window: window, server: server.processID)
    var table = Table(reference: try await meter.reference(stage.blocking))
    for row in Row.all where only.map({ row.name.contains($0) }) ?? true {
      table.add(row, try await meter.measure(row, stage))
    }
    await client.close()
    server.stop()
    try StandardOutput.write(table.text)
    if table.isMissed { throw ExitCode(1) }
  }
}

/// Everybody who does work here.
struct Stage: Sendable {
  let commands: CommandLoad
  let ledger: LedgerLoad
  let blocking: BlockingLoad
}

/// A reply was not what it must be.
struct BenchError: Error {}
