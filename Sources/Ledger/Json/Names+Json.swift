package import Health

extension UpstreamName: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let name = UpstreamName(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an upstream's name")
    }
    self = name
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension PeerName: Codable {
  package init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension Role: Codable {}
extension PeerState: Codable {}
extension Evidence: Codable {}
extension Checker.Kind: Codable {}
extension Votes: Codable {
  private enum CodingKeys: String, CodingKey {
    case up, down, assigned, needed, wanted
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let assigned = try values.decode(UInt16.self, forKey: .assigned)
    self.init(
      up: Int(try values.decode(UInt16.self, forKey: .up)),
      down: Int(try values.decode(UInt16.self, forKey: .down)),
      assigned: Int(assigned),
      quorum: .count(Int(try values.decode(UInt16.self, forKey: .needed))),
      // Absent where an older build wrote it.
      wanted: try values.decodeIfPresent(UInt16.self, forKey: .wanted).map { Int($0) })
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(up, forKey: .up)
    try values.encode(down, forKey: .down)
    try values.encode(assigned, forKey: .assigned)
    try values.encode(needed, forKey: .needed)
    try values.encode(wanted, forKey: .wanted)
  }
}
