extension Member: Codable {
  private enum CodingKeys: String, CodingKey {
    case node, run, beat, digest, from, warm, leaving, rev, deaf, settling, refused
    case atMs = "at_ms"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      node: try values.decode(String.self, forKey: .node),
      run: try values.decode(String.self, forKey: .run),
      beat: try values.decode(UInt64.self, forKey: .beat),
      digest: try values.decode(String.self, forKey: .digest),
      isWarm: try values.decode(Bool.self, forKey: .warm),
      isLeaving: try values.decode(Bool.self, forKey: .leaving),
      revision: try values.decode(UInt64.self, forKey: .rev),
      isDeaf: try values.decodeIfPresent(Bool.self, forKey: .deaf) ?? false,
      isSettling: try values.decodeIfPresent(Bool.self, forKey: .settling) ?? false,
      refused: try values.decodeIfPresent(Member.Refused.self, forKey: .refused) ?? [],
      // Absent where an older build wrote it.
      from: try values.decodeIfPresent(UInt64.self, forKey: .from) ?? 0,
      atMs: try values.decode(Int64.self, forKey: .atMs))
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(node, forKey: .node)
    try values.encode(run, forKey: .run)
    try values.encode(beat, forKey: .beat)
    try values.encode(digest, forKey: .digest)
    try values.encode(isWarm, forKey: .warm)
    try values.encode(isLeaving, forKey: .leaving)
    try values.encode(revision, forKey: .rev)
    // Rare, and unknown to earlier versions.
    if isDeaf { try values.encode(true, forKey: .deaf) }
    if isSettling { try values.encode(true, forKey: .settling) }
    if !refused.isEmpty { try values.encode(refused, forKey: .refused) }
    try values.encode(from, forKey: .from)
    try values.encode(atMs, forKey: .atMs)
  }
}

/// The names of what is refused: a later version may know more.
extension Member.Refused: Codable {
  package init(from decoder: any Decoder) throws {
    let names = try decoder.singleValueContainer().decode([String].self)
    self = Self.all.reduce(into: []) { if names.contains($1.name) { $0.insert($1.what) } }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.singleValueContainer()
    try values.encode(names)
  }
}
