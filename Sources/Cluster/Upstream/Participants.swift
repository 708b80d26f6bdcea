import Health
import Ledger

/// Who takes part in an upstream: who has it, who may lead it, and who probes which peer.
struct Participants: Sendable {
  private(set) var group = Group()
  /// The digest of the definition that should be in force; nil: nobody has the upstream.
  private(set) var target: String?
  /// Who may lead, best first.
  private(set) var eligible: [Group.Participant] = []
  private(set) var assignment = Assignment.nobody
  /// Those of `assignment`, in its order.
  private(set) var probers: [Group.Participant] = []
  /// Since when nobody has it in the settings: ms of `Observation`; nil: somebody has.
  private(set) var orphanedSinceMs: Int64?

  /// Nobody has it, as far as can be known.
  var isNobody: Bool { group.participants.isEmpty && group.unread.isEmpty }

  mutating func regroup(_ group: Group) { self.group = group }

  /// The target and who is eligible, by who takes part and what is in force.
  mutating func choose(
    for upstream: UpstreamName, inForce: String, own configuredDigest: String, _ context: Context
  ) {
    target = context.policy.target(ofMost: group.target(inForce: inForce), own: configuredDigest)
    eligible = target.map { group.eligible(for: upstream, target: $0, inForce: inForce, context) } ?? []
  }

  mutating func assign(_ peers: [PeerName], of upstream: UpstreamName, probers count: Int, _ context: Context)
  {
    probers = context.policy.mutesWhoMayNotReport ? group.able(.reports) : group.participants
    assignment = Rendezvous.assignment(
      upstream: upstream, peers: peers, probers: count, nodes: probers.map(\.name))
  }

  /// Who may lead when this node is gone, best first.
  func eligible(
    without node: String, for upstream: UpstreamName, inForce: String, _ context: Context
  ) -> [Group.Participant] {
    guard let target else { return [] }
    var group = group
    group.participants.removeAll { $0.name == node }
    return group.eligible(for: upstream, target: target, inForce: inForce, context)
  }

  /// Whose reports count, or may as soon as its node info is read: not of those from whom the ledger takes none.
  func tellers(_ policy: Policy) -> [String] {
    let all = group.participants.map { ($0.name, $0.refused) } + group.unread.map { ($0.name, $0.refused) }
    let able = all.filter { !$0.1.contains(.reports) || !policy.mutesWhoMayNotReport }
    return able.map(\.0).sorted()
  }

  mutating func orphaned(since ms: Int64?) { orphanedSinceMs = ms }
}
