import Addresses
import Health
import Ledger
import Reading

// An upstream on the page: a line that can be opened, and its peers.
extension StatusPage {
  /// - Parameter whole: all peers are listed; otherwise only those with a problem.
  func writeCard(_ facts: UpstreamFacts, whole: Bool, to page: inout PageBytes) {
    writeCardStart(facts, isOpen: whole, to: &page)
    writeTrouble(facts.view, to: &page)
    if whole {
      writeTable(facts, upTo: .unchecked, to: &page)
    } else {
      writeProblems(of: facts, to: &page)
    }
    writeCardEnd(facts, to: &page)
  }

  private func writeTable(_ facts: UpstreamFacts, upTo worst: PeerCondition, to page: inout PageBytes) {
    if facts.view.peers.isEmpty {
      page.raw("<p class=\"nothing\">This upstream has no peers.</p>\n")
      return
    }
    var table = peerTable(.ofUpstream, "Peers of \(facts.view.name)")
    for row in facts.rows(upTo: worst).prefix(Self.small) { table.write(row) }
    page.raw(table.finish())
  }

  private func writeProblems(of facts: UpstreamFacts, to page: inout PageBytes) {
    if facts.problems == 0 {
      page.raw("<p class=\"nothing\">None of its peers has a problem.")
    } else {
      writeTable(facts, upTo: .failing, to: &page)
      let hidden = facts.problems - min(facts.problems, Self.small)
      page.raw("<p class=\"more\">")
      page.raw(
        hidden > 0
          ? "\(Words.number(hidden)) more with a problem." : "Only the peers with a problem are listed.")
    }
    page.raw(" <a href=\"./?upstream=\(PercentCoding.encode(facts.view.name.text))\">")
    page.raw("Show all \(Words.count(facts.view.peers.count, "peer"))</a></p>\n")
  }

  func writeCardStart(_ facts: UpstreamFacts, isOpen: Bool, to page: inout PageBytes) {
    let view = facts.view
    page.raw("<details class=\"card\(facts.down > 0 ? " hurt" : "")\" data-k=\"")
    page.html(view.name.text)
    page.raw("\"\(isOpen ? " open" : "")>\n<summary><span class=\"name\">")
    page.html(view.name.text)
    page.raw("</span>")
    PeerStrip.write(facts.conditions, to: &page)
    writeCounts(facts, to: &page)
    page.raw("<span class=\"checker\">")
    page.html(
      view.checker.map { Words.settings(of: $0).joined(separator: " · ") }
        ?? "no checker: shown as configured")
    if isForeign(view) {
      page.raw(" <span class=\"foreign\">· known from the other nodes, not in this one's settings</span>")
    }
    page.raw("</span>")
    if self.facts.cluster != nil, view.head != nil { writeLeader(view, to: &page) }
    page.raw("</summary>\n")
  }

  private func writeLeader(_ view: UpstreamView, to page: inout PageBytes) {
    guard let holder = view.lease?.holder else {
      return page.raw("<span class=\"leader none\" title=\"Nobody decides now\">no leader</span>")
    }
    page.raw("<span class=\"leader\" title=\"")
    page.html("\(holder.node), term \(holder.term)")
    page.raw("\">led by <b>")
    page.html(String(names.short(holder.node)))
    page.raw("</b></span>")
  }

  /// Whether only other nodes have it in their settings.
  private func isForeign(_ view: UpstreamView) -> Bool {
    guard view.checker != nil, let own = facts.cluster?.nodes.first(where: { $0.name == identity.node }),
      let card = own.card
    else { return false }
    return card.upstreams[view.name.text] == nil
  }

  private func writeCounts(_ facts: UpstreamFacts, to page: inout PageBytes) {
    page.raw("<span class=\"counts\">")
    if facts.view.checker == nil {
      page.raw("<span>\(Words.count(facts.view.peers.count, "peer"))</span>")
    } else if facts.isDead {
      page.raw("<span class=\"tag down\">NONE LEFT</span>")
    } else {
      page.raw("<span class=\"\(facts.up > 0 ? "up" : "none")\">\(Words.number(facts.up)) up</span>")
    }
    if facts.view.trouble != nil { page.raw("<span class=\"tag held\">STALE</span>") }
    if facts.forced > 0 { page.raw("<span class=\"forced\">\(Words.number(facts.forced)) forced up</span>") }
    if facts.out > 0 { page.raw("<span class=\"out\">\(Words.number(facts.out)) out</span>") }
    if facts.down > 0 { page.raw("<span class=\"down\">\(Words.number(facts.down)) down</span>") }
    page.raw("</span>")
  }

  func writeCardEnd(_ facts: UpstreamFacts, to page: inout PageBytes) {
    if let head = facts.view.head {
      page.raw("<p class=\"head\">")
      writeTerm(facts.view, head, to: &page)
      writeProbers(facts.view, to: &page)
      page.raw("<span>event \(head.seq)</span>")
      if head.checkedMs > 0 {
        page.raw("<span>last commit ")
        PeerTable.writeTime(head.checkedMs, to: &page)
        page.raw(" by ")
        page.html(head.leader)
        page.raw("</span>")
      }
      if self.facts.cluster != nil { writeDefinition(head, facts.drift, to: &page) }
      page.raw("</p>\n")
    }
    page.raw("</details>\n")
  }

  private func writeTerm(_ view: UpstreamView, _ head: Head, to page: inout PageBytes) {
    if let holder = view.lease?.holder {
      page.raw("<span>led by <b>")
      page.html(holder.node)
      page.raw("</b></span><span>term \(holder.term)</span>")
    } else {
      page.raw("<span class=\"warn\">no leader</span><span>last term \(head.term)</span>")
    }
  }

  private func writeDefinition(_ head: Head, _ drift: [String], to page: inout PageBytes) {
    page.raw("<span>definition <code>")
    page.html(String(head.digest.prefix(8)))
    page.raw("</code></span>")
    guard !drift.isEmpty else { return }
    page.raw("<span class=\"warn\">other settings on ")
    page.html(drift.prefix(Self.listedNames).joined(separator: ", "))
    if drift.count > Self.listedNames { page.raw(" and \(drift.count - Self.listedNames) more") }
    page.raw("</span>")
  }

  /// Names in one line of text.
  static let listedNames = 5
}
