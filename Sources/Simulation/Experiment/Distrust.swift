import Health
import Ledger

/// A rule that was tried and not taken: a node abstains while at least half of its peers, and two or more, fail for it
/// and are up for its fellows. docs/decisions/0013-nodes-trust-themselves.md has what came of it.
enum Distrust {
  /// What the node makes of the result of a probe.
  static func judge(
    _ verdict: Outcome.Verdict, _ watch: SimulatedWatch, by node: SimulatedNode
  ) -> Outcome.Verdict {
    let upstream = watch.upstream
    let peer = WatchedPeer(upstream: upstream, peer: watch.peer)
    switch verdict {
    case .success: node.found[peer] = true
    case .failure: node.found[peer] = false
    case .local: return verdict
    }
    guard case .failure = verdict else { return verdict }
    let watched = node.probedNumbers(of: upstream).count
    let contradicted = node.found.count { found, isGood in
      !isGood && found.upstream == upstream && fellowsSayUp(Setup.peer(found.peer), upstream, node)
    }
    return contradicted >= max(2, (watched + 1) / 2) ? .local(.other) : verdict
  }

  /// More of the others' fresh reports say up than down.
  private static func fellowsSayUp(
    _ peer: PeerName, _ upstream: UpstreamName, _ node: SimulatedNode
  ) -> Bool {
    var up = 0
    var down = 0
    for (name, sheet) in node.view(of: upstream)?.sheets ?? [:] where name != node.name {
      guard let report = sheet.reports[peer], !report.late else { continue }
      if report.state == .up { up += 1 } else { down += 1 }
    }
    return up > down
  }
}
