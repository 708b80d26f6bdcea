import Health
import Ledger

/// The nodes for people: a table, and below it what somebody may want to look after.
package struct NodesText: Sendable {
  /// Names that are listed in one line.
  private static let most = 5

  let reading: ClusterReading
  let facts: ClusterFacts
  let paint: Paint

  package init(_ reading: ClusterReading, paint: Paint) {
    self.reading = reading
    facts = reading.facts
    self.paint = paint
  }

  package var text: String {
    let nodes = facts.nodes
    guard !nodes.isEmpty else { return "There are no nodes.\n" + leaderless.map { $0 + "\n" }.joined() }
    var table = TextTable([
      "NODE", "STATE", "HEARD", "UPSTREAMS", "LEADS", "VERSION", "ADDRESS", "RUN",
    ])
    for node in nodes { table.add(row(node)) }
    let remarks = missing + nodes.flatMap(remarks) + leaderless
    let lines = table.lines(paint) + (remarks.isEmpty ? [] : [""] + remarks)
    return lines.map { $0 + "\n" }.joined()
  }

  private func row(_ node: NodeFacts) -> [TextTable.Cell] {
    [
      .init(Plain.text(node.name)), state(node), .init("\(Words.age(reading.heardMs(node))) ago"),
      upstreams(node),
      .init(String(node.leads.count)), .init(Plain.text(node.nodeInfo?.version ?? "-")),
      .init(address(node.nodeInfo)),
      .init(Plain.text(node.member.run)),
    ]
  }

  private func address(_ nodeInfo: NodeInfo?) -> String {
    guard let nodeInfo, !nodeInfo.address.isEmpty else { return "-" }
    return Plain.text(nodeInfo.address)
  }

  private func state(_ node: NodeFacts) -> TextTable.Cell {
    let colour: Paint.Colour =
      switch node.condition {
      case .warm: .good
      case .cold, .leaving: .doubtful
      case .silent, .missing: .bad
      }
    return .init(node.condition.rawValue, colour)
  }

  private func upstreams(_ node: NodeFacts) -> TextTable.Cell {
    guard let nodeInfo = node.nodeInfo else { return .init("-") }
    let count = String(nodeInfo.upstreams.count)
    guard !node.drift.isEmpty else { return .init(count) }
    return .init("\(count) (\(node.drift.count) \(node.drift.count == 1 ? "differs" : "differ"))", .doubtful)
  }

  private func remarks(_ node: NodeFacts) -> [String] {
    let name = Plain.text(node.name)
    var remarks: [String] = []
    if !node.drift.isEmpty {
      remarks.append("\(name) has other settings than those in force for \(some(node.drift)).")
    }
    if node.member.isDeaf, node.view.isLive {
      remarks.append(
        "\(name) does not hear all that the others announce, and reads it up to two heartbeats later; its log says why."
      )
    }
    if node.isRefused(.reports) {
      remarks.append("\(name) does not probe: Redis refuses what it reports; its log says why.")
    }
    if node.isRefused(.commits) {
      remarks.append("\(name) does not lead: Redis refuses what it decides; its log says why.")
    }
    return remarks
  }

  private var missing: [String] {
    guard let sentence = facts.sentence else { return [] }
    let gone = facts.missing.map { Plain.text($0.name) }
    let names = some(gone)
    let alone = facts.live > 1 ? facts.alone(of: reading.digests.keys.sorted()) : []
    let lines = [
      paint("\(sentence).", .bad),
      "\(names) ended without leaving; gone for good? quorate node forget \(gone.count == 1 ? names : "NAME")",
    ]
    return lines + (alone.isEmpty ? [] : ["One vote alone decides for \(some(alone))."])
  }

  private var leaderless: [String] {
    let names = facts.leaderless
    return names.isEmpty ? [] : ["Nobody leads \(some(names)) now."]
  }

  private func some(_ names: [UpstreamName]) -> String { some(names.map(\.text)) }

  private func some(_ names: [String]) -> String {
    let shown = Array(names.prefix(Self.most))
    let rest = names.count - shown.count
    return rest == 0 ? Words.list(shown) : "\(shown.joined(separator: ", ")) and \(rest) more"
  }
}
