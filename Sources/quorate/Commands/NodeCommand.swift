import ArgumentParser
import Console
import Ledger
import Reading

struct NodeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "node",
    abstract: "Say that a node is gone for good.",
    subcommands: [NodeForgetCommand.self])
}

struct NodeForgetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget",
    abstract: "Do not miss a node any longer that ended without leaving.",
    discussion: """
      A node that was killed stays shown as missing until it is heard again, a day is over, or it is forgotten here. One
      that lives is not forgotten: the command tells when it was last heard, and ends with 1.

      Examples:
        quorate node forget web-3
        quorate node forget web-3 --redis redis://127.0.0.1:6379
      """)

  @Argument(help: "The name of the node.")
  var name: String

  @OptionGroup var redis: RedisOptions

  func run() async throws {
    let session = try await LedgerSession.open(redis)
    let reading = try await session.read { store throws(LedgerError) in
      try await ClusterReading.read(store, expiryMs: session.target.expiryMs)
    }
    let nodes = reading.facts.nodes
    guard let node = nodes.first(where: { $0.name == name }) else {
      let target = "Redis at \(session.address), namespace \(session.target.namespace)"
      throw session.refusal(Choices.sentence("node", name, nodes.map(\.name), in: target))
    }
    switch node.condition {
    case .warm, .cold, .leaving:
      throw session.refusal(Self.refusal(node.member, ageMs: reading.heardMs(node)))
    case .silent, .missing: try await forget(node, heardMs: reading.heardMs(node), session)
    }
  }

  private func forget(_ node: NodeFacts, heardMs: Int64, _ session: LedgerSession) async throws {
    // The same order twice is one: an answer that was lost is asked for again.
    for isLast in [false, true] {
      switch await session.store.perform([.forget(node.member.pulse)])[0] {
      case .success(.forgotten): return try tell(node, heardMs: heardMs)
      case .success(.notFound) where isLast: return try tell(node, heardMs: heardMs)
      case .success(.notFound): throw session.refusal("\(shown) was forgotten by somebody else, or is back")
      case .success(.lives(let member)): throw session.refusal(Self.refusal(member, ageMs: nil))
      case .failure(.outcomeUnknown) where !isLast: continue
      case .failure(.unreachable(let why)): throw session.refusal("\(shown) was not forgotten: \(why)")
      case .failure(.outcomeUnknown(let why)):
        throw session.refusal("nobody knows whether \(shown) was forgotten: \(why)")
      case .success: throw session.refusal("Redis gave an answer that has nothing to do with it")
      }
    }
  }

  private var shown: String { Plain.text(name) }

  private func tell(_ node: NodeFacts, heardMs: Int64) throws {
    let moment = LocalMoment.clock(node.member.atMs).rfc3339
    let address = node.nodeInfo.flatMap { $0.address.isEmpty ? nil : " at \(Plain.text($0.address))" } ?? ""
    try StandardOutput.write(
      "forgotten: \(shown), run \(Plain.text(node.member.run))\(address), last heard \(moment) "
        + "(\(Words.age(heardMs)) ago)")
  }

  private static func refusal(_ member: Member, ageMs: Int64?) -> String {
    let heard = ageMs.map { "\(Words.age($0)) ago" } ?? "just now"
    let deed = member.isLeaving ? "is leaving" : "lives"
    return
      "\(Plain.text(member.node)) \(deed): its last heartbeat was \(heard) (run \(Plain.text(member.run))); stop it first"
  }
}
