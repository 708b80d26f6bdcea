import Ledger

// The strip at the top: one sentence that says it all, then the numbers.
extension StatusPage {
  func writeSummary(to page: inout PageBytes) {
    writeBanners(to: &page)
    writeTroubles(to: &page)
    page.raw(
      "<section class=\"summary\" aria-label=\"Summary\">\n<div class=\"verdict \(mood)\" role=\"status\">")
    page.raw("<span class=\"disc\" aria-hidden=\"true\"></span><h1>")
    page.html(verdict)
    page.raw("</h1>")
    if !remark.isEmpty {
      page.raw("<p>")
      page.html(remark)
      page.raw("</p>")
    }
    page.raw("</div>\n<dl class=\"tiles\">")
    writeTile("Upstreams", facts.upstreams.count, style: "", to: &page)
    writeTile("Up", facts.up - facts.unchecked, style: "up", to: &page)
    writeTile("Down", facts.down, style: "down", to: &page)
    writeTile("Failing", facts.failing, style: "failing", to: &page)
    if facts.out > 0 { writeTile("Taken out", facts.out, style: "out", to: &page) }
    if facts.unchecked > 0 { writeTile("Not checked", facts.unchecked, style: "unchecked", to: &page) }
    page.raw("</dl>\n</section>\n")
  }

  private func writeTile(_ name: String, _ number: Int, style: String, to page: inout PageBytes) {
    let state = number == 0 ? "none" : style
    page.raw("<div class=\"\(state)\"><dt>\(name)</dt><dd>\(Words.number(number))</dd></div>")
  }

  private func writeBanners(to page: inout PageBytes) {
    if facts.stale {
      page.raw("<p class=\"banner stale\" role=\"status\"><b>Redis cannot be reached:</b> ")
      page.raw("showing the last consensus")
      if facts.asOfMs > 0 {
        page.raw(" of <b>\(Instant(ms: facts.asOfMs).plainTime)</b> UTC, ")
        PeerTable.writeTime(facts.asOfMs, to: &page)
      }
      page.raw(". It is held until Redis is back; this node goes on probing.</p>\n")
    }
    writeMissingBanner(to: &page)
    if facts.undecided > 0 {
      page.raw("<p class=\"banner wait\" role=\"status\"><b>Starting.</b> Nothing has been decided yet of ")
      page.raw("\(Words.count(facts.undecided, "upstream")).</p>\n")
    }
  }

  private var mood: String {
    if facts.peers == 0 { return "empty" }
    if facts.down > 0 { return "down" }
    if facts.stale { return "stale" }
    return facts.out > 0 ? "out" : "up"
  }

  private var verdict: String {
    if facts.peers == 0 {
      return facts.undecided > 0 ? "Waiting for the first results" : "No peers are configured"
    }
    if facts.down == facts.peers {
      return facts.peers == 1 ? "The only peer is down" : "All \(all) peers are down"
    }
    if facts.down > 0 {
      return "\(Words.number(facts.down)) of \(all) peers \(facts.down == 1 ? "is" : "are") down"
    }
    if facts.out > 0 { return "\(Words.number(facts.out)) of \(Words.count(facts.peers, "peer")) taken out" }
    if facts.unchecked == facts.peers { return "\(Words.count(facts.peers, "peer")), none of them checked" }
    let checked = facts.peers - facts.unchecked
    if checked == 1 { return "The only \(facts.unchecked > 0 ? "checked " : "")peer is up" }
    return "All \(Words.number(checked)) \(facts.unchecked > 0 ? "checked " : "")peers are up"
  }

  private var all: String { Words.number(facts.peers) }

  private var remark: String {
    let touched = facts.upstreams.filter { $0.down + $0.out > 0 }
    let dead = touched.filter { $0.up == 0 }
    if let first = dead.first {
      return dead.count == 1
        ? "\(first.view.name) has no peer left" : "\(Words.count(dead.count, "upstream")) have no peer left"
    }
    if let first = touched.first {
      return touched.count == 1
        ? "in \(first.view.name)" : "in \(touched.count) of \(facts.upstreams.count) upstreams"
    }
    return facts.failing > 0 ? "\(Words.number(facts.failing)) failing, not yet down" : ""
  }
}
