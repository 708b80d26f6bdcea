import Health
import Ledger

/// The nodes that count now, by name: who may probe, vote and lead.
struct Roster: Sendable {
  struct Node: Sendable {
    var name: String
    var run: String
    /// It has followed the head of its upstreams.
    var isWarm: Bool
    /// It may decide at once: it does not settle.
    var isSteady = true
    /// What the ledger does not take from it.
    var refused: Member.Refused = []
    /// Since when this run counts: ms of `Observation`.
    var liveSinceMs: Int64
    /// When a heartbeat of it was last heard: ms of `Observation`.
    var heardMs: Int64 = 0
    /// The same as steady ms.
    var heardSteadyMs: Int64 = .max
    /// The digest of each upstream that its settings have; nil: not read yet.
    var upstreams: [String: String]?
  }

  private(set) var nodes: [Node] = []

  init() {}

  init(_ nodes: [Node]) {
    self.nodes = nodes.sorted { $0.name < $1.name }
  }

  /// - Parameter own: this node, as its settings are now, whatever the ledger has of it.
  ///
  /// - Parameter unheard: members that may be gone: none of them is waited for.
  init(_ membership: Membership, own: NodeInfo, isWarm: Bool, isSteady: Bool, besides unheard: Set<String>) {
    self.init(
      membership.entries.values.map { entry in
        let node = entry.member.node
        let isOwn = node == own.node
        return Node(
          name: node, run: entry.member.run, isWarm: isOwn ? isWarm : entry.member.isWarm,
          isSteady: isOwn ? isSteady : !entry.member.isSettling && !unheard.contains(node),
          refused: entry.member.refused, liveSinceMs: entry.liveSinceMs,
          heardMs: entry.changedMs, heardSteadyMs: entry.heardMs,
          upstreams: isOwn ? own.upstreams : entry.freshInfo?.upstreams)
      })
  }

  func group(of upstream: UpstreamName) -> Group {
    var group = Group()
    for node in nodes {
      guard let upstreams = node.upstreams else {
        group.unread.append(Group.Unread(name: node.name, isWarm: node.isWarm, refused: node.refused))
        continue
      }
      guard let digest = upstreams[upstream.text] else { continue }
      group.participants.append(
        Group.Participant(
          name: node.name, run: node.run, digest: digest, isWarm: node.isWarm, isSteady: node.isSteady,
          refused: node.refused, liveSinceMs: node.liveSinceMs))
    }
    return group
  }
}

/// The nodes that have one upstream in their settings, by name.
struct Group: Hashable, Sendable {
  struct Participant: Hashable, Sendable {
    var name: String
    var run: String
    /// Of the definition that its settings have.
    var digest: String
    var isWarm: Bool
    var isSteady: Bool
    var refused: Member.Refused = []
    var liveSinceMs: Int64
  }

  struct Unread: Hashable, Sendable {
    var name: String
    var isWarm: Bool
    var refused: Member.Refused = []
  }

  var participants: [Participant] = []
  /// Nodes whose settings are not known yet: they may have it.
  var unread: [Unread] = []

  /// Somebody who has the upstream, or may have it, knows how it stood, and may tell.
  var hasWarm: Bool { able(.commits).contains { $0.isWarm } || unread.contains { $0.isWarm } }

  /// Those from whom the ledger takes this; where there are none, all.
  func able(_ what: Member.Refused) -> [Participant] {
    let able = participants.filter { !$0.refused.contains(what) }
    return able.isEmpty ? participants : able
  }

  /// The definition that should be in force, by digest; nil: nobody has the upstream.
  ///
  /// That of more than half of those who have it; where there is none, the one in force; where nothing is in force
  /// yet, that of most, and of those the smallest digest.
  func target(inForce: String) -> String? {
    var counts: [String: Int] = [:]
    for participant in participants { counts[participant.digest, default: 0] += 1 }
    guard let most = counts.values.max() else { return nil }
    let favourite = counts.filter { $0.value == most }.keys.min()
    // Whoever has not told yet may carry another one.
    return inForce.isEmpty || most * 2 > participants.count + unread.count ? favourite : inForce
  }

  /// Who may lead, best first, of those who may commit: those that can bring the target into force, warm ones where there
  /// are any, and of those the steady ones.
  ///
  /// Where nobody who could bring it in knows what was decided, those lead who know, until they have told it.
  func eligible(
    for upstream: UpstreamName, target: String, inForce: String, anySteadiness: Bool = false,
    _ context: Context
  ) -> [Participant] {
    let allowed = context.policy.wantsCommittersToLead ? self.able(.commits) : participants
    var able = allowed
    if target != inForce { able.removeAll { $0.digest != target } }
    if context.policy.wantsKnowersToLead, !able.contains(where: \.isWarm) {
      let knowers = allowed.filter(\.isWarm)
      if !knowers.isEmpty { able = knowers }
    }
    if able.contains(where: \.isWarm) { able.removeAll { !$0.isWarm } }
    if !anySteadiness, able.contains(where: \.isSteady), context.policy.wantsSteadyFirst {
      able.removeAll { !$0.isSteady }
    }
    return Rendezvous.ranked(able, name: \.name, for: "lead", upstream.text)
  }
}
