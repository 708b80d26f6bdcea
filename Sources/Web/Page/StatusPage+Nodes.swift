import Health
import Ledger
import Reading

// The nodes, between what is down and the upstreams.
extension StatusPage {
  /// Nodes up to this many are listed openly when nothing is wrong with them …
  static let openNodes = 5
  /// … and up to this many at all.
  static let listedNodes = 100
  /// A heartbeat this much behind the newest, in ms, is as good as that: each node has its own beat.
  static let onTimeMs: Int64 = 3000

  func writeNodes(to html: inout Html) {
    guard let cluster = facts.cluster else { return }
    let isOpen =
      cluster.nodes.count <= Self.openNodes || facts.contact != .steady || cluster.hasTrouble
    html.element(
      .details, .class("card nodes"), .key(" nodes"), .open(isOpen)
    ) { html in
      html.line()
      html.element(.summary) { writeLine(cluster, to: &$0) }
      html.line()
      html.table("members", "Nodes", Self.columns) { html in
        for node in cluster.nodes.prefix(Self.listedNodes) { write(node, to: &html) }
      }
      let hidden = cluster.nodes.count - Self.listedNodes
      if hidden > 0 {
        writeMore(hidden, "not shown", link: ("api/v1/nodes", "All of them as JSON"), to: &html)
      }
    }
    html.line()
  }

  private func writeLine(_ cluster: ClusterFacts, to html: inout Html) {
    html.element(.span, .class("name"), text: Words.count(cluster.nodes.count, "node"))
    html.element(.span, .class("counts")) { html in
      for (condition, style) in Self.countStyles {
        let count = cluster.nodes.count { $0.condition == condition }
        if count > 0 { html.element(.span, .class(style), text: "\(count) \(condition.word)") }
      }
    }
    if let sentence = facts.contact?.sentence {
      html.element(.span, .class("checker warn"), text: sentence)
    }
  }

  private static let countStyles: [(NodeFacts.Condition, String)] = [
    (.warm, "up"), (.cold, "warn"), (.leaving, "dim"), (.silent, "down"), (.missing, "down"),
  ]

  private static let columns: [(style: String, name: String)] = [
    ("state", "State"), ("node-name", "Node"), ("beat", "Heartbeat"), ("leads", "Leads"),
    ("probes", "Probes"), ("settings", "Settings"), ("version", "Version"), ("address", "Address"),
  ]

  private func write(_ node: NodeFacts, to html: inout Html) {
    let condition = node.condition
    html.element(
      .tr, .role("row"), .class(condition.style), .state(condition.rawValue), .key(node.name)
    ) { html in
      html.cell("State", "state") { html in
        html.element(
          .span, .class("tag \(condition.style)"), .title(condition.meaning),
          text: condition.word.uppercased())
      }
      html.element(
        .th, .role("rowheader"), .scope("row"), .class("peer"),
        .title("\(node.name), run \(node.member.run)")
      ) { html in
        html.text(node.name)
        guard node.name == identity.node else { return }
        html.text(" ")
        html.element(.span, .class("role backup"), text: "this")
      }
      html.cell("Heartbeat", "beat") { writeBeat(node, to: &$0) }
      html.cell("Leads", "leads") { writeLeads(node, to: &$0) }
      html.cell("Probes", "probes") { writeProbes(node, to: &$0) }
      html.cell("Settings", "settings") { writeSettings(node, to: &$0) }
      html.cell("Version", "version") { Self.write(node.nodeInfo?.version, to: &$0) }
      html.cell("Address", "address") { Self.write(node.nodeInfo?.address, to: &$0) }
    }
    html.line()
  }

  private static func write(_ text: String?, to html: inout Html) {
    guard let text, !text.isEmpty else { return html.dash() }
    html.text(text)
  }

  /// The moment only of heartbeats that are behind, so that the page of nodes in good health stays the same.
  private func writeBeat(_ node: NodeFacts, to html: inout Html) {
    if node.lagMs < Self.onTimeMs, facts.contact != .lost { return html.text("on time") }
    html.time(node.member.atMs)
  }

  private func writeLeads(_ node: NodeFacts, to html: inout Html) {
    if node.isRefused(.commits), node.leads.isEmpty { return Self.writeRefused("what it decides", to: &html) }
    html.element(
      .span, .title(Self.list(node.leads.map(\.text))), text: Words.number(node.leads.count))
  }

  private func writeProbes(_ node: NodeFacts, to html: inout Html) {
    if node.isRefused(.reports) { return Self.writeRefused("what it reports", to: &html) }
    html.text(Words.number(node.probes ?? 0))
  }

  private static func writeRefused(_ what: String, to html: inout Html) {
    html.element(.span, .class("warn"), .title("Redis refuses \(what); its log says why"), text: "refused")
  }

  private func writeSettings(_ node: NodeFacts, to html: inout Html) {
    guard let first = node.drift.first else {
      return Self.write(node.nodeInfo.map { Words.count($0.upstreams.count, "upstream") }, to: &html)
    }
    let more = node.drift.count - 1
    html.element(
      .span, .class("warn"),
      .title("Other settings than those in force: \(Self.list(node.drift.map(\.text)))"),
      text: "differ in \(first)\(more > 0 ? " and \(more) more" : "")")
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(20).joined(separator: ", ")
    return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
  }
}

extension ClusterFacts {
  /// Whether somebody may want to look.
  fileprivate var hasTrouble: Bool {
    nodes.contains {
      $0.condition != .warm || !$0.drift.isEmpty || $0.isRefused(.reports) || $0.isRefused(.commits)
    }
  }
}

extension ClusterView.Contact {
  /// Nil: all is as it should be.
  fileprivate var sentence: String? {
    switch self {
    case .alone, .steady: nil
    case .lost: "out of touch: what is shown of the nodes is what was known before"
    case .settling: "settling: in touch again; for a moment no node is given up and nothing decided"
    }
  }
}

extension NodeFacts.Condition {
  fileprivate var word: String {
    switch self {
    case .warm: "live"
    case .cold: "cold"
    case .leaving: "leaving"
    case .silent: "silent"
    case .missing: "missing"
    }
  }

  /// The class in the style sheet: those of the peers mean the same.
  fileprivate var style: String {
    switch self {
    case .warm: "up"
    case .cold: "held"
    case .leaving: "unchecked"
    case .silent, .missing: "down"
    }
  }

  fileprivate var meaning: String {
    switch self {
    case .warm: "Its heartbeats go on"
    case .cold: "Its heartbeats go on; it has not read what is decided yet"
    case .leaving: "It ends, and counts no more"
    case .silent: "Its heartbeats have stopped: it counts no more"
    case .missing: "Its heartbeats have stopped, and it had not said that it ends"
    }
  }
}
