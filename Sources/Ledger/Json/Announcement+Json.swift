import Health

extension ReportBatch: Codable {
  private enum CodingKeys: String, CodingKey {
    case upstream, node, run, rev, number, whole, reports, removed
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let reports = try values.decode([String: Report].self, forKey: .reports)
    self.init(
      upstream: try values.decode(UpstreamName.self, forKey: .upstream),
      node: try values.decode(String.self, forKey: .node),
      run: try values.decode(String.self, forKey: .run),
      rev: try values.decode(UInt64.self, forKey: .rev),
      number: try values.decodeIfPresent(UInt64.self, forKey: .number) ?? 0,
      isWhole: try values.decode(Bool.self, forKey: .whole),
      reports: Dictionary(uniqueKeysWithValues: reports.map { (PeerName($0.key), $0.value) }),
      removed: try values.decode([PeerName].self, forKey: .removed))
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(upstream, forKey: .upstream)
    try values.encode(node, forKey: .node)
    try values.encode(run, forKey: .run)
    try values.encode(rev, forKey: .rev)
    try values.encode(number, forKey: .number)
    try values.encode(isWhole, forKey: .whole)
    let named = reports.map { ($0.key.text, $0.value) }
    try values.encode(Dictionary(uniqueKeysWithValues: named), forKey: .reports)
    try values.encode(removed, forKey: .removed)
  }
}

extension ControlMessage: Codable {
  private enum CodingKeys: String, CodingKey {
    case type, upstream, lease, peer, override
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let upstream = try values.decode(UpstreamName.self, forKey: .upstream)
    switch try values.decode(String.self, forKey: .type) {
    case "hand_over":
      guard let lease = Lease(try values.decode(String.self, forKey: .lease)) else {
        throw DecodingError.dataCorruptedError(forKey: .lease, in: values, debugDescription: "not a lease")
      }
      self = .handOver(upstream, lease)
    case "override":
      let peer = try values.decode(PeerName.self, forKey: .peer)
      self = .override(upstream, peer, try values.decode(Override.self, forKey: .override))
    case "deleted": self = .deleted(upstream)
    case let type:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: values, debugDescription: "a message of the unknown type \(type)")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .handOver(let upstream, let lease):
      try values.encode("hand_over", forKey: .type)
      try values.encode(upstream, forKey: .upstream)
      try values.encode(lease.text, forKey: .lease)
    case .override(let upstream, let peer, let override):
      try values.encode("override", forKey: .type)
      try values.encode(upstream, forKey: .upstream)
      try values.encode(peer, forKey: .peer)
      try values.encode(override, forKey: .override)
    case .deleted(let upstream):
      try values.encode("deleted", forKey: .type)
      try values.encode(upstream, forKey: .upstream)
    }
  }
}
