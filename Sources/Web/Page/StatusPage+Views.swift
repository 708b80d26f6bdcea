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

  func writeOverview(to page: inout PageBytes) {
    if facts.upstreams.isEmpty {
      writeNodes(to: &page)
      return writeNothing(to: &page)
    }
    writeAttention(to: &page)
    writeNodes(to: &page)
    page.raw("<section aria-label=\"Upstreams\">\n")
    var rows = Self.overviewRows
    for upstream in facts.upstreams {
      let whole = upstream.view.peers.count <= min(Self.small, rows)
      if whole { rows -= upstream.view.peers.count }
      writeCard(upstream, whole: whole, to: &page)
    }
    page.raw("</section>\n")
  }

  private func writeNothing(to page: inout PageBytes) {
    page.raw("<p class=\"nothing\">No upstream is shown yet. Name some in the settings, or give ")
    page.raw("<code>quorate serve --nginx nginx.conf</code>.</p>\n")
  }

  /// The down peers of all upstreams together, unless everything is on one short page anyway.
  private func writeAttention(to page: inout PageBytes) {
    guard facts.down > 0 else { return }
    page.raw(
      "<section class=\"card alarm\" aria-labelledby=\"attention\">\n<h2 id=\"attention\">Down now</h2>\n")
    var table = peerTable(.all, "Peers that are down")
    for row in facts.problems(upTo: .down).prefix(Self.attention) { table.write(row) }
    page.raw(table.finish())
    if facts.down > Self.attention {
      writeMore(
        facts.down - Self.attention, "down", link: ("./?show=problems", "Show the problems"), to: &page)
    }
    page.raw("</section>\n")
  }

  func writeProblems(to page: inout PageBytes) {
    let count = facts.upstreams.reduce(0) { $0 + $1.problems }
    page.raw("<section class=\"card\" aria-labelledby=\"problems\">\n<h2 id=\"problems\">")
    page.raw(count == 0 ? "No problems" : Words.count(count, "problem"))
    page.raw("</h2>\n")
    if count == 0 {
      page.raw("<p class=\"nothing\">No peer is down, failing, or held without fresh votes.</p>\n")
    } else {
      writeList(facts.problems(), of: count, "Peers with a problem", to: &page)
    }
    page.raw("</section>\n")
  }

  func writeSearch(_ text: String, to page: inout PageBytes) {
    let count = facts.count(matching: text)
    page.raw("<section class=\"card\" aria-labelledby=\"found\">\n<h2 id=\"found\" role=\"status\">")
    page.raw(count == 1 ? "1 peer matches " : "\(count == 0 ? "No" : Words.number(count)) peers match ")
    page.raw("<q>")
    page.html(text)
    page.raw("</q></h2>\n")
    if count > 0 { writeList(facts.matching(text), of: count, "Peers found", to: &page) }
    page.raw("</section>\n")
  }

  func peerTable(_ columns: PeerTable.Columns, _ label: String) -> PeerTable {
    PeerTable(columns: columns, label: label, voters: facts.cluster == nil ? nil : names)
  }

  private func writeList(
    _ rows: some Sequence<PeerRow>, of count: Int, _ label: String, to page: inout PageBytes
  ) {
    var table = peerTable(.all, label)
    for row in rows.prefix(Self.listed) { table.write(row) }
    page.raw(table.finish())
    if count > Self.listed { writeMore(count - Self.listed, "not shown", link: nil, to: &page) }
  }

  func writeMore(_ count: Int, _ what: String, link: (String, String)?, to page: inout PageBytes) {
    page.raw("<p class=\"more\">\(Words.number(count)) more \(what).")
    if let link {
      page.raw(" <a href=\"")
      page.html(link.0)
      page.raw("\">\(link.1)</a>")
    }
    page.raw("</p>\n")
  }

  /// All peers of one upstream, a page of them at a time.
  func writeWhole(_ name: UpstreamName, page number: Int, to page: inout PageBytes) {
    guard let facts = facts.upstreams.first(where: { $0.view.name == name }) else { return }
    let pages = max(1, (facts.view.peers.count + Self.perPage - 1) / Self.perPage)
    let current = min(number, pages)
    writeCardStart(facts, isOpen: true, to: &page)
    writeTrouble(facts.view, to: &page)
    var table = peerTable(.ofUpstream, "Peers of \(name)")
    for row in facts.rows().dropFirst((current - 1) * Self.perPage).prefix(Self.perPage) { table.write(row) }
    page.raw(table.finish())
    if pages > 1 { writePager(name, current, of: pages, to: &page) }
    writeCardEnd(facts, to: &page)
  }

  private func writePager(_ name: UpstreamName, _ current: Int, of pages: Int, to page: inout PageBytes) {
    let address = "./?upstream=\(PercentCoding.encode(name.text))&page="
    page.raw("<nav class=\"pager\" aria-label=\"Pages\">")
    for number in 1...pages {
      page.raw("<a href=\"")
      page.html(address)
      page.raw("\(number)\"\(number == current ? " aria-current=\"page\"" : "")>\(number)</a>")
    }
    page.raw("</nav>\n")
  }
}
