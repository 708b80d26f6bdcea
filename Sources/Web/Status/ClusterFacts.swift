import Health
import Ledger

/// One node as the page, the API and the metrics show it.
struct NodeFacts: Sendable {
  /// What a node is to the others.
  enum Condition: String, Sendable, CaseIterable {
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

  var view: NodeView
  var isMissing = false
  /// The upstreams it decides for, in the order of the board.
  var leads: [UpstreamName] = []
  /// Peers that are assigned to it, of all upstreams together.
  var probes = 0
  /// The upstreams of which its settings have another definition than the one in force.
  var drift: [UpstreamName] = []
  /// How far its last heartbeat is behind the newest of all, in ms.
  var lagMs: Int64 = 0

  var name: String { view.member.node }

  /// It lives, and Redis does not take this from it.
  func isRefused(_ what: Member.Refused) -> Bool { view.isLive && view.member.refused.contains(what) }

  var condition: Condition {
    if isMissing { return .missing }
    if view.member.isLeaving { return .leaving }
    if !view.isLive { return .silent }
    return view.member.isWarm ? .warm : .cold
  }
}

/// What a node knows of all of them, walked once for all that is shown.
struct ClusterFacts: Sendable {
  var contact: ClusterView.Contact
  /// By name, the missing ones among them.
  var nodes: [NodeFacts]
  /// Upstreams with fewer probers than wanted because nodes are missing, the weakest first.
  var weak: [(upstream: UpstreamName, strength: VotingStrength)] = []
  /// Upstreams that somebody checks.
  private var checked = 0

  /// Nil: nothing is known of any node.
  init?(_ state: BoardState) {
    guard let cluster = state.cluster else { return nil }
    contact = cluster.contact
    let newest = cluster.newestMs
    let present = cluster.nodes.map { NodeFacts(view: $0, lagMs: newest - $0.member.atMs) }
    let missing = cluster.missing.map {
      NodeFacts(view: $0, isMissing: true, lagMs: max(newest - $0.member.atMs, 0))
    }
    nodes = missing.isEmpty ? present : (present + missing).sorted { $0.name < $1.name }
    var places: [String: Int] = [:]
    for (place, node) in nodes.enumerated() { places[node.name] = place }
    for view in state.upstreams {
      count(view, places)
      guard let strength = cluster.strength(on: view) else { continue }
      checked += 1
      if strength.isWeak { weak.append((view.name, strength)) }
    }
    weak.sort { ($0.strength.assigned, $0.upstream) < ($1.strength.assigned, $1.upstream) }
  }

  var missing: [NodeFacts] { nodes.filter(\.isMissing) }
  var live: Int { nodes.count { $0.view.isLive } }

  /// Of some upstream one vote alone decides.
  var isAlone: Bool { weak.first?.strength.isAlone == true }

  /// What is missing means the same for all upstreams.
  var sharesOneSentence: Bool {
    guard let first = weak.first else { return true }
    return weak.count == checked && weak.allSatisfy { $0.strength.sentence == first.strength.sentence }
  }

  /// `1 of 3 nodes: its vote alone decides`; without what follows where upstreams differ in that.
  var sentence: String {
    if let first = weak.first, sharesOneSentence { return first.strength.sentence }
    return "\(live) of \(Words.count(live + missing.count, "node"))"
  }

  private mutating func count(_ view: UpstreamView, _ places: [String: Int]) {
    if let holder = view.lease?.holder, let place = places[holder.node],
      nodes[place].view.member.run == holder.run
    {
      nodes[place].leads.append(view.name)
    }
    for (node, count) in zip(view.assignment.nodes, view.assignment.counts) {
      if let place = places[node] { nodes[place].probes += count }
    }
    guard let digest = view.head?.digest, !digest.isEmpty else { return }
    for place in nodes.indices where nodes[place].view.isLive {
      if nodes[place].view.drifts(from: digest, of: view.name) { nodes[place].drift.append(view.name) }
    }
  }
}

extension BoardState {
  /// The live nodes whose settings have another definition of the upstream than the one in force.
  func drift(of view: UpstreamView) -> [String] { cluster?.drifting(from: view.head, of: view.name) ?? [] }
}
