package import Health
package import Ledger

/// Who says what of the peers of one upstream, and why it counts or does not: the same for a node's board and for a
/// reading of the ledger.
package struct ProberVoteTable: Sendable {
  private let table: ReportTable
  private let own: String
  private let reportsByNode: [String: NodeReports]
  private let isHeld: Bool
  private let members: [NodeView]
  private let missing: [NodeView]
  /// When ages are counted: the ledger's time, or that of the last heartbeat of all.
  private let atMs: Int64

  /// - Parameters:
  ///   - own: the node that shows this, whose own reports stand with the peers; nil: none does.
  ///   - cluster: nil: no other node is known.
  package init(_ view: UpstreamView, of own: String?, in cluster: ClusterView?, atMs: Int64? = nil) {
    // No node is called nothing.
    self.own = own ?? ""
    reportsByNode = view.reportsByNode
    isHeld = view.isHeld
    members = cluster?.nodes ?? []
    missing = cluster?.missing ?? []
    self.atMs = atMs ?? cluster?.newestMs ?? 0
    table = ReportTable(view, of: own ?? "", in: cluster)
  }

  /// The peers that the fresh reports of other nodes call down or failing: nearly none, so that whoever shows 10,000
  /// peers need look closely at these alone.
  package var doubted: Set<PeerName> { table.doubted }

  /// Of every node that is assigned or reports, by name.
  ///
  /// - Parameter place: that of the peer in the view.
  package func proberVotes(on place: Int) -> [ProberVote] {
    table.reports(on: place).map { told in
      ProberVote(
        node: told.node, report: told.report, isAssigned: told.isAssigned, standing: standing(of: told))
    }
  }

  private func standing(of told: NodeReport) -> ProberVote.Standing {
    if told.counts { return .counts }
    guard let report = told.report else { return .missing }
    if isHeld { return .held }
    return absence(of: told.node) ?? (told.isAssigned ? report.late ? .late : .runGone : .notAssigned)
  }

  /// Why nothing that the node says can count; nil: it lives, and this is what it says.
  private func absence(of node: String) -> ProberVote.Standing? {
    if node == own { return nil }
    guard let seen = members.first(where: { $0.member.node == node }) else {
      let gone = missing.first { $0.member.node == node }
      return gone.map { .gone(age($0.member)) } ?? .noMember
    }
    if seen.member.run != reportsByNode[node]?.run { return .runGone }
    if seen.member.isLeaving { return .leaving }
    return seen.isLive ? nil : .silent(age(seen.member))
  }

  private func age(_ member: Member) -> Int64 { max(0, atMs - member.atMs) }
}
