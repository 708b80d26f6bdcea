import Addresses
import Health
import Ledger
import Reading

// An upstream on the page: a line that can be opened, and its peers.
extension StatusPage {
  /// Names in one line of text.
  static let listedNames = 5

  /// - Parameter whole: all peers are listed; otherwise only those with a problem.
  func writeCard(_ facts: UpstreamFacts, whole: Bool, to html: inout Html) {
    writeCard(facts, isOpen: whole, to: &html) { html in
      if whole {
        writeTable(facts, upTo: .unchecked, to: &html)
      } else {
        writeProblems(of: facts, to: &html)
      }
    }
  }

  /// - Parameter content: what is seen of the peers when the card is open.
  func writeCard(
    _ facts: UpstreamFacts, isOpen: Bool, to html: inout Html, content: (inout Html) -> Void
  ) {
    let name = facts.view.name.text
    html.element(
      .details, .class(facts.down > 0 ? "card hurt" : "card"), .key(name),
      .open(isOpen)
    ) { html in
      html.line()
      html.element(.summary) { writeLine(facts, to: &$0) }
      html.line()
      writeTrouble(facts.view, to: &html)
      writeSourceTroubles(facts.view, to: &html)
      content(&html)
      writeHead(facts, to: &html)
    }
    html.line()
  }

  private func writeTable(_ facts: UpstreamFacts, upTo worst: PeerCondition, to html: inout Html) {
    if facts.view.peers.isEmpty {
      html.element(.p, .class("nothing"), text: "This upstream has no peers.")
      return html.line()
    }
    let rows = facts.rows(upTo: worst, most: Self.small)
    peerTable(.ofUpstream).write("Peers of \(facts.view.name)", rows, to: &html)
  }

  private func writeProblems(of facts: UpstreamFacts, to html: inout Html) {
    if facts.problems > 0 { writeTable(facts, upTo: .failing, to: &html) }
    let hidden = facts.problems - min(facts.problems, Self.small)
    let remark =
      facts.problems == 0
      ? "None of its peers has a problem."
      : hidden > 0
        ? "\(Words.number(hidden)) more with a problem." : "Only the peers with a problem are listed."
    html.element(.p, .class(facts.problems == 0 ? "nothing" : "more")) { html in
      html.text("\(remark) ")
      html.element(
        .a, .href("./?upstream=\(PercentCoding.encode(facts.view.name.text))"),
        text: "Show all \(Words.count(facts.view.peers.count, "peer"))")
    }
    html.line()
  }

  // MARK: The line that is always seen

  private func writeLine(_ facts: UpstreamFacts, to html: inout Html) {
    let view = facts.view
    html.element(.span, .class("name"), text: view.name.text)
    PeerStrip.write(facts.conditions, to: &html)
    html.element(.span, .class("counts")) { writeCounts(facts, to: &$0) }
    html.element(.span, .class("checker")) { html in
      let settings = view.checker.map { Words.settings(of: $0).joined(separator: " · ") }
      html.text(settings ?? "no checker: shown as configured")
      guard isForeign(view) else { return }
      html.text(" ")
      html.element(
        .span, .class("foreign"), text: "· known from the other nodes, not in this one's settings")
    }
    if self.facts.cluster != nil, view.head != nil { writeLeader(view, to: &html) }
  }

  private func writeLeader(_ view: UpstreamView, to html: inout Html) {
    guard let holder = view.lease?.holder else {
      return html.element(.span, .class("leader none"), .title("Nobody decides now"), text: "no leader")
    }
    html.element(.span, .class("leader"), .title("\(holder.node), term \(holder.term)")) { html in
      html.text("led by ")
      html.bold(String(names.short(holder.node)))
    }
  }

  /// Whether only other nodes have it in their settings.
  private func isForeign(_ view: UpstreamView) -> Bool {
    guard view.checker != nil, let own = facts.cluster?.nodes.first(where: { $0.name == identity.node }),
      let card = own.nodeInfo
    else { return false }
    return card.upstreams[view.name.text] == nil
  }

  private func writeCounts(_ facts: UpstreamFacts, to html: inout Html) {
    func count(_ number: Int, _ what: String, _ style: String) {
      if number > 0 { html.element(.span, .class(style), text: "\(Words.number(number)) \(what)") }
    }
    if facts.view.checker == nil {
      html.element(.span, text: Words.count(facts.view.peers.count, "peer"))
    } else if facts.isDead {
      html.element(.span, .class("tag down"), text: "NONE LEFT")
    } else {
      html.element(
        .span, .class(facts.up > 0 ? "up" : "none"), text: "\(Words.number(facts.up)) up")
    }
    if facts.view.head?.panic == true {
      html.element(
        .span, .class("tag down"),
        .title("Fewer peers are up than the settings want: who heeds it uses all of them"),
        text: "PANIC")
    }
    if facts.view.trouble != nil { html.element(.span, .class("tag held"), text: "STALE") }
    count(facts.forced, "forced up", "forced")
    count(facts.out, "out", "out")
    count(facts.down, "down", "down")
  }

  // MARK: Where it stands

  private func writeHead(_ facts: UpstreamFacts, to html: inout Html) {
    guard let head = facts.view.head else { return }
    html.element(.p, .class("head")) { html in
      writeTerm(facts.view, head, to: &html)
      writeProbers(facts.view, to: &html)
      html.element(.span, text: "event \(head.seq)")
      writeSources(facts.view, to: &html)
      if head.checkedMs > 0 {
        html.element(.span) { html in
          html.text("last commit ")
          html.time(head.checkedMs)
          html.text(" by \(head.leader)")
        }
      }
      if self.facts.cluster != nil { writeDefinition(head, facts.drift, to: &html) }
    }
    html.line()
  }

  private func writeTerm(_ view: UpstreamView, _ head: Head, to html: inout Html) {
    guard let holder = view.lease?.holder else {
      html.element(.span, .class("warn"), text: "no leader")
      return html.element(.span, text: "last term \(head.term)")
    }
    html.element(.span) { html in
      html.text("led by ")
      html.bold(holder.node)
    }
    html.element(.span, text: "term \(holder.term)")
  }

  private func writeDefinition(_ head: Head, _ drift: [String], to html: inout Html) {
    html.element(.span) { html in
      html.text("definition ")
      html.element(.code, text: String(head.digest.prefix(8)))
    }
    guard !drift.isEmpty else { return }
    let rest = drift.count - Self.listedNames
    let names = drift.prefix(Self.listedNames).joined(separator: ", ")
    html.element(
      .span, .class("warn"), text: "other settings on \(names)\(rest > 0 ? " and \(rest) more" : "")")
  }
}
