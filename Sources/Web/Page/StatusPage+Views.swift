import Addresses
import Health
import Ledger
import Reading

// The views: what stands below the summary.
extension StatusPage {
  /// Rows in a list of problems or matches; the rest is counted.
  static let listed = 300
  /// Down peers at the top of the overview.
  static let attention = 20
  /// Rows of one page of an upstream.
  static let perPage = 500
  /// An upstream up to this size shows all its peers on the overview …
  static let small = 40
  /// … while all upstreams together stay below this.
  static let overviewRows = 600

  func writeOverview(to html: inout Html) {
    if facts.upstreams.isEmpty {
      writeNodes(to: &html)
      return writeNothing(to: &html)
    }
    writeAttention(to: &html)
    writeNodes(to: &html)
    html.element(.section, .label("Upstreams")) { html in
      html.line()
      var rows = Self.overviewRows
      for upstream in facts.upstreams {
        let whole = upstream.view.peers.count <= min(Self.small, rows)
        if whole { rows -= upstream.view.peers.count }
        writeCard(upstream, whole: whole, to: &html)
      }
    }
    html.line()
  }

  private func writeNothing(to html: inout Html) {
    html.element(.p, .class("nothing")) { html in
      html.text("No upstream is shown yet. Name some in the settings, or give ")
      html.element(.code, text: "quorate serve --nginx nginx.conf")
      html.text(".")
    }
    html.line()
  }

  /// The down peers of all upstreams together, unless everything is on one short page anyway.
  private func writeAttention(to html: inout Html) {
    guard facts.down > 0 else { return }
    html.element(.section, .class("card alarm"), .labelledBy("attention")) { html in
      html.line()
      html.element(.h2, .id("attention"), text: "Down now")
      html.line()
      let rows = facts.problems(upTo: .down, most: Self.attention)
      peerTable(.all).write("Peers that are down", rows, to: &html)
      let hidden = facts.down - Self.attention
      if hidden > 0 {
        writeMore(hidden, "down", link: ("./?show=problems", "Show the problems"), to: &html)
      }
    }
    html.line()
  }

  func writeProblems(to html: inout Html) {
    let count = facts.upstreams.reduce(0) { $0 + $1.problems }
    html.element(.section, .class("card"), .labelledBy("problems")) { html in
      html.line()
      html.element(
        .h2, .id("problems"), text: count == 0 ? "No problems" : Words.count(count, "problem"))
      html.line()
      if count == 0 {
        html.element(
          .p, .class("nothing"), text: "No peer is down, failing, or held without fresh votes.")
        html.line()
      } else {
        writeList(facts.problems(most: Self.listed), of: count, "Peers with a problem", to: &html)
      }
    }
    html.line()
  }

  func writeSearch(_ text: String, to html: inout Html) {
    let (rows, count) = facts.matching(text, most: Self.listed)
    html.element(.section, .class("card"), .labelledBy("found")) { html in
      html.line()
      html.element(.h2, .id("found"), .role("status")) { html in
        html.text(
          count == 1 ? "1 peer matches " : "\(count == 0 ? "No" : Words.number(count)) peers match ")
        html.element(.q, text: text)
      }
      html.line()
      if count > 0 { writeList(rows, of: count, "Peers found", to: &html) }
    }
    html.line()
  }

  func peerTable(_ columns: PeerTable.Columns) -> PeerTable {
    PeerTable(columns: columns, voters: facts.cluster == nil ? nil : names)
  }

  private func writeList(
    _ rows: [PeerRow], of count: Int, _ label: String, to html: inout Html
  ) {
    peerTable(.all).write(label, rows, to: &html)
    if count > Self.listed { writeMore(count - Self.listed, "not shown", link: nil, to: &html) }
  }

  func writeMore(
    _ count: Int, _ what: String, link: (address: String, text: String)?, to html: inout Html
  ) {
    html.element(.p, .class("more")) { html in
      html.text("\(Words.number(count)) more \(what).")
      guard let link else { return }
      html.text(" ")
      html.element(.a, .href(link.address), text: link.text)
    }
    html.line()
  }

  /// All peers of one upstream, a page of them at a time.
  func writeUpstream(_ name: UpstreamName, page number: Int, to html: inout Html) {
    guard let facts = facts.upstreams.first(where: { $0.view.name == name }) else { return }
    let pages = max(1, (facts.view.peers.count + Self.perPage - 1) / Self.perPage)
    let current = min(number, pages)
    writeCard(facts, isOpen: true, to: &html) { html in
      let rows = facts.rows(skipping: (current - 1) * Self.perPage, most: Self.perPage)
      peerTable(.ofUpstream).write("Peers of \(name)", rows, to: &html)
      if pages > 1 { writePager(name, current, of: pages, to: &html) }
    }
  }

  private func writePager(_ name: UpstreamName, _ current: Int, of pages: Int, to html: inout Html) {
    let address = "./?upstream=\(PercentCoding.encode(name.text))&page="
    html.element(.nav, .class("pager"), .label("Pages")) { html in
      for number in 1...pages {
        html.element(.a, .href("\(address)\(number)"), .current(number == current), text: "\(number)")
      }
    }
    html.line()
  }
}
