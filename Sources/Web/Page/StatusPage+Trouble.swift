import Ledger
import Reading

// What is wrong with the ledger, and why: above everything else that is not the last consensus itself.
extension StatusPage {
  func writeTroubles(to html: inout Html) {
    for trouble in facts.troubles {
      html.element(
        .p, .class("banner trouble"), .state(trouble.area.rawValue), .role("status")
      ) { html in
        html.bold("\(trouble.area.title):")
        write(trouble.fault, sinceMs: trouble.sinceMs, to: &html)
        html.text(trouble.area.consequence)
      }
      html.line()
    }
  }

  /// Why this upstream alone is stale.
  func writeTrouble(_ view: UpstreamView, to html: inout Html) {
    guard let trouble = view.trouble else { return }
    html.element(.p, .class("banner trouble"), .role("status")) { html in
      html.bold("This upstream cannot be read:")
      write(trouble.fault, sinceMs: trouble.sinceMs, to: &html)
      html.text("What is shown is the last that is known of it.")
    }
    html.line()
  }

  private func write(_ fault: LedgerFault, sinceMs: Int64, to html: inout Html) {
    html.text(" \(fault.sentence); since ")
    html.bold(Instant(ms: sinceMs).plain)
    html.text(", ")
    html.time(sinceMs)
    html.text(". ")
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
