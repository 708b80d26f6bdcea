import ArgumentParser
import Console
import Ledger
import Reading

struct NodesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nodes",
    abstract: "Show the nodes of the cluster.",
    discussion: """
      STATE is warm (may lead), cold (new, learns first), leaving, silent, or missing: it ended without leaving, and is
      shown until it is heard again, `quorate node forget` or a day is over. HEARD is the age of the last heartbeat, by
      Redis' clock. UPSTREAMS counts those in the node's settings, and how many of them differ from what is in force.

      Examples:
        quorate nodes --redis redis://127.0.0.1:6379
        quorate nodes --config quorate.yaml --json
      """)

  @OptionGroup var redis: RedisOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() async throws {
    let session = try await LedgerSession.open(redis)
    let reading = try await session.read { store throws(LedgerError) in
      try await ClusterReading.read(store, expiryMs: session.target.expiryMs)
    }
    if json {
      try StandardOutput.write(JsonText.encode(NodesJson(reading)))
    } else {
      try StandardOutput.write(NodesText(reading, paint: StandardOutput.paint).text, terminator: "")
    }
  }
}
