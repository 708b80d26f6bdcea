import Health
import Ledger

/// `/api/v1/nodes`: `{"contact","node","nodes":[NODE…],"stale","trouble":[TROUBLE…]}`. `contact` is what this node has
/// to do with the others (alone, lost, settling, steady; null: nothing is known yet) and `node` its name; TROUBLE is a
/// `TroubleAnswer`.
///
/// NODE: `{"address","age_ms","beat","deaf","drift":[upstream…],"heartbeat_at","heartbeat_at_ms","leads":{"count",
/// "names":[upstream…]},"leaving","live","node","probes","run","upstreams","version","warm"}`. `age_ms` is how far its
/// last heartbeat is behind the newest of all; `deaf`: it does not hear all that is announced; `address`, `upstreams` (how many it has) and `version` are null until
/// they have been read.
enum NodesJson {
  static func render(_ state: BoardState, node: String) -> [UInt8] {
    let facts = ClusterFacts(state)
    return Array(
      JsonText.encode(
        Nodes(
          contact: facts?.contact.rawValue, node: node, nodes: facts?.nodes.map(Node.init) ?? [],
          stale: state.stale, trouble: TroubleAnswer.list(state))
      ).utf8)
  }
}

private struct Nodes: Encodable {
  var contact: String?
  var node: String
  var nodes: [Node]
  var stale: Bool
  var trouble: [TroubleAnswer]

  private enum CodingKeys: String, CodingKey {
    case contact, node, nodes, stale, trouble
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(contact, forKey: .contact)
    try values.encode(node, forKey: .node)
    try values.encode(nodes, forKey: .nodes)
    try values.encode(stale, forKey: .stale)
    try values.encode(trouble, forKey: .trouble)
  }
}

private struct Node: Encodable {
  let facts: NodeFacts

  private struct Leads: Encodable {
    var count: Int
    var names: [UpstreamName]
  }

  private enum CodingKeys: String, CodingKey {
    case node, run, live, warm, leaving, deaf, beat, address, version, upstreams, leads, probes, drift
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
