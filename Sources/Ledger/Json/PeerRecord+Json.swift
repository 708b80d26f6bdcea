import Health

extension PeerRecord: Codable {
  private enum CodingKeys: String, CodingKey {
    case peer, role, status, decided, evidence, reason, votes, override
    case sinceMs = "since_ms"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      peer: try values.decode(PeerName.self, forKey: .peer),
      role: try values.decode(Role.self, forKey: .role),
      status: try values.decode(PeerState.self, forKey: .status),
      decided: try values.decode(PeerState.self, forKey: .decided),
      evidence: try values.decode(Evidence.self, forKey: .evidence),
      sinceMs: try values.decode(Int64.self, forKey: .sinceMs),
      reason: try values.decode(String.self, forKey: .reason),
      votes: try values.decodeIfPresent(Votes.self, forKey: .votes),
      override: try values.decodeIfPresent(Override.self, forKey: .override))
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(peer, forKey: .peer)
    try values.encode(role, forKey: .role)
    try values.encode(status, forKey: .status)
    try values.encode(decided, forKey: .decided)
    try values.encode(evidence, forKey: .evidence)
    try values.encode(sinceMs, forKey: .sinceMs)
    try values.encode(reason, forKey: .reason)
    try values.encode(votes, forKey: .votes)
    // There in any case, so that readers need not ask whether it is.
    try values.encode(override, forKey: .override)
  }
}
