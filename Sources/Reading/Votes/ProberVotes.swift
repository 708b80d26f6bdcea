package import Health
package import Ledger

/// Names the nodes that probe a peer, out of those that take part. The rule is the cluster's.
package struct AssignmentRule: Sendable {
  package typealias Choice =
    @Sendable (
      _ upstream: UpstreamName, _ peer: PeerName, _ probers: Int, _ nodes: [String]
    ) -> [String]

  let choose: Choice

  package init(_ choose: @escaping Choice) {
    self.choose = choose
  }
}

/// All that the ledger says of a peer now, and what follows from it.
package struct ProberVotes: Sendable {
  /// By name of the node. Nodes that have nothing to say are left out.
  package var list: [ProberVote]
  /// Who should vote; nil: the definition is lost, and only their number is known.
  package var assigned: [String]?
  /// What the reports are worth now.
  package var votes: Votes
  /// Nil: nobody is missing who had the upstream.
  package var strength: VotingStrength?

  package init(_ reading: PeerReading, assignmentRule: AssignmentRule) {
    let checker = reading.snapshot.definition?.checker
    let takingPart = reading.takingPart
    let assigned = checker.map {
      assignmentRule.choose(reading.upstream, reading.record.peer, $0.probers, takingPart)
    }
    // Where nobody knows who should vote, everybody who does may.
    let voters = assigned ?? takingPart.filter { reading.report(of: $0) != nil }
    list = Self.list(reading, voters)
    let known = reading.record.votes.map { Int($0.assigned) }
    let votes = list.compactMap(\.vote)
    let quorum = checker?.quorum ?? reading.record.votes.map { .count(Int($0.needed)) } ?? .majority
    self.assigned = assigned
    self.votes = Votes(
      up: votes.count { $0 == .up }, down: votes.count { $0 == .down },
      assigned: assigned?.count ?? known ?? 0,
      quorum: quorum, wanted: checker?.probers)
    guard let checker else { return }
    let missing = reading.missing.count { gone in
      reading.nodeInfos[gone.node].map { $0.run != gone.run || reading.has(gone) } ?? true
    }
    guard missing > 0 else { return }
    strength = VotingStrength(
      live: takingPart.count, missing: missing, wanted: checker.probers, quorum: checker.quorum)
  }

  private static func list(_ reading: PeerReading, _ voters: [String]) -> [ProberVote] {
    var view = UpstreamView(
      name: reading.upstream, checker: reading.snapshot.definition?.checker, head: reading.snapshot.head,
      peers: [PeerView(record: reading.record)])
    view.reportsByNode = reading.reportsByNode
    view.assignment = Assignment(nodes: voters, width: voters.count)
    view.assignment.append(Array(voters.indices))
    return ProberVoteTable(view, of: nil, in: reading.cluster, atMs: reading.atMs).proberVotes(on: 0)
  }
}

extension PeerReading {
  /// The nodes as they are by the ledger's clock.
  var cluster: ClusterView {
    ClusterReading(
      atMs: atMs, members: members, missing: missing, nodeInfos: nodeInfos, digests: [:], leases: [:],
      expiryMs: expiryMs
    ).view
  }

  /// Live members with the upstream in their settings, by name.
  fileprivate var takingPart: [String] {
    members.filter { $0.isLive(atMs: atMs, expiryMs: expiryMs) && has($0) }.map(\.node).sorted()
  }

  fileprivate func report(of node: String) -> Report? { reportsByNode[node]?.reports[record.peer] }

  /// Whether the member's settings have the upstream. Who has not said what it is, and reports it, has.
  fileprivate func has(_ member: Member) -> Bool {
    guard let nodeInfo = nodeInfos[member.node], nodeInfo.run == member.run else {
      return reportsByNode[member.node]?.run == member.run
    }
    return nodeInfo.upstreams[upstream.text] != nil
  }

  /// Nodes whose settings of the upstream are others than those in force, by name.
  var drift: [String] { Drift.nodes(in: cluster, from: snapshot.head.digest, of: upstream).sorted() }
}
