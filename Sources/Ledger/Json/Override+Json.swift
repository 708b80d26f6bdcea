extension Override.State: Codable {}

extension Override: Codable {
  private enum CodingKeys: String, CodingKey {
    case state, by, why, rev
    case atMs = "at_ms"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      state: try values.decode(State.self, forKey: .state),
      by: try values.decode(String.self, forKey: .by),
      why: try values.decode(String.self, forKey: .why),
      atMs: try values.decode(Int64.self, forKey: .atMs),
      rev: try values.decode(UInt64.self, forKey: .rev))
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(state, forKey: .state)
    try values.encode(by, forKey: .by)
    try values.encode(why, forKey: .why)
    try values.encode(atMs, forKey: .atMs)
    try values.encode(rev, forKey: .rev)
  }
}
