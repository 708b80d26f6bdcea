import Health
import Ledger

/// `/api/v1/nodes`: `{"contact","missing","node","nodes":[NODE…],"sentence","stale","trouble":[TROUBLE…],
/// "weak":[WEAK…]}`. `contact` is what this node has to do with the others (alone, lost, settling, steady; null: nothing is
/// known yet) and `node` its name; `missing` is how many nodes ended without leaving, and `sentence` what that means (`1 of
/// 3 nodes: its vote alone decides`; null: none is missing); TROUBLE is a `TroubleAnswer`.
///
/// NODE: `{"address","age_ms","beat","deaf","drift":[upstream…],"heartbeat_at","heartbeat_at_ms","leads":{"count",
/// "names":[upstream…]},"leaving","live","missing","missing_since","missing_since_ms","node","probes","refused":[…],"run","upstreams",
/// "version","warm"}`. `missing_since`, when it was last heard, is null for a node that is not missing. `age_ms` is how
/// far its last heartbeat is behind the newest of all; `deaf`: it does not hear all that is announced;
/// `refused`: what Redis does not take from it, of `commits` (it does not lead) and `reports` (it does not probe); `address`,
/// `upstreams` (how many it has) and `version` are null until
/// they have been read.
///
/// WEAK: `{"alone","assigned","live","needed","nodes","sentence","upstream","wanted"}`, of an upstream that has fewer probers than
/// `wanted` because nodes are missing; the weakest first. `alone`: one vote alone decides.
enum NodesJson {
  static func render(_ state: BoardState, node: String) -> [UInt8] {
    let facts = ClusterFacts(state)
    return Array(
      JsonText.encode(
        Nodes(
          contact: facts?.contact.rawValue, node: node, nodes: facts?.nodes.map(Node.init) ?? [],
          missing: facts?.missing.count ?? 0,
          sentence: facts.flatMap { $0.missing.isEmpty ? nil : $0.sentence },
          weak: (facts?.weak ?? []).map { Weak(upstream: $0.upstream, strength: $0.strength) },
          stale: state.stale, trouble: TroubleAnswer.list(state))
      ).utf8)
  }
}

private struct Nodes: Encodable {
  var contact: String?
  var node: String
  var nodes: [Node]
  var missing: Int
  var sentence: String?
  var weak: [Weak]
  var stale: Bool
  var trouble: [TroubleAnswer]

  private enum CodingKeys: String, CodingKey {
    case contact, node, nodes, missing, sentence, weak, stale, trouble
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(contact, forKey: .contact)
    try values.encode(node, forKey: .node)
    try values.encode(nodes, forKey: .nodes)
    try values.encode(missing, forKey: .missing)
    try values.encode(sentence, forKey: .sentence)
    try values.encode(weak, forKey: .weak)
    try values.encode(stale, forKey: .stale)
    try values.encode(trouble, forKey: .trouble)
  }
}

private struct Weak: Encodable {
  let upstream: UpstreamName
  let strength: VotingStrength

  private enum CodingKeys: String, CodingKey {
    case upstream, live, nodes, assigned, wanted, needed, alone, sentence
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(upstream, forKey: .upstream)
    try values.encode(strength.live, forKey: .live)
    try values.encode(strength.nodes, forKey: .nodes)
    try values.encode(strength.assigned, forKey: .assigned)
    try values.encode(strength.wanted, forKey: .wanted)
    try values.encode(strength.needed, forKey: .needed)
    try values.encode(strength.isAlone, forKey: .alone)
    try values.encode(strength.sentence, forKey: .sentence)
  }
}

private struct Node: Encodable {
  let facts: NodeFacts

  private struct Leads: Encodable {
    var count: Int
    var names: [UpstreamName]
  }

  private enum CodingKeys: String, CodingKey {
    case missingSince = "missing_since"
    case missingSinceMs = "missing_since_ms"
    case node, run, live, warm, leaving, missing, deaf, beat, address, version, upstreams, leads, probes
    case drift, refused
    case heartbeatAt = "heartbeat_at"
    case heartbeatAtMs = "heartbeat_at_ms"
    case ageMs = "age_ms"
  }

  func encode(to encoder: any Encoder) throws {
    let member = facts.view.member
    let card = facts.view.ownCard
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(member.node, forKey: .node)
    try values.encode(member.run, forKey: .run)
    try values.encode(facts.view.isLive, forKey: .live)
    try values.encode(member.isWarm, forKey: .warm)
    try values.encode(member.isLeaving, forKey: .leaving)
    try values.encode(member.isDeaf, forKey: .deaf)
    try values.encode(member.refused, forKey: .refused)
    try values.encode(facts.isMissing, forKey: .missing)
    let sinceMs = facts.isMissing ? member.atMs : nil
    try values.encode(sinceMs, forKey: .missingSinceMs)
    try values.encode(sinceMs.map { Instant(ms: $0).rfc3339 }, forKey: .missingSince)
    try values.encode(member.beat, forKey: .beat)
    try values.encode(Instant(ms: member.atMs).rfc3339, forKey: .heartbeatAt)
    try values.encode(member.atMs, forKey: .heartbeatAtMs)
    try values.encode(facts.lagMs, forKey: .ageMs)
    try values.encode(card?.address, forKey: .address)
    try values.encode(card?.version, forKey: .version)
    try values.encode(card?.upstreams.count, forKey: .upstreams)
    try values.encode(Leads(count: facts.leads.count, names: facts.leads), forKey: .leads)
    try values.encode(facts.probes, forKey: .probes)
    try values.encode(facts.drift, forKey: .drift)
  }
}
