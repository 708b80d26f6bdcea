import Health
import Ledger

/// `{"at_ms","nodes":[{"node","run","beat","beat_age_ms","state","warm","leaving","deaf","refused":[…],"address","version","upstreams",
/// "drift":[…],"leads":[…]}],"missing","sentence","leaderless":[…]}`; `state` is `live`, `leaving`, `silent` or `missing`;
/// `missing` is how many are, and `sentence` what that means, or null; `address`, `version` and
/// `upstreams` are null where the node has not said.
extension ClusterReading: Encodable {
  private enum CodingKeys: String, CodingKey {
    case nodes, missing, sentence, leaderless
    case atMs = "at_ms"
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(atMs, forKey: .atMs)
    try values.encode(nodes, forKey: .nodes)
    try values.encode(missing.count, forKey: .missing)
    try values.encode(sentence, forKey: .sentence)
    try values.encode(leaderless, forKey: .leaderless)
  }
}

extension NodeSummary: Encodable {
  private enum CodingKeys: String, CodingKey {
    case node, run, beat, state, warm, leaving, deaf, refused, address, version, upstreams, drift, leads
    case beatAgeMs = "beat_age_ms"
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(member.node, forKey: .node)
    try values.encode(member.run, forKey: .run)
    try values.encode(member.beat, forKey: .beat)
    try values.encode(beatAgeMs, forKey: .beatAgeMs)
    try values.encode(liveness.word, forKey: .state)
    try values.encode(member.isWarm, forKey: .warm)
    try values.encode(member.isLeaving, forKey: .leaving)
    try values.encode(member.isDeaf, forKey: .deaf)
    try values.encode(member.refused, forKey: .refused)
    try values.encode(card?.address, forKey: .address)
    try values.encode(card?.version, forKey: .version)
    try values.encode(card?.upstreams.count, forKey: .upstreams)
    try values.encode(drift, forKey: .drift)
    try values.encode(leads, forKey: .leads)
  }
}

extension Liveness {
  var word: String {
    switch self {
    case .live: "live"
    case .leaving: "leaving"
    case .silent: "silent"
    case .missing: "missing"
    }
  }
}
