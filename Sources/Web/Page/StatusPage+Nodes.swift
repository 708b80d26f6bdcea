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

  func writeNodes(to page: inout PageBytes) {
    guard let cluster = facts.cluster else { return }
    let isOpen = cluster.nodes.count <= Self.openNodes || facts.contact != .steady || cluster.hasTrouble
    page.raw("<details class=\"card nodes\" data-k=\" nodes\"\(isOpen ? " open" : "")>\n<summary>")
    page.raw("<span class=\"name\">\(Words.count(cluster.nodes.count, "node"))</span>")
    page.raw("<span class=\"counts\">")
    for (condition, style) in Self.countStyles {
      let count = cluster.nodes.count { $0.condition == condition }
      if count > 0 { page.raw("<span class=\"\(style)\">\(count) \(condition.word)</span>") }
    }
    page.raw("</span>")
    if let sentence = facts.contact?.sentence { page.raw("<span class=\"checker warn\">\(sentence)</span>") }
    page.raw("</summary>\n")
    writeTable(cluster, to: &page)
    let hidden = cluster.nodes.count - Self.listedNodes
    if hidden > 0 {
      writeMore(hidden, "not shown", link: ("api/v1/nodes", "All of them as JSON"), to: &page)
    }
    page.raw("</details>\n")
  }

  private static let countStyles: [(NodeFacts.Condition, String)] = [
    (.warm, "up"), (.cold, "warn"), (.leaving, "dim"), (.silent, "down"), (.missing, "down"),
  ]

  private func writeTable(_ cluster: ClusterFacts, to page: inout PageBytes) {
    page.raw(
      "<table role=\"table\" class=\"members\" aria-label=\"Nodes\"><thead role=\"rowgroup\"><tr role=\"row\">"
    )
    for (style, name) in Self.columns {
      page.raw("<th role=\"columnheader\" scope=\"col\" class=\"\(style)\">\(name)</th>")
    }
    page.raw("</tr></thead><tbody role=\"rowgroup\">\n")
    for node in cluster.nodes.prefix(Self.listedNodes) { write(node, to: &page) }
    page.raw("</tbody></table>\n")
  }

  private static let columns = [
    ("state", "State"), ("node-name", "Node"), ("beat", "Heartbeat"), ("leads", "Leads"),
    ("probes", "Probes"),
    ("settings", "Settings"), ("version", "Version"), ("address", "Address"),
  ]

  private func write(_ node: NodeFacts, to page: inout PageBytes) {
    let condition = node.condition
    page.raw("<tr role=\"row\" class=\"\(condition.style)\" data-s=\"\(condition.rawValue)\" data-k=\"")
    page.html(node.name)
    page.raw("\"><td role=\"cell\" data-l=\"State\" class=\"state\"><span class=\"tag \(condition.style)\" ")
    page.raw("title=\"\(condition.meaning)\">\(condition.word.uppercased())</span></td>")
    page.raw("<th role=\"rowheader\" scope=\"row\" class=\"peer\" title=\"")
    page.html("\(node.name), run \(node.member.run)")
    page.raw("\">")
    page.html(node.name)
    if node.name == identity.node { page.raw(" <span class=\"role backup\">this</span>") }
    page.raw("</th>")
    cell("Heartbeat", "beat", to: &page) { writeBeat(node, to: &$0) }
    cell("Leads", "leads", to: &page) { writeLeads(node, to: &$0) }
    cell("Probes", "probes", to: &page) { writeProbes(node, to: &$0) }
    cell("Settings", "settings", to: &page) { writeSettings(node, to: &$0) }
    cell("Version", "version", to: &page) { Self.write(node.card?.version, to: &$0) }
    cell("Address", "address", to: &page) { Self.write(node.card?.address, to: &$0) }
    page.raw("</tr>\n")
  }

  private func cell(
    _ label: String, _ style: String, to page: inout PageBytes, _ body: (inout PageBytes) -> Void
  ) {
    page.raw("<td role=\"cell\" data-l=\"\(label)\" class=\"\(style)\">")
    body(&page)
    page.raw("</td>")
  }

  private static func write(_ text: String?, to page: inout PageBytes) {
    guard let text, !text.isEmpty else { return page.raw("<span class=\"dim\">–</span>") }
    page.html(text)
  }

  /// The moment only of heartbeats that are behind, so that the page of nodes in good health stays the same.
  private func writeBeat(_ node: NodeFacts, to page: inout PageBytes) {
    if node.lagMs < Self.onTimeMs, facts.contact != .lost { return page.raw("on time") }
    PeerTable.writeTime(node.member.atMs, to: &page)
  }

  private func writeLeads(_ node: NodeFacts, to page: inout PageBytes) {
    if node.isRefused(.commits), node.leads.isEmpty { return Self.writeRefused("what it decides", to: &page) }
    page.raw("<span title=\"")
    page.html(Self.list(node.leads.map(\.text)))
    page.raw("\">\(Words.number(node.leads.count))</span>")
  }

  private func writeProbes(_ node: NodeFacts, to page: inout PageBytes) {
    if node.isRefused(.reports) { return Self.writeRefused("what it reports", to: &page) }
    page.raw(Words.number(node.probes ?? 0))
  }

  private static func writeRefused(_ what: String, to page: inout PageBytes) {
    page.raw("<span class=\"warn\" title=\"Redis refuses \(what); its log says why\">refused</span>")
  }

  private func writeSettings(_ node: NodeFacts, to page: inout PageBytes) {
    if let first = node.drift.first {
      page.raw("<span class=\"warn\" title=\"Other settings than those in force: ")
      page.html(Self.list(node.drift.map(\.text)))
      page.raw("\">differ in ")
      page.html(node.drift.count == 1 ? first.text : "\(first) and \(node.drift.count - 1) more")
      return page.raw("</span>")
    }
    Self.write(node.card.map { Words.count($0.upstreams.count, "upstream") }, to: &page)
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
