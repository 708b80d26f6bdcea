import Ledger
import Reading

// The strip at the top: one sentence that says it all, then the numbers.
extension StatusPage {
  func writeSummary(to page: inout PageBytes) {
    writeTroubles(to: &page)
    writeMissingBanner(to: &page)
    writeStart(to: &page)
    let verdict = verdict
    page.raw(
      "<section class=\"summary\" aria-label=\"Summary\">\n<div class=\"verdict \(verdict.mood)\" role=\"status\">"
    )
    page.raw("<span class=\"disc\" aria-hidden=\"true\"></span><h1>")
    page.html(verdict.headline)
    page.raw("</h1>")
    if !verdict.remark.isEmpty {
      page.raw("<p>")
      page.html(verdict.remark)
      page.raw("</p>")
    }
    page.raw("</div>\n<dl class=\"tiles\">")
    writeTile("Upstreams", facts.upstreams.count, style: "", to: &page)
    writeTile("Up", facts.up - facts.unchecked, style: "up", to: &page)
    writeTile("Down", facts.down, style: "down", to: &page)
    writeTile("Failing", facts.failing, style: "failing", to: &page)
    if facts.forced > 0 { writeTile("Forced up", facts.forced, style: "forced", to: &page) }
    if facts.out > 0 { writeTile("Taken out", facts.out, style: "out", to: &page) }
    if facts.unchecked > 0 { writeTile("Not checked", facts.unchecked, style: "unchecked", to: &page) }
    page.raw("</dl>\n</section>\n")
  }

  private func writeTile(_ name: String, _ number: Int, style: String, to page: inout PageBytes) {
    let state = number == 0 ? "none" : style
    page.raw("<div class=\"\(state)\"><dt>\(name)</dt><dd>\(Words.number(number))</dd></div>")
  }

  /// What stays in sight however far the page is scrolled.
  func writeBars(to page: inout PageBytes) {
    page.raw("<div id=\"bars\">")
    if facts.stale { writeStale(to: &page) }
    page.raw("</div>\n")
  }

  private func writeStale(to page: inout PageBytes) {
    page.raw("<p class=\"notice stale\" role=\"status\"><b>Redis cannot be reached:</b> ")
    page.raw("showing the last consensus")
    if facts.asOfMs > 0 {
      page.raw(" of <b>\(Instant(ms: facts.asOfMs).plain)</b>, ")
      PeerTable.writeTime(facts.asOfMs, to: &page)
    }
    page.raw(". It is held until Redis is back; this node goes on probing.</p>")
  }

  private func writeStart(to page: inout PageBytes) {
    guard facts.undecided > 0 else { return }
    page.raw("<p class=\"banner wait\" role=\"status\"><b>Starting.</b> Nothing has been decided yet of ")
    page.raw("\(Words.count(facts.undecided, "upstream")).</p>\n")
  }
}
