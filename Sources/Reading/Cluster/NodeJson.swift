import Health
import Ledger

/// One node for programs, the same from the API and from `quorate nodes --json`:
/// `{"address","age_ms","beat","deaf","drift":[upstream…],"heartbeat_at","heartbeat_at_ms","leads":{"count",
/// "names":[upstream…]},"leaving","live","missing","missing_since","missing_since_ms","node","probes","refused":[…],"run",
/// "state","upstreams","version","warm"}`.
///
/// `state` is `live`, `leaving`, `silent` or `missing`; `missing_since`, when it was last heard, is null for a node that is
/// not missing. `age_ms` is how far its last heartbeat is behind the newest of all; `deaf`: it does not hear all that is
/// announced; `refused`: what Redis does not take from it, of `commits` (it does not lead) and `reports` (it does not
/// probe); `address`, `upstreams` (how many it has) and `version` are null until they have been read, and `probes` where
/// the ledger was read, which does not tell it.
struct NodeJson: Encodable {
  let facts: NodeFacts

  private struct Leads: Encodable {
    var count: Int
    var names: [UpstreamName]
  }

  private enum CodingKeys: String, CodingKey {
    case node, run, state, live, warm, leaving, missing, deaf, refused, beat, address, version, upstreams
    case leads, probes, drift
    case missingSince = "missing_since"
    case missingSinceMs = "missing_since_ms"
    case heartbeatAt = "heartbeat_at"
    case heartbeatAtMs = "heartbeat_at_ms"
    case ageMs = "age_ms"
  }

  func encode(to encoder: any Encoder) throws {
    let member = facts.member
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(member.node, forKey: .node)
    try values.encode(member.run, forKey: .run)
    try values.encode(facts.condition.state, forKey: .state)
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
    try values.encode(facts.nodeInfo?.address, forKey: .address)
    try values.encode(facts.nodeInfo?.version, forKey: .version)
    try values.encode(facts.nodeInfo?.upstreams.count, forKey: .upstreams)
    try values.encode(Leads(count: facts.leads.count, names: facts.leads), forKey: .leads)
    try values.encode(facts.probes, forKey: .probes)
    try values.encode(facts.drift, forKey: .drift)
  }
}

/// An upstream that has lost nodes; `NodesJson` tells the keys.
struct WeakJson: Encodable {
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
