import Ledger
import Reading

// The strip at the top: one sentence that says it all, then the numbers.
extension StatusPage {
  func writeSummary(to html: inout Html) {
    writeTroubles(to: &html)
    writeMissingBanner(to: &html)
    writeStart(to: &html)
    html.element(.section, .class("summary"), .label("Summary")) { html in
      html.line()
      writeVerdict(to: &html)
      html.line()
      html.element(.dl, .class("tiles")) { writeTiles(to: &$0) }
      html.line()
    }
    html.line()
  }

  private func writeVerdict(to html: inout Html) {
    let verdict = verdict
    html.element(.div, .class("verdict \(verdict.mood)"), .role("status")) { html in
      html.element(.span, .class("disc"), .hiddenToReaders) { _ in }
      html.element(.h1, text: verdict.headline)
      if !verdict.remark.isEmpty { html.element(.p, text: verdict.remark) }
    }
  }

  private func writeTiles(to html: inout Html) {
    writeTile("Upstreams", facts.upstreams.count, style: "", to: &html)
    writeTile("Up", facts.up - facts.unchecked, style: "up", to: &html)
    writeTile("Down", facts.down, style: "down", to: &html)
    writeTile("Failing", facts.failing, style: "failing", to: &html)
    if facts.forced > 0 { writeTile("Forced up", facts.forced, style: "forced", to: &html) }
    if facts.out > 0 { writeTile("Taken out", facts.out, style: "out", to: &html) }
    if facts.unchecked > 0 { writeTile("Not checked", facts.unchecked, style: "unchecked", to: &html) }
  }

  private func writeTile(_ name: String, _ number: Int, style: String, to html: inout Html) {
    html.element(.div, .class(number == 0 ? "none" : style)) { html in
      html.element(.dt, text: name)
      html.element(.dd, text: Words.number(number))
    }
  }

  /// What stays in sight however far the page is scrolled.
  func writeBars(to html: inout Html) {
    html.element(.div, .id("bars")) { html in
      if facts.stale { writeStale(to: &html) }
    }
    html.line()
  }

  private func writeStale(to html: inout Html) {
    html.element(.p, .class("notice stale"), .role("status")) { html in
      html.bold("Redis cannot be reached:")
      html.text(" showing the last consensus")
      if facts.asOfMs > 0 {
        html.text(" of ")
        html.bold(Instant(ms: facts.asOfMs).plain)
        html.text(", ")
        html.time(facts.asOfMs)
      }
      html.text(". It is held until Redis is back; this node goes on probing.")
    }
  }

  private func writeStart(to html: inout Html) {
    guard facts.undecided > 0 else { return }
    html.element(.p, .class("banner wait"), .role("status")) { html in
      html.bold("Starting.")
      html.text(" Nothing has been decided yet of \(Words.count(facts.undecided, "upstream")).")
    }
    html.line()
  }
}
