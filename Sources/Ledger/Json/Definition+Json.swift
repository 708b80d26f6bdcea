package import Health

extension UpstreamDefinition {
  /// Sixteen hexadecimal digits that differ when anything of the definition does.
  package var digest: String {
    let digits = String(StableHash.of(JsonText.encode(self)), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension UpstreamDefinition: Codable {
  private enum CodingKeys: String, CodingKey {
    case upstream, checker, peers
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try values.decode(UpstreamName.self, forKey: .upstream),
      checker: try values.decodeIfPresent(Checker.self, forKey: .checker),
      peers: try values.decode([PeerDefinition].self, forKey: .peers))
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .upstream)
    try values.encodeIfPresent(checker, forKey: .checker)
    try values.encode(peers, forKey: .peers)
  }
}

extension PeerDefinition: Codable {
  private enum CodingKeys: String, CodingKey {
    case peer, role, down, port, host, path
    case hostHeader = "host_header"
    case source = "from"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try values.decode(PeerName.self, forKey: .peer),
      role: try values.decode(Role.self, forKey: .role),
      startsDown: try values.decodeIfPresent(Bool.self, forKey: .down) ?? false,
      overrides: PeerOverrides(
        port: try values.decodeIfPresent(UInt16.self, forKey: .port),
        host: try values.decodeIfPresent(String.self, forKey: .host),
        hostHeader: try values.decodeIfPresent(String.self, forKey: .hostHeader),
        path: try values.decodeIfPresent(String.self, forKey: .path)))
    source = try values.decodeIfPresent(String.self, forKey: .source)
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .peer)
    try values.encode(role, forKey: .role)
    if startsDown { try values.encode(true, forKey: .down) }
    try values.encodeIfPresent(overrides?.port, forKey: .port)
    try values.encodeIfPresent(overrides?.host, forKey: .host)
    try values.encodeIfPresent(overrides?.hostHeader, forKey: .hostHeader)
    try values.encodeIfPresent(overrides?.path, forKey: .path)
    try values.encodeIfPresent(source, forKey: .source)
  }
}
