import Health
import Ledger
import Reading

// Nodes that are missing, and what that means for the votes: above everything else but a stale consensus.
extension StatusPage {
  /// Upstreams that are named one by one.
  private static let listedUpstreams = 3

  func writeMissingBanner(to html: inout Html) {
    guard let cluster = facts.cluster, let sentence = cluster.sentence else { return }
    let style = "banner \(cluster.isAlone ? "stale" : "wait") missing"
    html.element(.p, .class(style), .role("status")) { html in
      html.bold("\(sentence).")
      html.text(" ")
      if !cluster.sharesOneSentence { writeWeakest(cluster, to: &html) }
      html.text("Not heard any more: ")
      writeNames(of: cluster.missing, to: &html)
      html.text("Gone for good? ")
      html.element(.code, text: "quorate node forget NAME")
    }
    html.line()
  }

  private func writeNames(of missing: [NodeFacts], to html: inout Html) {
    for (index, node) in missing.prefix(Self.listedNames).enumerated() {
      if index > 0 { html.text(", ") }
      html.bold(node.name)
      html.text(" since ")
      html.time(node.member.atMs)
    }
    let rest = missing.count - Self.listedNames
    html.text(rest > 0 ? " and \(Words.number(rest)) more. " : ". ")
  }

  private func writeWeakest(_ cluster: ClusterFacts, to html: inout Html) {
    for weak in cluster.weak.prefix(Self.listedUpstreams) {
      html.bold(weak.upstream.text)
      html.text(": \(weak.strength.sentence). ")
    }
    let rest = cluster.weak.count - Self.listedUpstreams
    if rest > 0 { html.text("\(Words.number(rest)) more with fewer probers than they should have. ") }
  }

  /// `1 of 3 probers`, where an upstream's peers have fewer than its settings ask for.
  func writeProbers(_ view: UpstreamView, to html: inout Html) {
    guard let checker = view.checker, facts.cluster != nil, view.assignment.width < checker.probers else {
      return
    }
    html.element(
      .span, .class("warn"), .title("There are too few nodes that have this upstream"),
      text: "\(view.assignment.width) of \(Words.count(checker.probers, "prober")) for each peer")
  }
}
