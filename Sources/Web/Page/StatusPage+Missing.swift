import Health
import Ledger
import Reading

// Nodes that are missing, and what that means for the votes: above everything else but a stale consensus.
extension StatusPage {
  /// Upstreams that are named one by one.
  private static let listedUpstreams = 3

  func writeMissingBanner(to page: inout PageBytes) {
    guard let cluster = facts.cluster, let sentence = cluster.sentence else { return }
    page.raw("<p class=\"banner \(cluster.isAlone ? "stale" : "wait") missing\" role=\"status\"><b>")
    page.html(sentence)
    page.raw(".</b> ")
    if !cluster.sharesOneSentence { writeWeakest(cluster, to: &page) }
    page.raw("Not heard any more: ")
    for (place, node) in cluster.missing.prefix(Self.listedNames).enumerated() {
      page.raw(place == 0 ? "<b>" : ", <b>")
      page.html(node.name)
      page.raw("</b> since ")
      PeerTable.writeTime(node.member.atMs, to: &page)
    }
    let rest = cluster.missing.count - Self.listedNames
    page.raw(rest > 0 ? " and \(Words.number(rest)) more. " : ". ")
    page.raw("Gone for good? <code>quorate node forget NAME</code></p>\n")
  }

  private func writeWeakest(_ cluster: ClusterFacts, to page: inout PageBytes) {
    for weak in cluster.weak.prefix(Self.listedUpstreams) {
      page.raw("<b>")
      page.html(weak.upstream.text)
      page.raw("</b>: ")
      page.html(weak.strength.sentence)
      page.raw(". ")
    }
    let rest = cluster.weak.count - Self.listedUpstreams
    if rest > 0 { page.raw("\(Words.number(rest)) more with fewer probers than they should have. ") }
  }

  /// `1 of 3 probers`, where an upstream's peers have fewer than its settings ask for.
  func writeProbers(_ view: UpstreamView, to page: inout PageBytes) {
    guard let checker = view.checker, facts.cluster != nil, view.assignment.width < checker.probers else {
      return
    }
    page.raw("<span class=\"warn\" title=\"There are too few nodes that have this upstream\">")
    page.raw("\(view.assignment.width) of \(Words.count(checker.probers, "prober")) for each peer</span>")
  }
}
