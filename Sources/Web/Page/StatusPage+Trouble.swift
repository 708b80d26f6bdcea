import Ledger
import Reading

// What is wrong with the ledger, and why: above everything else that is not the last consensus itself.
extension StatusPage {
  func writeTroubles(to page: inout PageBytes) {
    for trouble in facts.troubles {
      page.raw("<p class=\"banner trouble\" data-s=\"\(trouble.area.rawValue)\" role=\"status\"><b>")
      page.raw("\(trouble.area.title):</b> ")
      page.html(trouble.fault.sentence)
      page.raw("; since <b>\(Instant(ms: trouble.sinceMs).plain)</b>, ")
      PeerTable.writeTime(trouble.sinceMs, to: &page)
      page.raw(". \(trouble.area.consequence)</p>\n")
    }
  }

  /// Why this upstream alone is stale.
  func writeTrouble(_ view: UpstreamView, to page: inout PageBytes) {
    guard let trouble = view.trouble else { return }
    page.raw("<p class=\"banner trouble\" role=\"status\"><b>This upstream cannot be read:</b> ")
    page.html(trouble.fault.sentence)
    page.raw("; since <b>\(Instant(ms: trouble.sinceMs).plain)</b>, ")
    PeerTable.writeTime(trouble.sinceMs, to: &page)
    page.raw(". What is shown is the last that is known of it.</p>\n")
  }
}

extension LedgerTrouble.Area {
  fileprivate var title: String {
    switch self {
    case .contact: "No contact with Redis"
    case .requests: "Redis does not do all that is asked"
    case .channels: "Not everything is heard"
    }
  }

  fileprivate var consequence: String {
    switch self {
    case .contact: "Nothing is decided here before there is contact."
    case .requests: "What it refuses is asked again and again."
    case .channels: "What is not heard is read instead, up to two heartbeats later."
    }
  }
}
