import ArgumentParser
import Cluster
import Console
import Health
import Ledger
import Reading

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say why a peer is up or down.",
    discussion: """
      First in plain words, then all that the cluster knows: the status, who has overridden it, each node's vote and
      whether it counts, the leader and its lease, the settings in force, and the peer's last events.

      Examples:
        quorate explain --redis redis://127.0.0.1:6379 foo.com 127.0.0.1:12354
        quorate explain --config quorate.yaml --json foo.com 127.0.0.1:12354
      """)

  private static let assignmentRule = AssignmentRule { upstream, peer, probers, nodes in
    Rendezvous.assignment(upstream: upstream, peers: [peer], probers: probers, nodes: nodes).names(of: 0)
  }

  @OptionGroup var redis: RedisOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  @Argument(help: "The name of the upstream.")
  var upstream: String

  @Argument(help: "The peer as the pages name it: HOST:PORT, [IPV6]:PORT or unix:/PATH.")
  var peer: String

  func run() async throws {
    let session = try await LedgerSession.open(redis)
    let (upstream, snapshot) = try await session.upstream(upstream)
    let peer = try session.peer(peer, of: upstream, snapshot)
    let found = try await session.read { store throws(LedgerError) in
      try await PeerReading.read(store, upstream, peer, snapshot, expiryMs: session.target.expiryMs)
    }
    guard let reading = found else { throw session.refusal("\(upstream) has no peer \(peer) any more") }
    if json {
      try StandardOutput.write(
        JsonText.encode(
          ExplanationJson(reading, assignmentRule: Self.assignmentRule, clock: LocalMoment.clock)))
    } else {
      let text = ExplanationText(
        reading, assignmentRule: Self.assignmentRule, clock: LocalMoment.clock, paint: StandardOutput.paint)
      try StandardOutput.write(text.text, terminator: "")
    }
  }
}
