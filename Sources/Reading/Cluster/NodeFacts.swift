package import Health
package import Ledger

/// One node as the page, the API, the metrics and the commands show it.
package struct NodeFacts: Sendable {
  /// What a node is to the others.
  package enum Condition: String, Sendable, CaseIterable {
    /// It lives, and has followed the heads of its upstreams.
    case warm
    /// It lives, and has not yet.
    case cold
    /// It has said that it ends.
    case leaving
    /// It is not heard any more.
    case silent
    /// It ended without leaving, and counts no more.
    case missing
  }

  package var view: NodeView
  package var isMissing: Bool
  /// The upstreams it decides for, in the order in which they are shown.
  package var leads: [UpstreamName] = []
  /// Peers that are assigned to it, of all upstreams together; nil: it is not known here.
  package var probes: Int?
  /// The upstreams of which its settings have another definition than the one in force.
  package var drift: [UpstreamName] = []
  /// How far its last heartbeat is behind the newest of all, in ms.
  package var lagMs: Int64

  package var member: Member { view.member }
  package var name: String { view.member.node }
  /// What its present run is; nil: it has not been read.
  package var nodeInfo: NodeInfo? { view.ownInfo }

  /// It lives, and Redis does not take this from it.
  package func isRefused(_ what: Member.Refused) -> Bool { view.isLive && member.refused.contains(what) }

  package var condition: Condition {
    if isMissing { return .missing }
    if member.isLeaving { return .leaving }
    if !view.isLive { return .silent }
    return member.isWarm ? .warm : .cold
  }
}

extension NodeFacts.Condition {
  /// As people and programs are told it: a live node is one, be it warm or cold.
  package var state: String {
    switch self {
    case .warm, .cold: "live"
    case .leaving, .silent, .missing: rawValue
    }
  }
}
