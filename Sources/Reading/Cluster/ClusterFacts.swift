package import Health
package import Ledger

/// What is known of all nodes, from a node's board or from the ledger, walked once for all that is shown.
package struct ClusterFacts: Sendable {
  /// What is in force of one upstream, and who answers for it.
  struct InForce {
    var name: UpstreamName
    /// Of the definition in force; nil: there is none.
    var digest: String?
    var leader: LeaseHolder?
    /// Who probes what; nil: it is not known.
    var assignment: Assignment?
    /// Nil: nobody is missing who had it.
    var strength: VotingStrength?
  }

  /// By name, the missing ones among them.
  package private(set) var nodes: [NodeFacts]
  /// Upstreams with fewer probers than wanted because nodes are missing, the weakest first.
  package private(set) var weak: [(upstream: UpstreamName, strength: VotingStrength)] = []
  /// Upstreams that nobody decides for now, in the order in which they are shown.
  package private(set) var leaderless: [UpstreamName] = []
  /// How many of the upstreams have lost nodes.
  private var weakened = 0
  /// What the settings ask for is known, and so is who probes what.
  private let areSettingsKnown: Bool

  init(_ cluster: ClusterView, _ upstreams: [InForce], areSettingsKnown: Bool) {
    self.areSettingsKnown = areSettingsKnown
    let newest = cluster.newestMs
    func facts(_ node: NodeView, isMissing: Bool) -> NodeFacts {
      NodeFacts(
        view: node, isMissing: isMissing, probes: areSettingsKnown ? 0 : nil,
        lagMs: max(newest - node.member.atMs, 0))
    }
    let present = cluster.nodes.map { facts($0, isMissing: false) }
    let missing = cluster.missing.map { facts($0, isMissing: true) }
    nodes = missing.isEmpty ? present : (present + missing).sorted { $0.name < $1.name }
    let indices = Dictionary(
      nodes.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { $1 })
    for upstream in upstreams { count(upstream, indices) }
    weak.sort { ($0.strength.assigned, $0.upstream) < ($1.strength.assigned, $1.upstream) }
  }

  /// Nil: nothing is known of any node.
  package init?(_ state: BoardState) {
    guard let cluster = state.cluster else { return nil }
    self.init(
      cluster,
      state.upstreams.map { view in
        InForce(
          name: view.name, digest: view.head?.digest, leader: view.lease?.holder,
          assignment: view.assignment, strength: cluster.strength(on: view))
      }, areSettingsKnown: true)
  }

  package var missing: [NodeFacts] { nodes.filter(\.isMissing) }
  /// How many nodes live.
  package var live: Int { nodes.count { $0.view.isLive } }

  /// Of some upstream one vote alone decides.
  package var isAlone: Bool { weak.first?.strength.isAlone == true }

  /// What is missing means the same for all upstreams.
  package var sharesOneSentence: Bool {
    guard let first = weak.first else { return true }
    return weak.count == weakened && weak.allSatisfy { $0.strength.sentence == first.strength.sentence }
  }

  /// `1 of 3 nodes: its vote alone decides`, without what follows where upstreams differ in that; nil: nobody is
  /// missing.
  package var sentence: String? {
    guard nodes.contains(where: \.isMissing) else { return nil }
    if let first = weak.first, sharesOneSentence { return first.strength.sentence }
    let live = live
    let count = "\(live) of \(Words.count(live + missing.count, "node"))"
    // Whatever the settings ask for, one node is one vote.
    return !areSettingsKnown && live == 1 ? "\(count): its vote alone decides" : count
  }

  private mutating func count(_ upstream: InForce, _ indices: [String: Int]) {
    if let holder = upstream.leader {
      if let index = indices[holder.node], nodes[index].member.run == holder.run {
        nodes[index].leads.append(upstream.name)
      }
    } else if upstream.digest != nil {
      leaderless.append(upstream.name)
    }
    if let assignment = upstream.assignment {
      for (node, count) in zip(assignment.nodes, assignment.counts) {
        if let index = indices[node] { nodes[index].probes = (nodes[index].probes ?? 0) + count }
      }
    }
    for index in nodes.indices
    where Drift.isIn(nodes[index].view, from: upstream.digest, of: upstream.name) {
      nodes[index].drift.append(upstream.name)
    }
    guard let strength = upstream.strength else { return }
    weakened += 1
    if strength.isWeak { weak.append((upstream.name, strength)) }
  }
}
