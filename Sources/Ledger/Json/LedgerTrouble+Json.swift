/// `{"area","kind","sentence","since_ms"}`.
extension LedgerTrouble: Encodable {
  private enum CodingKeys: String, CodingKey {
    case area, kind, sentence
    case sinceMs = "since_ms"
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(area.rawValue, forKey: .area)
    try values.encode(fault.kind.rawValue, forKey: .kind)
    try values.encode(fault.sentence, forKey: .sentence)
    try values.encode(sinceMs, forKey: .sinceMs)
  }
}
