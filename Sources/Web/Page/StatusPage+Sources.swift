import Ledger
import Reading

// Where the peers of an upstream come from, and what is wrong there.
extension StatusPage {
  /// Names or files that cannot be looked up or read now.
  func writeSourceTroubles(_ view: UpstreamView, to html: inout Html) {
    let troubles = view.sources.compactMap { source in source.trouble.map { (source, $0) } }
    for (source, trouble) in troubles.prefix(Self.listedNames) {
      html.element(.p, .class("banner trouble"), .role("status")) { html in
        html.bold("\(source.kind == .file ? "Not read" : "Not found"): \(source.text):")
        html.text(" \(trouble.text); since ")
        html.bold(Instant(ms: trouble.sinceMs).plain)
        html.text(", ")
        html.time(trouble.sinceMs)
        html.text(". Its peers are those of the last success.")
      }
      html.line()
    }
    if troubles.count > Self.listedNames {
      html.element(
        .p, .class("banner trouble"), .role("status"),
        text: "\(Words.number(troubles.count - Self.listedNames)) more cannot be looked up or read.")
      html.line()
    }
  }

  /// `peers from name app.internal:8080 (2), file peers.txt (3)`.
  func writeSources(_ view: UpstreamView, to html: inout Html) {
    guard !view.sources.isEmpty else { return }
    let shown = view.sources.prefix(Self.listedNames).map { "\($0.text) (\(Words.number($0.peers)))" }
    let rest = view.sources.count - shown.count
    html.element(
      .span, .class("from"),
      text: "peers from \(shown.joined(separator: ", "))\(rest > 0 ? " and \(rest) more" : "")")
  }
}
