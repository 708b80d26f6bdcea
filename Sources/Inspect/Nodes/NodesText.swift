import Health
import Ledger

/// The nodes for people: a table, and below it what somebody may want to look after.
package struct NodesText: Sendable {
  /// Names that are listed in one line.
  private static let most = 5

  let reading: ClusterReading
  let paint: Paint

  package init(_ reading: ClusterReading, paint: Paint) {
    self.reading = reading
    self.paint = paint
  }

  package var text: String {
    let nodes = reading.nodes
    guard !nodes.isEmpty else { return "There are no nodes.\n" + leaderless.map { $0 + "\n" }.joined() }
    var table = TextTable([
      "NODE", "STATE", "HEARD", "UPSTREAMS", "LEADS", "VERSION", "ADDRESS", "RUN",
    ])
    for node in nodes { table.add(row(node)) }
    let remarks = missing + nodes.flatMap(remarks) + leaderless
    let lines = table.lines(paint) + (remarks.isEmpty ? [] : [""] + remarks)
    return lines.map { $0 + "\n" }.joined()
  }

  private func row(_ node: NodeSummary) -> [TextTable.Cell] {
    [
      .init(Plain.text(node.member.node)), state(node), .init("\(Words.age(node.beatAgeMs)) ago"),
      upstreams(node),
      .init(String(node.leads.count)), .init(Plain.text(node.card?.version ?? "-")),
      .init(address(node.card)),
      .init(Plain.text(node.member.run)),
    ]
  }

  private func address(_ card: NodeCard?) -> String {
    guard let card, !card.address.isEmpty else { return "-" }
    return Plain.text(card.address)
  }

  private func state(_ node: NodeSummary) -> TextTable.Cell {
    switch node.liveness {
    case .leaving: .init("leaving", .doubtful)
    case .silent: .init("silent", .bad)
    case .missing: .init("missing", .bad)
    case .live: node.member.isWarm ? .init("warm", .good) : .init("cold", .doubtful)
    }
  }

  private func upstreams(_ node: NodeSummary) -> TextTable.Cell {
    guard let card = node.card else { return .init("-") }
    let count = String(card.upstreams.count)
    guard !node.drift.isEmpty else { return .init(count) }
    return .init("\(count) (\(node.drift.count) \(node.drift.count == 1 ? "differs" : "differ"))", .doubtful)
  }

  private func remarks(_ node: NodeSummary) -> [String] {
    let name = Plain.text(node.member.node)
    var remarks: [String] = []
    if !node.drift.isEmpty {
      remarks.append("\(name) has other settings than those in force for \(some(node.drift)).")
    }
    if node.member.isDeaf, node.liveness == .live {
      remarks.append(
        "\(name) does not hear all that the others announce, and reads it up to two heartbeats later; its log says why."
      )
    }
    if node.liveness == .live {
      if node.member.refused.contains(.reports) {
        remarks.append("\(name) does not probe: Redis refuses what it reports; its log says why.")
      }
      if node.member.refused.contains(.commits) {
        remarks.append("\(name) does not lead: Redis refuses what it decides; its log says why.")
      }
    }
    return remarks
  }

  private var missing: [String] {
    guard let sentence = reading.sentence else { return [] }
    let gone = reading.missing.map { Plain.text($0.node) }
    let names = some(gone)
    let alone = reading.live > 1 ? reading.alone : []
    let lines = [
      paint("\(sentence).", .bad),
      "\(names) ended without leaving; gone for good? quorate node forget \(gone.count == 1 ? names : "NAME")",
    ]
    return lines + (alone.isEmpty ? [] : ["One vote alone decides for \(some(alone))."])
  }

  private var leaderless: [String] {
    let names = reading.leaderless
    return names.isEmpty ? [] : ["Nobody leads \(some(names)) now."]
  }

  private func some(_ names: [UpstreamName]) -> String { some(names.map(\.text)) }

  private func some(_ names: [String]) -> String {
    let shown = Array(names.prefix(Self.most))
    let rest = names.count - shown.count
    return rest == 0 ? Words.list(shown) : "\(shown.joined(separator: ", ")) and \(rest) more"
  }
}
