import Health

extension LedgerEvent: Codable {
  /// The version of the shape; readers skip what they do not know.
  package static let shape = 1

  private enum CodingKeys: String, CodingKey {
    case v, type, upstream, seq, term, run, leader, peer, role, from, to, reason, detail, votes, digest,
      state, by, why, rev, panic, up, total
    case atMs = "at_ms"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      upstream: try values.decode(UpstreamName.self, forKey: .upstream),
      seq: try values.decode(UInt64.self, forKey: .seq),
      term: try values.decode(UInt64.self, forKey: .term),
      run: try values.decode(String.self, forKey: .run),
      leader: try values.decode(String.self, forKey: .leader),
      atMs: try values.decode(Int64.self, forKey: .atMs),
      change: try Self.change(in: values))
  }

  private static func change(in values: KeyedDecodingContainer<CodingKeys>) throws -> Change {
    switch try values.decode(String.self, forKey: .type) {
    case "transition":
      .transition(
        Transition(
          peer: try values.decode(PeerName.self, forKey: .peer),
          role: try values.decode(Role.self, forKey: .role),
          from: try values.decode(PeerState.self, forKey: .from),
          to: try values.decode(PeerState.self, forKey: .to),
          reason: try values.decode(String.self, forKey: .reason),
          detail: try values.decode(String.self, forKey: .detail),
          votes: try values.decode(Votes.self, forKey: .votes)))
    case "definition": .definition(digest: try values.decode(String.self, forKey: .digest))
    case "resync": .resync
    case "override":
      .override(
        try values.decode(PeerName.self, forKey: .peer),
        try values.decode(Override.State.self, forKey: .state),
        by: try values.decode(String.self, forKey: .by), why: try values.decode(String.self, forKey: .why),
        rev: try values.decodeIfPresent(UInt64.self, forKey: .rev) ?? 0)
    case "panic":
      .panic(
        try values.decode(Bool.self, forKey: .panic),
        UpCount(
          up: try values.decode(Int.self, forKey: .up), total: try values.decode(Int.self, forKey: .total)))
    case let type:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: values, debugDescription: "an event of the unknown type \(type)")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(Self.shape, forKey: .v)
    try values.encode(upstream, forKey: .upstream)
    try values.encode(seq, forKey: .seq)
    try values.encode(term, forKey: .term)
    try values.encode(run, forKey: .run)
    try values.encode(leader, forKey: .leader)
    try values.encode(atMs, forKey: .atMs)
    switch change {
    case .transition(let transition):
      try values.encode("transition", forKey: .type)
      try Self.encode(transition, in: &values)
    case .definition(let digest):
      try values.encode("definition", forKey: .type)
      try values.encode(digest, forKey: .digest)
    case .resync:
      try values.encode("resync", forKey: .type)
    case .override(let peer, let state, let by, let why, let rev):
      try values.encode("override", forKey: .type)
      try values.encode(peer, forKey: .peer)
      try values.encode(state, forKey: .state)
      try values.encode(by, forKey: .by)
      try values.encode(why, forKey: .why)
      try values.encode(rev, forKey: .rev)
    case .panic(let isOn, let count):
      try values.encode("panic", forKey: .type)
      try values.encode(isOn, forKey: .panic)
      try values.encode(count.up, forKey: .up)
      try values.encode(count.total, forKey: .total)
    }
  }

  private static func encode(
    _ transition: Transition, in values: inout KeyedEncodingContainer<CodingKeys>
  ) throws {
    try values.encode(transition.peer, forKey: .peer)
    try values.encode(transition.role, forKey: .role)
    try values.encode(transition.from, forKey: .from)
    try values.encode(transition.to, forKey: .to)
    try values.encode(transition.reason, forKey: .reason)
    try values.encode(transition.detail, forKey: .detail)
    try values.encode(transition.votes, forKey: .votes)
  }
}
